import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Lifecycle } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import { createRest } from '../base/node/rest.ts';
import { regularly } from '../base/regularly.ts';
import type { Config } from '../config.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { Collection } from './build-collection.ts';
import type { Ports } from './ports.ts';
import { createSteadyTime, type SteadyTime } from './steady-time.ts';

/** What every long-running program does now and then, and how it ends its cycles. */
const retention_ms = 3_600_000;
/** How soon a corrected Secret is tried where the circuit is open. */
const secretLook_ms = 5_000;
/** What people say of rules changes slowly. */
const learning_ms = 60_000;
/** A run is due once a day. */
const adviceLook_ms = 60_000;
const clockLook_ms = 5_000;
const restLook_ms = 5_000;
/** Less than this a second is the clock being adjusted. */
const clockStep_ms = 1_000;

export function addDuties(
  parts: Lifecycle,
  { clock, logger, metrics, history }: Ports,
  config: Config,
  { probeWhereSecretsChanged, learn, advice }: Collection,
  isOthers: () => Promise<boolean> = async () => false,
): void {
  const policy = {
    plans_ms: config.DBINTEL_KEEP_PLANS,
    hours_ms: config.DBINTEL_KEEP_HOURS,
    cycles_ms: config.DBINTEL_KEEP_CYCLES,
    bytes: config.DBINTEL_KEEP_SIZE,
  };
  const time = createSteadyTime(clock);
  const retain = async (signal: AbortSignal) =>
    history.retain({ now: time.look(), ...policy, isOthers: await isOthers(), signal });
  parts.add('retention', regularly(clock, retention_ms, logger, retain));
  parts.add('secrets', regularly(clock, secretLook_ms, logger, probeWhereSecretsChanged));
  parts.add('learning', regularly(clock, learning_ms, logger, learn));
  if (advice) {
    const unlook = regularly(clock, adviceLook_ms, logger, advice.look);
    parts.add('advice', async () => {
      await advice.stop();
      await unlook();
    });
  }
  parts.add('clock', tellClockSteps(clock, logger, metrics, time));
  const rest = createRest();
  parts.add(
    'rest',
    regularly(clock, restLook_ms, logger, async () => rest.look()),
  );
}

/**
 * Schedules are monotonic and do not move; what is stamped with the time does, so people should
 * know.
 */
function tellClockSteps(
  clock: Clock,
  logger: Logger,
  metrics: Metrics,
  time: SteadyTime,
): () => Promise<void> {
  const steps = metrics.counter(
    'dbintel_clock_steps_total',
    'Times that the wall clock of the machine stepped.',
    ['direction'],
  );
  const offset = () => clock.now() - clock.monotonic();
  let known = offset();
  return regularly(clock, clockLook_ms, logger, async () => {
    time.look();
    const step_ms = offset() - known;
    known += step_ms;
    if (Math.abs(step_ms) < clockStep_ms) return;
    steps.inc({ direction: step_ms < 0 ? 'back' : 'forward' });
    logger.warn(
      { step_ms: Math.round(step_ms) },
      'the wall clock stepped; cycles keep their times',
    );
  });
}

/** One that is gone is followed by the next that looks. */
const retains_ms = 1.5 * retention_ms;

/**
 * Whether another replica removes what is too old of the history that all share: ten thousand
 * targets are fifty thousand statements. Where nobody can be asked, each does.
 */
export const retainedByOthers =
  ({ mark }: Pick<StateBackend, 'mark'>, holder: string) =>
  (): Promise<boolean> =>
    mark('retention', holder, retains_ms).then(
      (other) => other !== undefined,
      () => false,
    );

/** Why cycles are cancelled when there is no time to let them finish. */
export const programEnds = () => new AppError('program_ending', 'the program ends');

/**
 * What a stop may take beside the drain time: cancelled cycles end on their servers, exporters send
 * what they hold. Then the program ends as it is.
 */
export const stopReserve_ms = 20_000;

/** Of that: sending what exporters hold. */
export const exportersClose_ms = 5_000;

/**
 * Waits for cycles in flight, but not longer than the drain time: then they are cancelled on the
 * server.
 */
export async function withinDrain(
  stop: (signal: AbortSignal) => Promise<void>,
  canceling: AbortController,
  drain_ms: number,
  clock: Clock,
): Promise<void> {
  const cancel = clock.after(drain_ms, () => canceling.abort(programEnds()));
  await stop(canceling.signal);
  cancel();
}
