/**
 * A mergeable sketch of positive numbers: a histogram whose buckets grow by 5 %, so that a quantile
 * is right within 2.5 %. At most 128 buckets; beyond that the smallest are joined, because the
 * large values are the ones we act on.
 */
export interface Sketch {
  count: number;
  /** [bucket index, count], ascending by index. */
  buckets: [number, number][];
}

const logGrowth = Math.log(1.05);
const bucketLimit = 128;

export const emptySketch: Sketch = { count: 0, buckets: [] };

export function sketchAdd(sketch: Sketch, value: number, weight = 1): Sketch {
  if (!(value > 0) || !Number.isFinite(value)) return sketch;
  return mergeSketches(sketch, {
    count: weight,
    buckets: [[Math.round(Math.log(value) / logGrowth), weight]],
  });
}

export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  const counts = new Map(a.buckets);
  for (const [index, count] of b.buckets) counts.set(index, (counts.get(index) ?? 0) + count);
  const buckets = [...counts].sort(([x], [y]) => x - y);
  while (buckets.length > bucketLimit) {
    const [, smallest] = buckets.shift() as [number, number];
    (buckets[0] as [number, number])[1] += smallest;
  }
  return { count: a.count + b.count, buckets };
}

/**
 * Halves every count: old intervals weigh less, so that a changed normal becomes the new normal.
 */
export function halveSketch(sketch: Sketch): Sketch {
  const buckets = sketch.buckets
    .map(([index, count]): [number, number] => [index, count / 2])
    .filter(([, count]) => count >= 0.25);
  return { count: buckets.reduce((sum, [, count]) => sum + count, 0), buckets };
}

/** The value below which the share `q` lies; undefined when empty. */
export function quantile(sketch: Sketch, q: number): number | undefined {
  let rest = q * sketch.count;
  for (const [index, count] of sketch.buckets) {
    rest -= count;
    if (rest <= 1e-9) return Math.exp(index * logGrowth);
  }
  const last = sketch.buckets.at(-1);
  return last ? Math.exp(last[0] * logGrowth) : undefined;
}
