import { type Backoff, backoffDelay } from '../base/backoff.ts';
import { AppError } from '../base/errors.ts';
import { workOf } from '../base/node/faults.ts';
import { formatDuration } from '../base/quantity.ts';
import type { CycleOutcome } from '../model/batch.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import { runCycle } from './cycle.ts';
import { createInterrupts } from './interrupts.ts';
import { afterCycle, doubtOf, newLife, nextDue, recallState, takeOver } from './life.ts';
import { own, ownInTime } from './owning.ts';
import {
  type CollectorDeps,
  fenced,
  isFenced,
  isStopped,
  momentOf,
  type Running,
  save,
  warn,
} from './running.ts';
import { cycleSettings } from './settings.ts';
import { inTurn } from './turns.ts';
import type { Visit } from './visit.ts';
import { visitBetween } from './visiting.ts';

/** One target's life: own it, load what is known, then cycle after cycle until stopped. */
export interface Collector {
  /** Undefined until the target is owned. */
  readonly epoch: number | undefined;
  /** Its server may be asked now: not while a stop is only told. */
  readonly busy: boolean;
  /**
   * Until the next cycle should begin, milliseconds; below zero it is late. Of the monotonic clock:
   * a step of the wall clock moves nothing.
   */
  readonly dueIn_ms: number;
  /** Its cycle waits for those of other targets on its server. */
  readonly queued: boolean;
  /** Cycles failed in a row, and the next one waits. */
  readonly circuitOpen: boolean;
  /** Cancels the cycle in flight if a stop covers the target now. */
  onStops(): void;
  /**
   * What may have been the cause has changed: one cycle is tried at once, although the circuit is
   * open.
   */
  probe(): void;
  /**
   * Asks the server for something else than a cycle does, in the target's turn: behind the same
   * gate, lock and brake, out of the same budget, and as long as no stop covers the target. Throws
   * AppError: what keeps it from being asked, or what `visit` threw.
   */
  visit<T>(visit: Visit<T>, signal: AbortSignal): Promise<T>;
  /**
   * Lets the cycle in flight finish (or cancels it when `signal` aborts, for its reason: an
   * AppError), saves, resolves.
   */
  stop(signal?: AbortSignal): Promise<void>;
}

/** A cycle that takes longer than this is cancelled, whatever it waits for. */
const leastCycleLimit_ms = 30_000;
const permissionRetry_ms = 500;
const beginningRetries: Backoff = { first_ms: 1_000, most_ms: 30_000 };
export function startCollector(deps: CollectorDeps): Collector {
  const { target, clock } = deps;
  const interrupts = createInterrupts(clock);
  const running: Running = {
    deps,
    settings: cycleSettings(target.spec),
    interrupts,
    life: { ...newLife(momentOf(clock)), stopped: isStopped(deps) },
    saved: 0,
    unsaved: false,
    unacquired: 0,
    queued: false,
    asking: false,
  };
  const done = workOf({ target: targetLabel(target), fault: interrupts.abortNext }, () =>
    live(running),
  ).catch((error: unknown) => {
    if (!isFenced(error)) warn(running, 'error', error, 'collector ended');
    else if (!interrupts.ended.aborted) deps.onFenced();
  });
  return {
    get epoch() {
      return running.life.epoch;
    },
    get busy() {
      return running.asking || running.visiting !== undefined;
    },
    get dueIn_ms() {
      return running.life.dueAt - clock.monotonic();
    },
    get queued() {
      return running.queued;
    },
    get circuitOpen() {
      return running.life.breaker?.state === 'open';
    },
    onStops() {
      const stop = coveringStop(deps.stops(), target);
      if (stop) {
        const reason = new AppError('emergency_stop', stop.reason);
        interrupts.abortCycle(reason);
        running.visiting?.stop.abort(reason);
      }
      const stopped = stop !== undefined;
      if (running.life.stopped === stopped) return;
      running.life = { ...running.life, stopped };
      interrupts.wake(); // so that the status tells at once
      if (stopped) interrupts.leaveQueue();
    },
    probe() {
      running.life = { ...running.life, probing: true };
      interrupts.wake();
    },
    visit: (visit, signal) => visitBetween(running, visit, signal),
    async stop(signal) {
      running.visiting?.stop.abort(new AppError('program_ending', 'the target ends here'));
      await interrupts.end(done, signal);
      await running.visiting?.done;
    },
  };
}

