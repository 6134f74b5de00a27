import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { emptySketch, halveSketch, mergeSketches, quantile, sketchAdd } from './sketch.ts';

describe('sketch', () => {
  it('gives quantiles within 2.5 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, q) => {
          const range = Math.max(...values) / Math.min(...values);
          if (range > 400) return; // 128 buckets of 5 % hold a factor of 500
          const sketch = values.reduce((all, value) => sketchAdd(all, value), emptySketch);
          const exact = values.toSorted((a, b) => a - b)[
            Math.max(0, Math.ceil(q * values.length - 1e-9) - 1)
          ] as number;
          expect(Math.abs((quantile(sketch, q) as number) / exact - 1)).toBeLessThan(0.026);
        },
      ),
    );
  });
  it('merging is adding, and the order does not matter', () => {
    const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { maxLength: 50 });
    const of = (list: number[]) => list.reduce((all, value) => sketchAdd(all, value), emptySketch);
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(mergeSketches(of(a), of(b)).count).toBe(a.length + b.length);
        expect(mergeSketches(of(a), of(b))).toEqual(mergeSketches(of(b), of(a)));
      }),
    );
  });
  it('is bounded and forgets', () => {
    let sketch = emptySketch;
    for (let i = 0; i < 2_000; i += 1) sketch = sketchAdd(sketch, 1.02 ** i);
    expect(sketch.buckets.length).toBeLessThanOrEqual(128);
    expect(sketch.count).toBe(2_000);
    expect(halveSketch(sketch).count).toBe(1_000);
  });
});
