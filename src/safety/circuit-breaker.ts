import { backoffDelay } from '../base/backoff.ts';
import type { Random } from '../base/random.ts';

/**
 * closed → (N failed cycles in a row) → open until a time → half-open: one probe cycle → closed, or open for twice as long.
 * Plain data, so that the next owner of the target goes on where this one stopped.
 */
export type Breaker = { state: 'closed'; failures: number } | { state: 'open'; until: number; opened: number };

export interface BreakerPolicy {
  failures: number;
  openFor_ms: number;
  maxOpenFor_ms: number;
}

export const closedBreaker: Breaker = { state: 'closed', failures: 0 };

export function breakerVerdict(breaker: Breaker, now: number): { circuit: 'closed' | 'open' | 'half-open'; until?: number } {
  if (breaker.state === 'closed') return { circuit: 'closed' };
  return now < breaker.until ? { circuit: 'open', until: breaker.until } : { circuit: 'half-open' };
}

export const onCycleSuccess = (): Breaker => closedBreaker;

export function onCycleFailure(breaker: Breaker, policy: BreakerPolicy, now: number, random: Random): Breaker {
  const failures = breaker.state === 'closed' ? breaker.failures + 1 : policy.failures;
  if (failures < policy.failures) return { state: 'closed', failures };
  const opened = breaker.state === 'open' ? breaker.opened + 1 : 1;
  return {
    state: 'open',
    opened,
    until: now + backoffDelay(opened - 1, { first_ms: policy.openFor_ms, most_ms: policy.maxOpenFor_ms }, random),
  };
}
