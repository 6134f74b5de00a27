import { type Backoff, backoffDelay } from '../base/backoff.ts';
import { abortReason } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { workOf } from '../base/node/faults.ts';
import { formatDuration } from '../base/quantity.ts';
import { jitter } from '../base/random.ts';
import type { Slots } from '../base/slots.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { CycleOutcome, PlanBatch } from '../model/batch.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import type { Breaker } from '../safety/circuit-breaker.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import { type CycleDeps, type CycleResult, runCycle } from './cycle.ts';
import { cycleSettings } from './settings.ts';
import { steadyTimes } from './steady-times.ts';
import { decodeState, encodeState, freshState, type TargetState } from './target-state.ts';
import type { Turn, Turns } from './turns.ts';

/** One target's life: own it, load what is known, then cycle after cycle until stopped. */
export interface Collector {
  /** Undefined until the target is owned. */
  readonly epoch: number | undefined;
  readonly busy: boolean;
  /**
   * Until the next cycle should begin, milliseconds; below zero it is late. Of the monotonic clock:
   * a step of the wall clock moves nothing.
   */
  readonly dueIn_ms: number;
  /** Cycles failed in a row, and the next one waits. */
  readonly circuitOpen: boolean;
  /** Cancels the cycle in flight if a stop covers the target now. */
  onStops(): void;
  /** Runs the next cycle at once instead of waiting for its time. */
  wake(): void;
  /**
   * What may have been the cause has changed: one cycle is tried at once, although the circuit is
   * open.
   */
  probe(): void;
  /**
   * Lets the cycle in flight finish (or cancels it when `signal` aborts, for its reason: an
   * AppError), saves, resolves.
   */
  stop(signal?: AbortSignal): Promise<void>;
}

export interface CollectorDeps extends Omit<CycleDeps, 'epoch'> {
  state: StateBackend;
  quota: Slots;
  turns: Turns;
  logger: Logger;
  /**
   * Makes this process the target's owner and tells its epoch; before the first cycle. Throws
   * AppError: fenced ends the collector.
   */
  acquire(): Promise<number>;
  /** May a cycle start at this moment? Asked again shortly where not. */
  permitted(): boolean;
  /** Nobody is known to have owned the target after this epoch. Asked before each cycle. */
  stillMine(epoch: number): Promise<boolean>;
  onBatch(result: CycleResult): Promise<void>;
  /** Another holder owns the target; the collector has ended. */
  onFenced(): void;
}

/** A cycle that takes longer than this is cancelled, whatever it waits for. */
const leastCycleLimit_ms = 30_000;
const permissionRetry_ms = 500;
/** Less than this between the two clocks is drift. */
const clockStep_ms = 1_000;
const beginningRetries: Backoff = { first_ms: 1_000, most_ms: 30_000 };

