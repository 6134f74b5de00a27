import type { Code } from '../base/codes.ts';
import type { Stop } from '../model/stop.ts';
import { type Blackout, inBlackout } from './blackout.ts';
import { type Breaker, breakerVerdict, type Cause } from './circuit-breaker.ts';
import { coveringStop } from './emergency-stop.ts';
import type { Bucket } from './token-bucket.ts';

/** All that can keep a cycle from starting, before any connection is made. */
export interface GateFacts {
  now: number;
  target: { namespace: string; name: string };
  suspend: boolean;
  stops: readonly Stop[];
  blackouts: readonly Blackout[];
  breaker: Breaker;
  databaseTime: Bucket;
}

export type GateVerdict =
  | { kind: 'open' }
  | { kind: 'skipped'; reason: Code; detail?: string }
  | { kind: 'deferred'; reason: Code; until: number; detail?: string };

const causeText = ({ code, detail }: Cause) => `${code}${detail ? `, ${detail}` : ''}`;

/** In the order in which people want to be told: their own decisions first. */
export function gate(facts: GateFacts): GateVerdict {
  const stop = coveringStop(facts.stops, facts.target);
  if (stop) return { kind: 'skipped', reason: 'emergency_stop', detail: stop.reason };
  if (facts.suspend) return { kind: 'skipped', reason: 'suspended' };
  const blackout = inBlackout(facts.blackouts, facts.now);
  if (blackout)
    return {
      kind: 'skipped',
      reason: 'blackout',
      detail: `until ${blackout.end} ${blackout.timeZone}`,
    };
  const breaker = breakerVerdict(facts.breaker, facts.now);
  if (breaker.circuit === 'open') {
    const { until, cause } = breaker;
    return {
      kind: 'deferred',
      reason: 'circuit_open',
      until: until ?? facts.now,
      ...(cause ? { detail: causeText(cause) } : {}),
    };
  }
  if (facts.databaseTime.tokens < 0) return { kind: 'skipped', reason: 'budget_spent' };
  return { kind: 'open' };
}
