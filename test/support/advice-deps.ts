import type { AdviceDeps } from '../../src/advisor/run.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { runVisit } from '../../src/collection/visit.ts';
import { createEngines } from '../../src/engines/index.ts';
import { createHighsSolver } from '../../src/solver/highs/highs-solver.ts';
import { cycleDepsFor, type makeTarget, noAbort } from './target.ts';

/** What a run of advice needs for a real target; nothing plans unless `over` brings a planner. */
export function adviceDepsOf(
  target: ReturnType<typeof makeTarget>,
  history: AdviceDeps['history'],
  over: Partial<AdviceDeps> = {},
): AdviceDeps {
  const clock = over.clock ?? systemClock;
  return {
    history,
    engine: createEngines()[target.spec.engine],
    async look(ask, signal) {
      const { explains, databaseTime } = cycleSettings(target.spec);
      const state = freshState(clock.now(), explains, databaseTime);
      const { result } = await runVisit(state, cycleDepsFor(target), signal, ask);
      if (result.kind === 'failed') throw result.error;
      return result.value;
    },
    planner: () => Promise.reject(new Error('no planner is asked')),
    solver: async () => createHighsSolver({ clock }),
    clock,
    signal: noAbort(),
    tell: () => undefined,
    ...over,
  };
}
