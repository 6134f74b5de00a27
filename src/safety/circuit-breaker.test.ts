import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { seededRandom } from '../base/random.ts';
import {
  type Breaker,
  breakerVerdict,
  closedBreaker,
  onCycleFailure,
  onCycleSuccess,
} from './circuit-breaker.ts';

const random = seededRandom(1);

describe('circuit breaker', () => {
  const policy = { failures: 3, openFor_ms: 30_000, maxOpenFor_ms: 1_800_000 };
  const cause = { code: 'connection_failed' as const, detail: 'refused' };
  const fail = (breaker: Breaker, now: number) =>
    onCycleFailure(breaker, cause, policy, now, random);
  it('opens after three failures in a row, not before', () => {
    const two = fail(fail(closedBreaker, 0), 0);
    expect(breakerVerdict(two, 0).circuit).toBe('closed');
    expect(breakerVerdict(fail(two, 0), 0).circuit).toBe('open');
    expect(breakerVerdict(fail(onCycleSuccess(), 0), 0).circuit).toBe('closed');
  });
  it('lets one probe through, then closes or opens for longer', () => {
    let breaker = fail(fail(fail(closedBreaker, 0), 0), 0);
    const first = breakerVerdict(breaker, 0).until ?? 0;
    expect(first).toBeGreaterThanOrEqual(24_000);
    expect(breakerVerdict(breaker, first).circuit).toBe('half-open');
    breaker = fail(breaker, first);
    expect((breakerVerdict(breaker, first).until ?? 0) - first).toBeGreaterThan(first);
    expect(onCycleSuccess()).toEqual(closedBreaker);
  });
  it('knows what opened it for as long as it is open', () => {
    const open = fail(fail(fail(closedBreaker, 0), 0), 0);
    const { until = 0 } = breakerVerdict(open, 0);
    expect(breakerVerdict(open, 0)).toMatchObject({ cause });
    const other = { code: 'duplicate_target' as const };
    expect(breakerVerdict(onCycleFailure(open, other, policy, until, random), until)).toMatchObject(
      { cause: other },
    );
    expect(breakerVerdict(onCycleSuccess(), until)).toEqual({ circuit: 'closed' });
  });
  it('never rests longer than the maximum, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.integer(), (outcomes, seed) => {
        let breaker: Breaker = closedBreaker;
        let now = 0;
        for (const ok of outcomes) {
          const { circuit, until } = breakerVerdict(breaker, now);
          if (circuit === 'open') {
            expect((until ?? 0) - now).toBeLessThanOrEqual(policy.maxOpenFor_ms);
            now = until ?? now;
          }
          breaker = ok
            ? onCycleSuccess()
            : onCycleFailure(breaker, cause, policy, now, seededRandom(seed));
          now += 60_000;
        }
      }),
    );
  });
});
