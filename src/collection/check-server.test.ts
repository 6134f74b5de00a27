import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { checkHealth } from './check-server.ts';

describe('a slow answer to the question of health', () => {
  const policy = {
    replicationLag_ms: 30_000,
    connectionsUsed: 0.8,
    activePerCore: 4,
    cores: 2,
    lockWaiters: 5,
    slowdown: 3,
    ignore: [],
  };
  const calm = { role: 'primary', connectionsUsed: 0, activeSessions: 0, lockWaiters: 0 } as const;
  /** Answers that take so long; `turn_ms`: the loop is so late meanwhile. */
  const check = async (took: number[], turn_ms: number) => {
    let now = 0;
    const clock = {
      ...createFakeClock(),
      monotonic: () => now,
      sleep: async () => void (now += turn_ms),
    };
    const session = { health: async () => ({ ...calm, took_ms: took.shift() ?? 0 }) };
    return checkHealth(session, { usual_ms: 10 }, policy, clock);
  };
  it('counts when the next one is slow as well', async () => {
    expect((await check([200, 180], 1)).verdict).toMatchObject({ code: 'brake_slowdown' });
    expect(await check([200, 12], 1)).toMatchObject({
      verdict: { kind: 'off' },
      health: { took_ms: 11 },
    });
  });
  it('does not count for what our own loop was late', async () =>
    expect(await check([400, 160], 140)).toMatchObject({
      verdict: { kind: 'off' },
      health: { took_ms: 20 },
    }));
  it('is asked once where it is quick', async () =>
    expect((await check([12], 1)).health.took_ms).toBe(12));
});
