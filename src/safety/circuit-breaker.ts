import { backoffDelay } from '../base/backoff.ts';
import type { Code } from '../base/codes.ts';
import type { Random } from '../base/random.ts';

/**
 * closed → (N failed cycles in a row) → open until a time → half-open: one probe cycle → closed, or
 * open for twice as long. Plain data, so that the next owner of the target goes on where this one
 * stopped.
 */
export type Breaker =
  | { state: 'closed'; failures: number }
  | { state: 'open'; until: number; opened: number; cause?: Cause };

/** What the last failed cycle failed with: nothing else says it while no cycle runs. */
export interface Cause {
  code: Code;
  detail?: string;
}

export interface BreakerPolicy {
  failures: number;
  openFor_ms: number;
  maxOpenFor_ms: number;
}

export const closedBreaker: Breaker = { state: 'closed', failures: 0 };

export interface BreakerVerdict {
  circuit: 'closed' | 'open' | 'half-open';
  /** While it is open. */
  until?: number;
  cause?: Cause;
}

export function breakerVerdict(breaker: Breaker, now: number): BreakerVerdict {
  if (breaker.state === 'closed') return { circuit: 'closed' };
  const { until, cause } = breaker;
  return now < until
    ? { circuit: 'open', until, ...(cause ? { cause } : {}) }
    : { circuit: 'half-open' };
}

export const onCycleSuccess = (): Breaker => closedBreaker;

export function onCycleFailure(
  breaker: Breaker,
  cause: Cause,
  policy: BreakerPolicy,
  now: number,
  random: Random,
): Breaker {
  const failures = breaker.state === 'closed' ? breaker.failures + 1 : policy.failures;
  if (failures < policy.failures) return { state: 'closed', failures };
  const opened = breaker.state === 'open' ? breaker.opened + 1 : 1;
  return {
    state: 'open',
    opened,
    cause,
    until:
      now +
      backoffDelay(
        opened - 1,
        { first_ms: policy.openFor_ms, most_ms: policy.maxOpenFor_ms },
        random,
      ),
  };
}
