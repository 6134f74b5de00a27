import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { backoffDelay } from './backoff.ts';
import { seededRandom } from './random.ts';

it('backs off, doubled and capped', () => {
  const policy = { first_ms: 100, most_ms: 1_000 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer(), (attempt, seed) => {
      const delay = backoffDelay(attempt, policy, seededRandom(seed));
      expect(delay).toBeGreaterThanOrEqual(Math.min(1_000, 80 * 2 ** Math.min(attempt, 30)) * 0.99);
      expect(delay).toBeLessThanOrEqual(1_000);
    }),
  );
});
