import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { jitter, seededRandom } from './random.ts';

it('the same seed gives the same numbers, in [0, 1)', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => random.next());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  for (const number of draw(7)) expect(number >= 0 && number < 1).toBe(true);
});

it('a jitter stays within its share', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer(), (ms, seed) => {
      const drawn = jitter(ms, 0.2, seededRandom(seed));
      expect(drawn).toBeGreaterThanOrEqual(ms * 0.8);
      expect(drawn).toBeLessThanOrEqual(ms * 1.2);
    }),
  );
});
