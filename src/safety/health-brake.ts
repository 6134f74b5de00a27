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

export type BrakeVerdict = { kind: 'off' } | { kind: 'on'; code: Code; detail: string };

const on = (code: Code, detail: string): BrakeVerdict => ({ kind: 'on', code, detail });

export function brakeVerdict(
  sample: HealthSample,
  memory: BrakeMemory,
  policy: BrakePolicy,
): BrakeVerdict {
  if (memory.role && memory.role !== sample.role)
    return on('brake_role_change', `was ${memory.role}, is ${sample.role}`);
  const counts = (signal: string) => !policy.ignore.includes(signal);
  if (counts('replicationLag') && (sample.replicationLag_ms ?? 0) > policy.replicationLag_ms)
    return on(
      'brake_replication_lag',
      `${Math.round((sample.replicationLag_ms ?? 0) / 1_000)} s behind`,
    );
  if (counts('connectionsUsed') && sample.connectionsUsed > policy.connectionsUsed)
    return on(
      'brake_connections',
      `${Math.round(sample.connectionsUsed * 100)}% of the connections are used`,
    );
  if (counts('lockWaiters') && sample.lockWaiters > policy.lockWaiters)
    return on('brake_lock_waiters', `${sample.lockWaiters} sessions wait for locks`);
  const active = sample.activeSessions / policy.cores;
  if (counts('activePerCore') && active > policy.activePerCore)
    return on(
      'brake_active_sessions',
      `${sample.activeSessions} active sessions on ${policy.cores} cores`,
    );
  const slow =
    counts('slowdown') &&
    memory.usual_ms !== undefined &&
    sample.took_ms > slowdownFloor_ms &&
    sample.took_ms > memory.usual_ms * policy.slowdown;
  const usual_ms = Math.round(memory.usual_ms ?? 0);
  if (slow)
    return on(
      'brake_slowdown',
      `${Math.round(sample.took_ms)} ms for what usually takes ${usual_ms} ms`,
    );
  return { kind: 'off' };
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
