import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { jitter } from '../base/random.ts';
import type { Semaphore } from '../base/semaphore.ts';
import type { PlanBatch } from '../plans/batch.ts';
import { targetLabel } from '../resources/database-target.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import type { StateBackend } from '../state/state-backend.ts';
import { type CycleDeps, type CycleResult, runCycle } from './cycle.ts';
import { cycleSettings } from './settings.ts';
import { decodeState, encodeState, freshState } from './target-state.ts';

/** One target's life: load what is known, then cycle after cycle until stopped. */
export interface Collector {
  /** Cancels the cycle in flight if a stop covers the target now. */
  onStops(): void;
  /** Runs the next cycle at once instead of waiting for its time. */
  wake(): void;
  /** Lets the cycle in flight finish (or cancels it when `signal` aborts), saves, resolves. */
  stop(signal?: AbortSignal): Promise<void>;
}

export interface CollectorDeps extends CycleDeps {
  state: StateBackend;
  quota: Semaphore;
  logger: Logger;
  onBatch(result: CycleResult): Promise<void>;
}

/** A cycle that takes longer than this is cancelled, whatever it waits for. */
const leastCycleLimit_ms = 30_000;

export function startCollector(deps: CollectorDeps): Collector {
  const { target, clock, logger } = deps;
  const ending = new AbortController();
  let encoded: Uint8Array | undefined;
  let inFlight: AbortController | undefined;
  let waking = new AbortController();
  let stopped = coveringStop(deps.stops(), target) !== undefined;

  /** Between cycles a target is its encoded state: some 60 KB instead of a megabyte of maps. */
  async function cycleOnce(): Promise<PlanBatch | undefined> {
    const settings = cycleSettings(target.spec);
    const state = (encoded && decodeState(encoded)) ?? freshState(clock.now(), settings.explains, settings.databaseTime);
    const cycle = new AbortController();
    inFlight = cycle;
    const cancelLimit = clock.after(Math.max(leastCycleLimit_ms, settings.interval_ms), () =>
      cycle.abort(new AppError('statement_timeout', 'the cycle took too long and was cancelled')),
    );
    try {
      const result = await runCycle(state, deps, cycle.signal);
      encoded = encodeState(state);
      const saved = await deps.state.saveTarget(target.uid, deps.epoch, encoded);
      if (!saved) throw new AppError('fenced', 'another collector owns this target now');
      await deps.onBatch(result);
      return result.batch;
    } finally {
      cancelLimit();
      inFlight = undefined;
    }
  }

  async function life(): Promise<void> {
    const settings = cycleSettings(target.spec);
    encoded = (await deps.state.loadTarget(target.uid))?.state;
    let next = clock.now();
    while (!ending.signal.aborted) {
      await pause(Math.max(0, next - clock.now()));
      if (ending.signal.aborted) return;
      // The schedule is a grid, not a pause after each cycle: a late start does not move the ones after it.
      next = Math.max(next + settings.interval_ms, clock.now() + jitter(settings.interval_ms * 0.1, 0.5, deps.random));
      const batch = await deps.quota.run(cycleOnce).catch(survive);
      if (batch?.cycle.outcome.kind === 'deferred') next = Math.max(next, batch.cycle.outcome.until);
    }
  }

  /** A full disk or a lost store is no reason to give a target up; a new owner is. */
  function survive(error: unknown): undefined {
    if (error instanceof AppError && error.code === 'fenced') throw error;
    logger.error({ target: targetLabel(target), error }, 'cycle could not be saved or handed over');
  }

  async function pause(ms: number): Promise<void> {
    waking = new AbortController();
    await clock.sleep(ms, AbortSignal.any([ending.signal, waking.signal])).catch(() => undefined);
  }

  const done = life().catch((error: unknown) => logger.error({ target: targetLabel(target), error }, 'collector ended'));
  return {
    onStops() {
      const stop = coveringStop(deps.stops(), target);
      if (stop) inFlight?.abort(new AppError('emergency_stop', stop.reason));
      if (stopped !== Boolean(stop)) waking.abort(); // so that the status tells at once
      stopped = Boolean(stop);
    },
    wake: () => waking.abort(),
    async stop(signal) {
      ending.abort();
      signal?.addEventListener('abort', () => inFlight?.abort(new AppError('emergency_stop', 'the program ends')), { once: true });
      if (signal?.aborted) inFlight?.abort(new AppError('emergency_stop', 'the program ends'));
      await done;
    },
  };
}
