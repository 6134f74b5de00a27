import { expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { closedBreaker } from '../safety/circuit-breaker.ts';
import { executorBrake, executorGate } from './gate.ts';

const target = makeTarget({ port: 1 });
const noon = Date.UTC(2026, 0, 5, 12);
const facts = {
  target,
  applies: true,
  window: [],
  stops: [],
  breaker: closedBreaker,
  now: noon,
};
const said = (more: Partial<Parameters<typeof executorGate>[0]>) => {
  const gate = executorGate({ ...facts, ...more });
  return gate.kind === 'open' ? 'open' : `${gate.reason}${gate.stop ? ', and stops' : ''}`;
};

it('what keeps a cycle away keeps a change away; a stop ends what runs', () => {
  expect(said({})).toBe('open');
  expect(said({ target: undefined })).toBe('target_deleted, and stops');
  const stop = { id: 's', scope: { all: true as const }, reason: 'r', by: 'x', at: 0 };
  expect(said({ stops: [stop as never] })).toBe('emergency_stop, and stops');
  expect(said({ applies: false })).toBe('not_applied_here');
  const open = { state: 'open' as const, until: noon + 1, opened: 1 };
  expect(said({ breaker: open })).toBe('circuit_open');
});

it('a window lets something be begun only within it', () => {
  const night = { start: '01:00', end: '05:00', timeZone: 'UTC' };
  expect(said({ window: [night] })).toBe('outside_window');
  expect(said({ window: [{ ...night, start: '11:00', end: '13:00' }] })).toBe('open');
});

it('the brake is the target’s own', () => {
  const calm = {
    role: 'primary' as const,
    connectionsUsed: 0.1,
    activeSessions: 1,
    lockWaiters: 0,
    took_ms: 1,
  };
  expect(executorBrake(calm, target)).toEqual({ kind: 'open' });
  expect(executorBrake({ ...calm, lockWaiters: 50 }, target)).toMatchObject({
    reason: 'brake_lock_waiters',
  });
});
