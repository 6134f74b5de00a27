import type { AppError } from '../base/errors.ts';
import { workOf } from '../base/node/faults.ts';
import { takeBaseline } from '../collection/baseline.ts';
import { type CycleDeps, type CycleResult, runCycle } from '../collection/cycle.ts';
import { cycleSettings } from '../collection/settings.ts';
import { freshState, type TargetState } from '../collection/target-state.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { type CycleWiring, cycleWiring } from './cycle-wiring.ts';

/** One cycle of one target, without owning it and without remembering anything. */
export interface SingleCycle extends Omit<CycleWiring, 'history'> {
  /** Compare two snapshots this far apart; undefined: with nothing. */
  window_ms?: number;
  /** Told each second while the second snapshot is waited for. */
  onWaiting(left_ms: number): void;
  onCollecting(): void;
  interrupt: AbortController;
}

/** Nobody else is told of it. */
const epoch = 1;
const look_ms = 1_000;

export async function collectOnce(target: Target, single: SingleCycle): Promise<CycleResult> {
  const { clock, interrupt, window_ms } = single;
  const deps: CycleDeps = {
    ...cycleWiring(single, target),
    epoch,
    claimServer: async () => undefined,
  };
  const settings = cycleSettings(target.spec);
  const state = freshState(clock.now(), settings.explains, settings.databaseTime);
  if (window_ms !== undefined) await firstSnapshot(state, deps, window_ms, single);
  single.onCollecting();
  const work = {
    target: targetLabel(target),
    fault: (error: AppError) => interrupt.abort(error),
  };
  return workOf(work, () => runCycle(state, deps, interrupt.signal));
}

async function firstSnapshot(
  state: TargetState,
  { engine, target, holder, clock, random, credentials }: CycleDeps,
  window_ms: number,
  { interrupt: { signal }, onWaiting }: SingleCycle,
): Promise<void> {
  {
    await using session = await engine.open({
      target,
      credentials: await credentials(false),
      identity: { epoch, holder },
      clock,
      random,
      signal,
    });
    state.baseline = takeBaseline(await session.snapshot());
  }
  const end = clock.monotonic() + window_ms;
  for (let left = window_ms; left > 0; left = end - clock.monotonic()) {
    onWaiting(left);
    await clock.sleep(Math.min(look_ms, left), signal);
  }
}
