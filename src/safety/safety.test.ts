import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.ts';
import {
  type AdaptiveTimeout,
  currentTimeout,
  freshTimeout,
  onAnswer,
  onTimeout,
} from './adaptive-timeout.ts';
import { inBlackout } from './blackout.ts';
import {
  type Breaker,
  breakerVerdict,
  closedBreaker,
  onCycleFailure,
  onCycleSuccess,
} from './circuit-breaker.ts';
import { coveringStop } from './emergency-stop.ts';
import { rememberFailure } from './failure-memory.ts';
import { gate } from './gate.ts';
import { brakeVerdict, learn } from './health-brake.ts';
import { charge, filling, fullBucket, refill, settle, timeBudgetPolicy } from './token-bucket.ts';

const random = seededRandom(1);

describe('circuit breaker', () => {
  const policy = { failures: 3, openFor_ms: 30_000, maxOpenFor_ms: 1_800_000 };
  const cause = { code: 'connection_failed' as const, detail: 'refused' };
  const fail = (breaker: Breaker, now: number) =>
    onCycleFailure(breaker, cause, policy, now, random);
  it('opens after three failures in a row, not before', () => {
    const two = fail(fail(closedBreaker, 0), 0);
    expect(breakerVerdict(two, 0).circuit).toBe('closed');
    expect(breakerVerdict(fail(two, 0), 0).circuit).toBe('open');
    expect(breakerVerdict(fail(onCycleSuccess(), 0), 0).circuit).toBe('closed');
  });
  it('lets one probe through, then closes or opens for longer', () => {
    let breaker = fail(fail(fail(closedBreaker, 0), 0), 0);
    const first = breakerVerdict(breaker, 0).until ?? 0;
    expect(first).toBeGreaterThanOrEqual(24_000);
    expect(breakerVerdict(breaker, first).circuit).toBe('half-open');
    breaker = fail(breaker, first);
    expect((breakerVerdict(breaker, first).until ?? 0) - first).toBeGreaterThan(first);
    expect(onCycleSuccess()).toEqual(closedBreaker);
  });
  it('knows what opened it for as long as it is open', () => {
    const open = fail(fail(fail(closedBreaker, 0), 0), 0);
    const { until = 0 } = breakerVerdict(open, 0);
    expect(breakerVerdict(open, 0)).toMatchObject({ cause });
    const other = { code: 'duplicate_target' as const };
    expect(breakerVerdict(onCycleFailure(open, other, policy, until, random), until)).toMatchObject(
      { cause: other },
    );
    expect(breakerVerdict(onCycleSuccess(), until)).toEqual({ circuit: 'closed' });
  });
  it('never rests longer than the maximum, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.integer(), (outcomes, seed) => {
        let [breaker, now] = [closedBreaker as Breaker, 0];
        for (const ok of outcomes) {
          const { circuit, until } = breakerVerdict(breaker, now);
          if (circuit === 'open') {
            expect((until ?? 0) - now).toBeLessThanOrEqual(policy.maxOpenFor_ms);
            now = until ?? now;
          }
          breaker = ok
            ? onCycleSuccess()
            : onCycleFailure(breaker, cause, policy, now, seededRandom(seed));
          now += 60_000;
        }
      }),
    );
  });
});

