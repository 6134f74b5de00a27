import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import type { Config } from '../config.ts';
import type { HistoryWriter } from '../history/history-writer.ts';

/**
 * What the long-running commands share around the runtime: gauges, the API's token, retention,
 * signals.
 */

/** Why cycles are cancelled when there is no time to let them finish. */
export const programEnds = () => new AppError('program_ending', 'the program ends');

/**
 * What a stop may take beside the drain time: cancelled cycles end on their servers, exporters send
 * what they hold. Then the program ends as it is.
 */
export const stopReserve_ms = 20_000;

/**
 * Waits for cycles in flight, but not longer than the drain time: then they are cancelled on the
 * server.
 */
export async function withinDrain(
  stop: (signal: AbortSignal) => Promise<void>,
  canceling: AbortController,
  drain_ms: number,
): Promise<void> {
  const cancel = systemClock.after(drain_ms, () => canceling.abort(programEnds()));
  await stop(canceling.signal);
  cancel();
}

/** Gauges that are read when they are scraped: name → what it tells, how to read it. */
export function gauges(
  metrics: Metrics,
  all: Record<string, [help: string, read: () => number]>,
): () => void {
  const made = Object.entries(all).map(([name, [help, read]]) => ({
    gauge: metrics.gauge(name, help),
    read,
  }));
  return () => {
    for (const { gauge, read } of made) gauge.set(read());
  };
}

export interface FleetFigures {
  targets(): number;
  quota: { readonly running: number; readonly waiting: number };
  stops(): number;
  dropped(): number;
}

/** Of standalone and operator alike. */
export const commonGauges = ({
  targets,
  quota,
  stops,
  dropped,
}: FleetFigures): Parameters<typeof gauges>[1] => ({
  dbintel_targets: ['Targets that are collected here.', targets],
  dbintel_cycles_running: ['Cycles running now.', () => quota.running],
  dbintel_cycles_waiting: ['Cycles that wait for the quota.', () => quota.waiting],
  dbintel_stops: ['Emergency stops in force.', stops],
  dbintel_export_dropped_batches: ['Batches that exporters dropped for lack of room.', dropped],
});

export async function apiToken({ DBINTEL_API_TOKEN, DBINTEL_DATA }: Config): Promise<string> {
  if (DBINTEL_API_TOKEN) return DBINTEL_API_TOKEN;
  const path = join(DBINTEL_DATA, 'api-token');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known.trim()) return known.trim();
  const token = randomBytes(24).toString('hex');
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  return token;
}

/**
 * Does something again and again until it says `done` or is stopped; a failure is the next time's
 * business.
 */
export function regularly(
  clock: Clock,
  every_ms: number,
  logger: Logger,
  work: () => Promise<unknown>,
): () => Promise<void> {
  const ending = new AbortController();
  const loop = (async () => {
    while (!ending.signal.aborted) {
      const said = await work().catch((error: unknown) =>
        logger.warn({ error }, 'regular work failed; it comes again'),
      );
      if (said === 'done') return;
      await clock.sleep(every_ms, ending.signal).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await loop;
  };
}

/** How soon a corrected Secret is tried where the circuit is open. */
export const secretLook_ms = 5_000;

const clockLook_ms = 1_000;
/** Less than this a second is the clock being adjusted. */
const clockStep_ms = 1_000;
/**
 * Schedules are monotonic and do not move; what is stamped with the time does, so people should
 * know.
 */
export function tellClockSteps(
  clock: Clock,
  logger: Logger,
  metrics: Metrics,
): () => Promise<void> {
  const steps = metrics.counter(
    'dbintel_clock_steps_total',
    'Times that the wall clock of the machine stepped.',
    ['direction'],
  );
  const offset = () => clock.now() - clock.monotonic();
  let known = offset();
  return regularly(clock, clockLook_ms, logger, async () => {
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

const retention_ms = 3_600_000;
export function retainRegularly(
  history: HistoryWriter,
  config: Config,
  logger: Logger,
): () => Promise<void> {
  const policy = {
    plans_ms: config.DBINTEL_KEEP_PLANS,
    hours_ms: config.DBINTEL_KEEP_HOURS,
    cycles_ms: config.DBINTEL_KEEP_CYCLES,
  };
  return regularly(systemClock, retention_ms, logger, () =>
    history.retain({ now: systemClock.now(), ...policy }),
  );
}

export function onSignals(handle: (signal: string, again: boolean) => void): () => void {
  let count = 0;
  const on = (signal: string) => {
    count += 1;
    handle(signal, count > 1);
  };
  process.on('SIGTERM', on).on('SIGINT', on);
  return () => void process.off('SIGTERM', on).off('SIGINT', on);
}
