import type { GateSeen } from '../advice/machine-state.ts';
import { parseDuration, parsePercent } from '../base/quantity.ts';
import type { HealthSample } from '../model/health-sample.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { type Blackout, inBlackout } from '../safety/blackout.ts';
import type { Breaker } from '../safety/circuit-breaker.ts';
import { gate } from '../safety/gate.ts';
import { brakeVerdict } from '../safety/health-brake.ts';

/** May an index be changed on a target now: what keeps a cycle away does, and more. Pure. */
export interface ExecutorGateFacts {
  /** Undefined: there is none of that uid. */
  target: Target | undefined;
  /** Its owner lets approved changes be carried out. */
  applies: boolean;
  /** Times of day in which something may be begun; any where it is empty. */
  window: readonly Blackout[];
  stops: readonly Stop[];
  breaker: Breaker;
  now: number;
}

/** Nothing is budgeted here: a change is one thing, and was approved. */
const unlimited = { tokens: 1, at: 0 };

export function executorGate(facts: ExecutorGateFacts): GateSeen {
  const { target, stops, breaker, now, window } = facts;
  if (!target) return { kind: 'closed', reason: 'target_deleted', stop: true };
  const { spec } = target;
  const verdict = gate({
    now,
    target,
    suspend: spec.suspend,
    stops,
    blackouts: spec.collection.blackouts,
    breaker,
    databaseTime: unlimited,
  });
  if (verdict.kind !== 'open')
    return {
      kind: 'closed',
      reason: verdict.reason,
      stop: verdict.reason === 'emergency_stop' || verdict.reason === 'suspended',
      ...('until' in verdict ? { until: verdict.until } : {}),
    };
  if (!facts.applies) return { kind: 'closed', reason: 'not_applied_here', stop: false };
  if (window.length > 0 && !inBlackout(window, now))
    return { kind: 'closed', reason: 'outside_window', stop: false };
  return { kind: 'open' };
}

/** The brake of the target, without what it learnt: an executor looks now and then. Pure. */
export function executorBrake(sample: HealthSample, { spec }: Target): GateSeen {
  const { brake } = spec.safety;
  const policy = {
    ...brake,
    replicationLag_ms: parseDuration(brake.replicationLag),
    connectionsUsed: parsePercent(brake.connectionsUsed),
  };
  const verdict = brakeVerdict(sample, {}, policy);
  return verdict.kind === 'off'
    ? { kind: 'open' }
    : { kind: 'closed', reason: verdict.code, stop: false };
}
