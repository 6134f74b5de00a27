import { emptySketch, halveSketch, type Sketch, sketchAdd } from '../base/sketch.ts';
import type { Window } from './delta.ts';
import { sketchLimit } from './target-state.ts';

/**
 * Forgets half of what is old after this many intervals: a changed normal becomes the new normal.
 */
const sketchMemory = 2_000;

/** Interval means of the heaviest statements, for the next cycles' regressions. */
export function learnIntervals(
  sketches: ReadonlyMap<string, Sketch>,
  { stats }: Pick<Window, 'stats'>,
): ReadonlyMap<string, Sketch> {
  const heaviest = stats.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, sketchLimit);
  const learned = new Map(sketches);
  for (const { key, meanMs } of heaviest) {
    const old = learned.get(key) ?? emptySketch;
    learned.delete(key); // to the end: the first are the ones not seen for longest
    learned.set(key, sketchAdd(old.count > sketchMemory ? halveSketch(old) : old, meanMs));
  }
  return new Map([...learned].slice(-sketchLimit));
}
