import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { confidence } from './confidence.ts';

it.each([
  [0.9, 0, 0, 0.9],
  [0.9, 0, 3, 0.72],
  [0.9, 0, 12, 0.45],
  [0.9, 12, 0, 0.95],
  [0.5, 0, 100, 0.054],
])('prior %f, %i accepted, %i dismissed', (prior, accepted, dismissed, expected) =>
  expect(confidence(prior, { accepted, dismissed })).toBeCloseTo(expected, 2),
);

it('is a share, rises with what is accepted and falls with what is dismissed', () => {
  const count = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), count, count, (prior, a, d) => {
      const now = confidence(prior, { accepted: a, dismissed: d });
      expect(now).toBeGreaterThanOrEqual(0);
      expect(now).toBeLessThanOrEqual(1);
      expect(confidence(prior, { accepted: a + 1, dismissed: d })).toBeGreaterThanOrEqual(now);
      expect(confidence(prior, { accepted: a, dismissed: d + 1 })).toBeLessThanOrEqual(now);
    }),
  );
});
