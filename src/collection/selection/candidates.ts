import type { Code } from '../../base/codes.ts';
import type { Session } from '../../engines/engine.ts';
import { eligibility } from '../eligibility.ts';
import { learnIntervals } from '../intervals.ts';
import type { CycleContext, Progress } from '../step.ts';
import type { ExplainedMark } from '../target-state.ts';
import { select as choose } from './select.ts';

/** Turned out to have no plan, its place goes to the next: so many more than places are ranked. */
const spareFactor = 4;

/**
 * What ran since the last look → what to explain, in order, and why the rest is left out. Nothing
 * is asked.
 */
export async function* select(
  cycle: Progress,
  _: Session,
  { target, settings, clock, changes }: CycleContext,
): AsyncGenerator<Progress> {
  const { window, state } = cycle;
  if (!window) return;
  const { collection } = target.spec;
  const reasonOf = eligibility(target.spec, state, clock.now());
  const judged = window.stats.map((stats) => ({ stats, reason: reasonOf(stats) }));
  const changed = await changes?.();
  const candidates = judged.flatMap(({ stats, reason }) =>
    reason
      ? []
      : [
          {
            stats,
            sketch: state.sketches.get(stats.key),
            explained: current(state.explained.get(stats.key), changed),
          },
        ],
  );
  const wanted = collection.maxQueriesPerCycle;
  const { ranked, credits } = choose(candidates, collection.strategies, state.credits, {
    now: clock.now(),
    reexplainAfter_ms: settings.reexplainAfter_ms,
    wanted,
    spares: wanted * spareFactor,
  });
  const sketches = window.sinceStatisticsBegan
    ? state.sketches
    : learnIntervals(state.sketches, window);
  yield {
    ...cycle,
    ranked,
    leftOut: new Map(
      judged.flatMap(({ stats, reason }): [string, Code][] =>
        reason ? [[stats.key, reason]] : [],
      ),
    ),
    state: { ...state, credits, sketches },
  };
}

/** An index that was built or dropped for a statement is likely to have changed its plan. */
const current = (
  mark: ExplainedMark | undefined,
  changed: ReadonlyMap<string, number> | undefined,
): ExplainedMark | undefined =>
  mark && (changed?.get(mark.fingerprint) ?? 0) > mark.at ? undefined : mark;
