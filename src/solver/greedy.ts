import type { Problem, Selection } from '../advice/problem.ts';
import { costOf, type Indexed, indexed, simpleBound } from './evaluate.ts';
import { type Growth, grown, growthOf, type Steps, stepsOf, without } from './growth.ts';

/**
 * The set that grows by what saves most for its bytes, an index or two that only help together, and
 * is then mended: what no longer pays goes, and what would do better takes another's place. Within
 * a second, and with no proof that it is the best: `bound` says how far it can be at most.
 */
export function greedy(problem: Problem): Selection {
  const numbers = indexed(problem);
  return selectionOf(numbers, greedySet(numbers), simpleBound(numbers), 'greedy');
}

export function selectionOf(
  numbers: Indexed,
  there: readonly boolean[],
  bound: number,
  method: Selection['method'],
): Selection {
  const cost = costOf(numbers, there);
  const least = Math.min(bound, cost);
  return {
    chosen: numbers.ids.filter((_, i) => there[i]),
    cost,
    bound: least,
    gap: least > 0 ? cost / least - 1 : 0,
    method,
  };
}

export function greedySet(numbers: Indexed): boolean[] {
  const steps = stepsOf(numbers);
  let best = grown(numbers, steps, growthOf(numbers, steps));
  let tries = Math.max(leastTries, Math.floor(mostEvaluations / Math.max(1, steps.members.length)));
  for (let better: Growth | undefined = best; better && tries > 0; ) {
    tries -= best.there.filter(Boolean).length;
    better = mended(numbers, steps, best);
    if (better) best = better;
  }
  return best.there;
}
/** Of a set without one of its indexes, grown anew: a second of them for a thousand statements. */
const mostEvaluations = 200_000;
const leastTries = 20;

/** The first that is cheaper without an index that is there: as it is, or with others instead. */
function mended(numbers: Indexed, steps: Steps, from: Growth): Growth | undefined {
  const least = costOf(numbers, from.there);
  const margin = 1e-9 * numbers.baseCost;
  for (const [i, is] of from.there.entries()) {
    if (!is || numbers.pinned[i]) continue;
    const gone = without(numbers, steps, from, i);
    for (const next of [gone, grown(numbers, steps, gone), grown(numbers, steps, gone, i)])
      if (costOf(numbers, next.there) < least - margin) return next;
  }
  return undefined;
}