export function startCollector(deps: CollectorDeps): Collector {
  const { target, clock, logger } = deps;
  const settings = cycleSettings(target.spec);
  const ending = new AbortController();
  let epoch: number | undefined;
  let encoded: Uint8Array | undefined;
  let inFlight: AbortController | undefined;
  let fault: AppError | undefined;
  let [waking, queueing] = [new AbortController(), new AbortController()];
  /** Monotonic. */
  let dueAt = clock.monotonic();
  let [probing, doubtful, peers] = [false, true, 0];
  let breaker: Breaker | undefined;
  const wallOffset = () => clock.now() - clock.monotonic();
  let offset = wallOffset();
  let stopped = isStopped();

  /** Between cycles a target is its encoded state: some 60 KB instead of a megabyte of maps. */
  async function cycleOnce(owned: number): Promise<PlanBatch | undefined> {
    // it may have waited for the quota
    if (ending.signal.aborted || !deps.permitted()) return undefined;
    if (!(await deps.stillMine(owned)))
      throw new AppError('fenced', 'another collector owns this target now');
    if (ending.signal.aborted) return undefined;
    const state = recallState();
    const cycle = new AbortController();
    inFlight = cycle;
    if (fault) cycle.abort(fault); // it came after its cycle
    fault = undefined;
    const limit_ms = Math.max(leastCycleLimit_ms, settings.interval_ms);
    const cancelLimit = clock.after(limit_ms, () =>
      cycle.abort(new AppError('cycle_timeout', `cancelled after ${formatDuration(limit_ms)}`)),
    );
    try {
      const result = await runCycle(state, { ...deps, epoch: owned }, cycle.signal);
      encoded = encodeState(state);
      learn(state, result.batch.cycle.outcome);
      await save(owned, encoded);
      await deps.onBatch(result);
      return result.batch;
    } finally {
      cancelLimit();
      inFlight = undefined;
    }
  }

  function recallState(): TargetState {
    const state =
      (encoded && decodeState(encoded)) ??
      freshState(clock.now(), settings.explains, settings.databaseTime);
    const step = wallOffset() - offset;
    steadyTimes(
      state,
      Math.abs(step) < clockStep_ms ? 0 : step,
      clock.now(),
      settings.breaker.maxOpenFor_ms,
    );
    // Whoever corrected the cause wants to see at once whether it was the right one.
    if (
      state.breaker.state === 'open' &&
      (probing || (state.cycle > 0 && state.generation !== target.generation))
    )
      state.breaker = { ...state.breaker, until: clock.now(), opened: 0 };
    probing = false;
    return state;
  }

  function learn(state: TargetState, outcome: CycleOutcome): void {
    offset = wallOffset();
    breaker = state.breaker;
    if (outcome.kind === 'collected' || outcome.kind === 'failed')
      doubtful = outcome.kind === 'failed';
    peers = outcome.kind === 'deferred' && outcome.reason === 'locked_by_peer' ? peers + 1 : 0;
  }

  /**
   * Owned when its turn has come, not before: the owner is named just before the first cycle shows
   * what it does.
   */
  async function ownAndCycle(): Promise<PlanBatch | undefined> {
    epoch ??= await persist('the target could not be acquired', deps.acquire);
    return epoch === undefined ? undefined : cycleOnce(epoch);
  }

  /**
   * A store that is away is no reason to lose a cycle's plans: what it learned is saved with the
   * next one. A new owner is one.
   */
  async function save(owned: number, bytes: Uint8Array): Promise<void> {
    const saved = await deps.state.saveTarget(target.uid, owned, bytes).catch((error: unknown) => {
      logger.warn(
        { target: targetLabel(target), error },
        'state could not be saved; the next cycle saves it',
      );
      return true;
    });
    if (!saved) throw new AppError('fenced', 'another collector owns this target now');
  }

  async function life(): Promise<void> {
    await persist('what is known of the target could not be loaded', async () => {
      encoded = (await deps.state.loadTarget(target.uid))?.state;
    });
    dueAt = firstCycle(encoded);
    while (!ending.signal.aborted) {
      await pause(Math.max(0, dueAt - clock.monotonic()));
      if (ending.signal.aborted) return;
      if (!deps.permitted()) {
        await clock.sleep(permissionRetry_ms, ending.signal).catch(() => undefined);
        continue;
      }
      const began = Math.min(dueAt, clock.monotonic());
      const batch = await takeTurn().catch(survive);
      if (ending.signal.aborted) return;
      // The schedule is a grid, not a pause after each cycle: a late start does not move the ones
      // after it.
      dueAt = Math.max(
        began + settings.interval_ms,
        clock.monotonic() + jitter(settings.interval_ms * 0.1, 0.5, deps.random),
      );
      dueAt = afterOutcome(dueAt, batch?.cycle.outcome);
      if (batch && saysStopped(batch.cycle.outcome) !== isStopped()) dueAt = clock.monotonic();
    }
  }

  /**
   * A stop can come when a cycle is as good as done, and be over before one has ended for it: what
   * was reported then does not hold any more.
   */
  function isStopped(): boolean {
    return coveringStop(deps.stops(), target) !== undefined;
  }
  const saysStopped = (outcome: CycleOutcome) =>
    outcome.kind === 'skipped' && outcome.reason === 'emergency_stop';

  /**
   * A server that was busy with another target is asked again before the next interval; an open
   * circuit may last longer than one.
   */
  function afterOutcome(next: number, outcome: CycleOutcome | undefined): number {
    if (outcome?.kind !== 'deferred') return next;
    const wait_ms = Math.max(0, outcome.until - clock.now());
    if (outcome.reason !== 'locked_by_peer') return Math.max(next, clock.monotonic() + wait_ms);
    return Math.min(next, clock.monotonic() + wait_ms * 2 ** Math.min(peers - 1, 10));
  }

  /**
   * A place for a cycle is asked for when it is the target's turn at its server: who waits for
   * others holds nothing of anybody's.
   */
  async function takeTurn(): Promise<PlanBatch | undefined> {
    const who = { group: target.namespace, doubtful };
    queueing = new AbortController();
    const turn =
      target.spec.suspend || stopped ? undefined : await deps.turns.wait(target, queueing.signal);
    if (!turn) return deps.quota.run(who, ownAndCycle); // stopped: it says so, and asks no server
    try {
      return await inTurn(turn, who);
    } finally {
      await turn.end();
    }
  }
  async function inTurn(
    turn: Turn,
    who: { group: string; doubtful: boolean },
  ): Promise<PlanBatch | undefined> {
    while (!ending.signal.aborted) {
      let again_ms: number | undefined;
      const batch = await deps.quota.run(who, async () => {
        again_ms = await turn.claim();
        return again_ms === undefined ? ownAndCycle() : undefined;
      });
      if (again_ms === undefined || stopped) return batch;
      await clock.sleep(again_ms, ending.signal).catch(() => undefined);
    }
    return undefined;
  }

  /**
   * Goes on where the last owner stopped: the same cadence. A target that is new, or has a new
   * spec, is looked at now.
   */
  function firstCycle(bytes: Uint8Array | undefined): number {
    const known = bytes && decodeState(bytes);
    breaker = known?.breaker;
    doubtful =
      known === undefined ||
      known.startedAt === undefined ||
      known.breaker.state === 'open' ||
      known.breaker.failures > 0;
    if (known?.startedAt === undefined || known.generation !== target.generation)
      return clock.monotonic();
    return clock.monotonic() + Math.min(known.startedAt - clock.now(), 0) + settings.interval_ms;
  }

  /** Tries until it works or the collector ends (then: undefined). */
  async function persist<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 0; !ending.signal.aborted; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof AppError && error.code === 'fenced') throw error;
        if (attempt === 0)
          logger.warn({ target: targetLabel(target), error }, `${what}; trying again`);
        await clock
          .sleep(backoffDelay(attempt, beginningRetries, deps.random), ending.signal)
          .catch(() => undefined);
      }
    }
    return undefined;
  }

  /** A full disk or a lost store is no reason to give a target up; a new owner is. */
  function survive(error: unknown): undefined {
    if (error instanceof AppError && error.code === 'fenced') throw error;
    logger.error({ target: targetLabel(target), error }, 'cycle could not be handed over');
  }

  async function pause(ms: number): Promise<void> {
    waking = new AbortController();
    if (ending.signal.aborted) return;
    await clock.sleep(ms, waking.signal).catch(() => undefined);
  }

  const onFault = (error: AppError) => {
    if (inFlight) inFlight.abort(error);
    else fault = error;
  };
  const done = workOf({ target: targetLabel(target), fault: onFault }, life).catch(
    (error: unknown) => {
      if (!(error instanceof AppError && error.code === 'fenced'))
        logger.error({ target: targetLabel(target), error }, 'collector ended');
      else if (!ending.signal.aborted) deps.onFenced();
    },
  );
  return {
    get epoch() {
      return epoch;
    },
    get busy() {
      return inFlight !== undefined;
    },
    get dueIn_ms() {
      return dueAt - clock.monotonic();
    },
    get circuitOpen() {
      return breaker?.state === 'open';
    },
    onStops() {
      const stop = coveringStop(deps.stops(), target);
      if (stop) inFlight?.abort(new AppError('emergency_stop', stop.reason));
      if (stopped === Boolean(stop)) return;
      stopped = Boolean(stop);
      waking.abort(); // so that the status tells at once
      if (stop) queueing.abort();
    },
    wake: () => waking.abort(),
    probe() {
      probing = true;
      waking.abort();
    },
    async stop(signal) {
      for (const each of [ending, waking, queueing]) each.abort();
      const cancel = () => signal && inFlight?.abort(abortReason(signal));
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
      await done;
      signal?.removeEventListener('abort', cancel);
    },
  };
}
