import { describe, expect, it } from 'vitest';
import { brakeVerdict, learn } from './health-brake.ts';

describe('health brake', () => {
  const policy = {
    replicationLag_ms: 30_000,
    connectionsUsed: 0.8,
    activePerCore: 4,
    cores: 2,
    lockWaiters: 5,
    slowdown: 3,
    ignore: [],
  };
  const calm = {
    role: 'primary' as const,
    connectionsUsed: 0.2,
    activeSessions: 2,
    lockWaiters: 0,
    took_ms: 2,
  };
  it.each([
    ['brake_connections', { connectionsUsed: 0.9 }],
    ['brake_active_sessions', { activeSessions: 9 }],
    ['brake_lock_waiters', { lockWaiters: 6 }],
    ['brake_replication_lag', { replicationLag_ms: 31_000 }],
    ['brake_slowdown', { took_ms: 90 }],
    ['brake_role_change', { role: 'standby' as const }],
  ])('%s', (code, change) => {
    expect(
      brakeVerdict({ ...calm, ...change }, { role: 'primary', usual_ms: 10 }, policy),
    ).toMatchObject({ code });
  });
  it('is off on a calm server, and learns what is usual', () => {
    expect(brakeVerdict(calm, {}, policy)).toEqual({ kind: 'off' });
    let memory = {};
    for (let i = 0; i < 50; i += 1) memory = learn({ ...calm, took_ms: 40 }, memory, false);
    expect(brakeVerdict({ ...calm, took_ms: 90 }, memory, policy)).toEqual({ kind: 'off' });
    expect(brakeVerdict({ ...calm, took_ms: 130 }, memory, policy)).toMatchObject({
      code: 'brake_slowdown',
    });
  });
});