describe('adaptive timeout', () => {
  const bounds = { min_ms: 100, max_ms: 1_000 };
  const after = (times: number[], start: AdaptiveTimeout = freshTimeout) =>
    times.reduce((timeout, ms) => onAnswer(timeout, ms), start);
  it('starts in the middle, narrows when healthy', () => {
    expect(currentTimeout(freshTimeout, bounds)).toBe(500);
    expect(currentTimeout(after(Array.from({ length: 50 }, () => 5)), bounds)).toBe(100);
    expect(currentTimeout(after(Array.from({ length: 50 }, () => 60)), bounds)).toBe(240);
  });
  it('widens on a timeout at once, and comes back', () => {
    const narrow = after(Array.from({ length: 50 }, () => 5));
    const wide = onTimeout(narrow, bounds);
    expect(currentTimeout(wide, bounds)).toBe(200);
    expect(
      currentTimeout(onTimeout(onTimeout(onTimeout(wide, bounds), bounds), bounds), bounds),
    ).toBe(1_000);
    expect(
      currentTimeout(
        after(
          Array.from({ length: 300 }, () => 5),
          wide,
        ),
        bounds,
      ),
    ).toBe(100);
  });
  it('stays within the bounds whatever it sees', () => {
    const event = fc.oneof(
      fc.constant('timeout' as const),
      fc.double({ min: 0, max: 1e7, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const timeout = events.reduce<AdaptiveTimeout>(
          (each, happened) =>
            happened === 'timeout' ? onTimeout(each, bounds) : onAnswer(each, happened),
          freshTimeout,
        );
        const ms = currentTimeout(timeout, bounds);
        expect(ms).toBeGreaterThanOrEqual(100);
        expect(ms).toBeLessThanOrEqual(1_000);
        expect(timeout.recent_ms.length).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('budgets', () => {
  it('grants no more than rate × time + burst', () => {
    const policy = { perSecond: 2, burst: 5 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 100 }), (gaps) => {
        let [bucket, now, granted] = [fullBucket(policy, 0), 0, 0];
        for (const gap of gaps) {
          now += gap;
          if (refill(bucket, policy, now).tokens < 1) continue;
          bucket = charge(bucket, policy, now, 1);
          granted += 1;
        }
        expect(granted).toBeLessThanOrEqual(policy.burst + (policy.perSecond * now) / 1_000 + 1e-6);
      }),
    );
  });
  it('database time may be overdrawn once, and is paid back', () => {
    const policy = timeBudgetPolicy(0.005, 1_000);
    const spent = settle(fullBucket(policy, 0), policy, 0, 2_000);
    expect(spent.tokens).toBe(-1_000);
    expect(refill(spent, policy, 199_000).tokens).toBeLessThan(0);
    expect(refill(spent, policy, 201_000).tokens).toBeGreaterThan(0);
  });
  it('what is saved up has a limit, what comes in while it is used has none', () => {
    const policy = timeBudgetPolicy(0.5, 1_000);
    expect(refill(fullBucket(policy, 0), policy, 86_400_000).tokens).toBe(1_000);
    expect(filling(fullBucket(policy, 0), policy, 4_000)).toBe(3_000);
    expect(settle(fullBucket(policy, 0), policy, 4_000, 3_500).tokens).toBe(-500);
    expect(settle(fullBucket(policy, 0), policy, 4_000, 100).tokens).toBe(1_000);
  });
});

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
    expect(brakeVerdict(calm, {}, policy)).toEqual({});
    let memory = {};
    for (let i = 0; i < 50; i += 1) memory = learn({ ...calm, took_ms: 40 }, memory, false);
    expect(brakeVerdict({ ...calm, took_ms: 90 }, memory, policy)).toEqual({});
    expect(brakeVerdict({ ...calm, took_ms: 130 }, memory, policy)).toMatchObject({
      code: 'brake_slowdown',
    });
  });
});

describe('blackouts', () => {
  const at = (text: string) => Date.parse(text);
  const night = { start: '22:00', end: '02:00', timeZone: 'Europe/Berlin', days: ['Sun'] };
  it.each([
    ['2026-03-01T21:30:00Z', true], // Sunday 22:30 in Berlin
    ['2026-03-02T00:30:00Z', true], // Monday 01:30, begun on Sunday
    ['2026-03-02T01:30:00Z', false],
    ['2026-03-02T21:30:00Z', false], // Monday evening
    ['2026-07-05T20:30:00Z', true], // summer time
  ])('%s', (time, inside) => {
    expect(inBlackout([night], at(time)) !== undefined).toBe(inside);
  });
});

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
  it('is open when nothing speaks against it', () => expect(gate(facts)).toEqual({ open: true }));
  it.each([
    ['emergency_stop', { stops: [stop], suspend: true }],
    ['suspended', { suspend: true }],
    ['blackout', { blackouts: [{ start: '00:00', end: '00:00', timeZone: 'UTC' }] }],
    ['circuit_open', { breaker: { state: 'open' as const, until: 2_000, opened: 1 } }],
    ['budget_spent', { databaseTime: { tokens: -1, at: 1_000 } }],
  ])('%s', (reason, change) =>
    expect(gate({ ...facts, ...change })).toMatchObject({ open: false, reason }),
  );
  it('stops cover what they say', () => {
    const covered = (scope: Parameters<typeof coveringStop>[0][number]['scope']) =>
      coveringStop([{ ...stop, scope }], facts.target) !== undefined;
    expect([
      covered({ all: true }),
      covered({ namespaces: ['shop'] }),
      covered({ namespaces: ['hr'] }),
      covered({ targets: ['shop/orders'] }),
      covered({ targets: ['hr/orders'] }),
    ]).toEqual([true, true, false, true, false]);
  });
  it('failures are remembered by their nature, and always expire', () => {
    expect(rememberFailure('unparsable', 'f', 0)?.until).toBe(86_400_000);
    expect(rememberFailure('untrusted_function', 'f', 0)?.until).toBe(3_600_000);
    expect(rememberFailure('insufficient_privilege', 'f', 0)).toBeUndefined();
    expect(rememberFailure('rate_limited', 'f', 0)).toBeUndefined();
  });
});
