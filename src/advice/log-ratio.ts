import type { Random } from '../base/random.ts';

/**
 * How a mean changed, with its doubt: the ratio of times weighed by the calls after, and the
 * interval that a bootstrap over hours gives (percentiles of its logarithm, Efron 1979). Hours, not
 * calls, are drawn again: calls of one hour have their weather in common.
 */
export interface Slot {
  calls: number;
  /** Mean time of a call in this hour, and in the hours that it is compared with; milliseconds. */
  after: number;
  before: number;
}

export interface Interval {
  /** After over before. */
  ratio: number;
  low: number;
  high: number;
}

const draws = 1_000;
/** Nothing takes no time; so that a ratio exists. */
const least_ms = 1e-6;

/** `confidence`: of the interval, both sides together; 0.95. */
export function logRatio(slots: readonly Slot[], confidence: number, random: Random): Interval {
  const logs = Array.from({ length: draws }, () => ratioOf(slots, drawn(slots.length, random)));
  const { mean, deviation } = spread(logs);
  const reach = deviation * studentQuantile(1 - (1 - confidence) / 2, slots.length - 1);
  const log = ratioOf(slots, slots.keys());
  // A few draws say nothing of tails as thin as many questions want them: those are the normal's.
  const bias = mean - log;
  return {
    ratio: Math.exp(log),
    low: Math.exp(log - bias - reach),
    high: Math.exp(log - bias + reach),
  };
}

/** Without its doubt. */
export const pointRatio = (slots: readonly Slot[]): number =>
  Math.exp(ratioOf(slots, slots.keys()));

function* drawn(length: number, random: Random): Iterable<number> {
  for (let i = 0; i < length; i += 1) yield Math.floor(random.next() * length);
}

function ratioOf(slots: readonly Slot[], which: Iterable<number>): number {
  let [after, before] = [0, 0];
  for (const i of which) {
    const slot = slots[i] as Slot;
    after += slot.calls * slot.after;
    before += slot.calls * slot.before;
  }
  return Math.log(Math.max(least_ms, after) / Math.max(least_ms, before));
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** Of Student's t: few hours say less of their own spread. First term of Fisher's expansion. */
function studentQuantile(p: number, freedom: number): number {
  const z = normalQuantile(p);
  return z + (z ** 3 + z) / (4 * Math.max(1, freedom));
}

/** Of the standard normal, for p in (0.5, 1): Abramowitz and Stegun 26.2.23, within 4.5e-4. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p));
  return (
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t ** 2) /
      (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3)
  );
}
