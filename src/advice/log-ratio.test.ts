import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { seededRandom } from '../base/random.ts';
import { logRatio, type Slot } from './log-ratio.ts';

const slot = fc.record({
  calls: fc.integer({ min: 1, max: 10_000 }),
  after: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
  before: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
});
const slots = fc.array(slot, { minLength: 6, maxLength: 40 });
const of = (given: readonly Slot[], confidence = 0.95) =>
  logRatio(given, confidence, seededRandom(1));

it('is within its interval, which is wider where more is asked of it', () => {
  fc.assert(
    fc.property(slots, (given) => {
      const usual = of(given);
      const sure = of(given, 0.999);
      expect(sure.high - sure.low).toBeGreaterThanOrEqual(usual.high - usual.low - 1e-9);
      expect(usual.low).toBeLessThanOrEqual(usual.high);
    }),
    { numRuns: 30 },
  );
});

it('does not depend on the unit of time', () => {
  fc.assert(
    fc.property(slots, fc.double({ min: 0.1, max: 100, noNaN: true }), (given, factor) => {
      const scaled = given.map((each) => ({
        ...each,
        after: each.after * factor,
        before: each.before * factor,
      }));
      expect(of(scaled).ratio / of(given).ratio).toBeCloseTo(1, 6);
    }),
    { numRuns: 30 },
  );
});

it('covers what is true in about 95 of 100 worlds', () => {
  const random = seededRandom(7);
  const noise = () => Math.exp(0.3 * (random.next() + random.next() + random.next() - 1.5) * 2);
  const covered = Array.from({ length: 300 }, () => {
    const given = Array.from({ length: 24 }, () => ({
      calls: 100,
      after: 5 * noise(),
      before: 10 * noise(),
    }));
    const { low, high } = logRatio(given, 0.95, random);
    return low <= 0.5 && 0.5 <= high;
  }).filter(Boolean).length;
  expect(covered).toBeGreaterThan(270);
  expect(covered).toBeLessThan(297);
});
