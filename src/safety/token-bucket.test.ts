import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { charge, filling, fullBucket, refill, settle, timeBudgetPolicy } from './token-bucket.ts';

describe('budgets', () => {
  it('grants no more than rate × time + burst', () => {
    const policy = { perSecond: 2, burst: 5 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 100 }), (gaps) => {
        let [bucket, now, granted] = [fullBucket(policy, 0), 0, 0];
        for (const gap of gaps) {
          now += gap;
          if (refill(bucket, policy, now).tokens < 1) continue;
          bucket = charge(bucket, policy, now, 1);
          granted += 1;
        }
        expect(granted).toBeLessThanOrEqual(policy.burst + (policy.perSecond * now) / 1_000 + 1e-6);
      }),
    );
  });
  it('database time may be overdrawn once, and is paid back', () => {
    const policy = timeBudgetPolicy(0.005, 1_000);
    const spent = settle(fullBucket(policy, 0), policy, 0, 2_000);
    expect(spent.tokens).toBe(-1_000);
    expect(refill(spent, policy, 199_000).tokens).toBeLessThan(0);
    expect(refill(spent, policy, 201_000).tokens).toBeGreaterThan(0);
  });
  it('what is saved up has a limit, what comes in while it is used has none', () => {
    const policy = timeBudgetPolicy(0.5, 1_000);
    expect(refill(fullBucket(policy, 0), policy, 86_400_000).tokens).toBe(1_000);
    expect(filling(fullBucket(policy, 0), policy, 4_000)).toBe(3_000);
    expect(settle(fullBucket(policy, 0), policy, 4_000, 3_500).tokens).toBe(-500);
    expect(settle(fullBucket(policy, 0), policy, 4_000, 100).tokens).toBe(1_000);
  });
});