async function live(running: Running): Promise<void> {
  const { deps, settings, interrupts } = running;
  const { clock, target } = deps;
  await persist(running, 'what is known of the target could not be loaded', async () => {
    const known = await deps.state.loadTarget(target.uid);
    const { interval_ms } = settings;
    running.saved = known?.epoch ?? 0;
    const facts = { ...target, ended: deps.ended };
    running.life = takeOver(running.life, known?.state, facts, interval_ms, momentOf(clock));
  });
  const over = new AbortController();
  const owning = ownInTime(running, AbortSignal.any([interrupts.ended, over.signal]));
  try {
    await cycles(running);
  } finally {
    over.abort();
    await owning;
  }
}

async function cycles(running: Running): Promise<void> {
  const { deps, settings, interrupts } = running;
  const { clock, random } = deps;
  while (!interrupts.ended.aborted) {
    await interrupts.pause(Math.max(0, running.life.dueAt - clock.monotonic()));
    if (interrupts.ended.aborted) return;
    if (!deps.permitted()) {
      await clock.sleep(permissionRetry_ms, interrupts.ended).catch(() => undefined);
      continue;
    }
    const began = clock.monotonic();
    const outcome = await takeTurn(running).catch((error: unknown) => survive(running, error));
    if (interrupts.ended.aborted) return;
    const at = momentOf(clock);
    const { unacquired } = running;
    const dueAt = unacquired
      ? at.monotonic + backoffDelay(unacquired - 1, beginningRetries, random)
      : nextDue(running.life, began, settings.interval_ms, outcome, at, random);
    // A stop can come when a cycle is as good as done, and be over before one has ended for it:
    // what was reported then does not hold any more.
    const outdated = outcome && saysStopped(outcome) !== isStopped(deps);
    running.life = { ...running.life, dueAt: outdated ? at.monotonic : dueAt };
  }
}

/** A target that is stopped says so, and asks no server: it waits for no turn. */
function takeTurn(running: Running): Promise<CycleOutcome | undefined> {
  const { deps, interrupts, life } = running;
  const who = { group: deps.target.namespace, doubt: doubtOf(life) };
  const work = () => ownAndCycle(running);
  const queueing = interrupts.enterQueue();
  if (deps.target.spec.suspend || life.stopped) return deps.quota.run(who, work);
  const needless = () => running.life.stopped;
  const others = (have: boolean) => {
    running.queued = have;
  };
  return inTurn(deps, who, { queueing, ended: interrupts.ended, needless, others }, work);
}

/**
 * Owned when its turn has come. One that cannot be owned (its status is refused, say) lets others
 * have their turn.
 */
async function ownAndCycle(running: Running): Promise<CycleOutcome | undefined> {
  const epoch = await own(running);
  return epoch === undefined ? undefined : cycleOnce(running, epoch);
}

async function cycleOnce(running: Running, epoch: number): Promise<CycleOutcome | undefined> {
  const { deps, settings, interrupts } = running;
  const { clock, target } = deps;
  // it may have waited for the quota
  if (interrupts.ended.aborted || !deps.permitted()) return undefined;
  if (!(await deps.stillMine(epoch))) throw fenced();
  if (interrupts.ended.aborted) return undefined;
  const state = recallState(running.life, target, settings, momentOf(clock));
  running.life = { ...running.life, probing: false };
  const signal = interrupts.beginCycle();
  running.asking = !isStopped(deps);
  const limit_ms = Math.max(leastCycleLimit_ms, settings.interval_ms);
  const cancelLimit = clock.after(limit_ms, () =>
    interrupts.abortCycle(
      new AppError('cycle_timeout', `cancelled after ${formatDuration(limit_ms)}`),
    ),
  );
  try {
    const { state: left, ...told } = await runCycle(state, { ...deps, epoch }, signal);
    const { outcome } = told.batch.cycle;
    running.life = afterCycle(running.life, left, outcome, momentOf(clock));
    await save(running, epoch);
    await deps.onBatch(told);
    return outcome;
  } finally {
    cancelLimit();
    interrupts.endCycle();
    running.asking = false;
  }
}

/** Tries until it works or the collector ends (then: undefined). */
async function persist<T>(
  running: Running,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { clock, random } = running.deps;
  const { ended } = running.interrupts;
  for (let attempt = 0; !ended.aborted; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (isFenced(error)) throw error;
      if (attempt === 0) warn(running, 'warn', error, `${what}; trying again`);
      const delay_ms = backoffDelay(attempt, beginningRetries, random);
      await clock.sleep(delay_ms, ended).catch(() => undefined);
    }
  }
  return undefined;
}

/** A full disk or a lost store is no reason to give a target up; a new owner is. */
function survive(running: Running, error: unknown): undefined {
  if (isFenced(error)) throw error;
  warn(running, 'error', error, 'cycle could not be handed over');
}

const saysStopped = (outcome: CycleOutcome): boolean =>
  outcome.kind === 'skipped' && outcome.reason === 'emergency_stop';
