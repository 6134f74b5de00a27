import type { Code } from '../base/codes.ts';
import type { HealthSample } from '../model/health-sample.ts';

export interface BrakePolicy {
  replicationLag_ms: number;
  connectionsUsed: number;
  activePerCore: number;
  cores: number;
  lockWaiters: number;
  slowdown: number;
  /** Signals that do not count. */
  ignore: readonly string[];
}

/** What is usual on this server, learnt from cycles in which the brake was off. */
export interface BrakeMemory {
  role?: 'primary' | 'standby';
  usual_ms?: number;
}

/** Below this, a slow answer is our own noise. */
const slowdownFloor_ms = 50;

export interface BrakeVerdict {
  code?: Code;
  detail?: string;
}

export function brakeVerdict(
  sample: HealthSample,
  memory: BrakeMemory,
  policy: BrakePolicy,
): BrakeVerdict {
  if (memory.role && memory.role !== sample.role)
    return { code: 'brake_role_change', detail: `was ${memory.role}, is ${sample.role}` };
  const counts = (signal: string) => !policy.ignore.includes(signal);
  if (counts('replicationLag') && (sample.replicationLag_ms ?? 0) > policy.replicationLag_ms)
    return {
      code: 'brake_replication_lag',
      detail: `${Math.round((sample.replicationLag_ms ?? 0) / 1_000)} s behind`,
    };
  if (counts('connectionsUsed') && sample.connectionsUsed > policy.connectionsUsed)
    return {
      code: 'brake_connections',
      detail: `${Math.round(sample.connectionsUsed * 100)}% of the connections are used`,
    };
  if (counts('lockWaiters') && sample.lockWaiters > policy.lockWaiters)
    return { code: 'brake_lock_waiters', detail: `${sample.lockWaiters} sessions wait for locks` };
  const active = sample.activeSessions / policy.cores;
  if (counts('activePerCore') && active > policy.activePerCore)
    return {
      code: 'brake_active_sessions',
      detail: `${sample.activeSessions} active sessions on ${policy.cores} cores`,
    };
  const slow =
    counts('slowdown') &&
    memory.usual_ms !== undefined &&
    sample.took_ms > slowdownFloor_ms &&
    sample.took_ms > memory.usual_ms * policy.slowdown;
  if (slow)
    return {
      code: 'brake_slowdown',
      detail: `${Math.round(sample.took_ms)} ms for what usually takes ${Math.round(memory.usual_ms ?? 0)} ms`,
    };
  return {};
}

/**
 * Learns the role at once and the usual time slowly (EWMA, 10 %). A slow answer moves it less, but
 * it moves: a server may stay slower for good.
 */
export function learn(sample: HealthSample, memory: BrakeMemory, braked: boolean): BrakeMemory {
  const usual = memory.usual_ms ?? sample.took_ms;
  const share = braked ? 0.02 : 0.1;
  return { role: sample.role, usual_ms: usual + share * (sample.took_ms - usual) };
}
