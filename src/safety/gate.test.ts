import { describe, expect, it } from 'vitest';
import { closedBreaker } from './circuit-breaker.ts';
import { gate } from './gate.ts';

describe('gate', () => {
  const facts = {
    now: 1_000,
    target: { namespace: 'shop', name: 'orders' },
    suspend: false,
    stops: [],
    blackouts: [],
    breaker: closedBreaker,
    databaseTime: { tokens: 1, at: 1_000 },
  };
  const stop = { id: '1', scope: { all: true } as const, reason: 'incident', since: 0 };
  it('is open when nothing speaks against it', () => expect(gate(facts)).toEqual({ kind: 'open' }));
  it.each([
    ['emergency_stop', { stops: [stop], suspend: true }],
    ['suspended', { suspend: true }],
    ['blackout', { blackouts: [{ start: '00:00', end: '00:00', timeZone: 'UTC' }] }],
    ['circuit_open', { breaker: { state: 'open' as const, until: 2_000, opened: 1 } }],
    ['budget_spent', { databaseTime: { tokens: -1, at: 1_000 } }],
  ])('%s', (reason, change) => expect(gate({ ...facts, ...change })).toMatchObject({ reason }));
});
