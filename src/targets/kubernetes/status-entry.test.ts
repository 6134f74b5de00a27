import { expect, it } from 'vitest';
import { makeTarget } from '../../../test/support/target.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import {
  isPending,
  laneOf,
  newEntry,
  nextEntry,
  type StatusEntry,
  type StatusEvent,
} from './status-entry.ts';

const target = makeTarget({ port: 1, uid: 'uid', name: 't' });
const [second, minute] = [1_000, 60_000];

function status(reason: string, more: Partial<DatabaseTargetStatus> = {}): DatabaseTargetStatus {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return {
    observedGeneration: 1,
    conditions: [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime }],
    ...more,
  };
}
const put = (reason: string, more?: Partial<DatabaseTargetStatus>): StatusEvent => ({
  kind: 'put',
  target,
  status: status(reason, more),
});
const write: StatusEvent = { kind: 'write', wall: 0 };

/** An entry after these events, each at its time. */
function after(...events: [at: number, event: StatusEvent][]): StatusEntry {
  const start = newEntry(target, status('Collecting'), undefined, { now: 0, chance: 0.5 });
  return events.reduce(
    (entry, [now, event]) => nextEntry(entry, event, { now, chance: 0.5 }),
    start,
  );
}
const collected: [number, StatusEvent][] = [
  [0, put('Collecting')],
  [0, write],
  [0, { kind: 'written' }],
];

it('readiness is due at once, but for a target that says it is about to begin', () => {
  expect(laneOf(after([0, put('Collecting')]), 0)).toBe('urgent');
  const beginning = { type: 'Reconciling', status: 'True' } as const;
  const [ready] = status('Collecting').conditions ?? [];
  const conditions = ready ? [ready, { ...ready, ...beginning }] : [];
  expect(after([0, put('Collecting', { conditions })]).due).toBe(3 * second);
});

it('what comes and goes waits for its minute, figures for the heartbeat; the latest wins', () => {
  const damped = after(...collected, [10 * second, put('Collecting', { topQueries: [] })]);
  expect([damped.transition, damped.due]).toEqual([false, 5 * minute]);
  const other = { coverage: { explained: '10%', accountedFor: '10%' } };
  const waiting = after(...collected, [10 * second, put('Collecting', other)]);
  expect([waiting.transition, waiting.due]).toEqual([true, minute]);
  const edited = after(
    ...collected,
    [10 * second, put('Collecting', other)],
    [11 * second, put('CircuitOpen')],
  );
  expect([laneOf(edited, 11 * second), edited.latest]).toEqual(['urgent', status('CircuitOpen')]);
});

it('what a person is to do about it waits for its minute where only its words are new', () => {
  const stalled = (type: 'Stalled' | 'PrerequisitesMet' | 'SafetyThrottled', message: string) => {
    const value = type === 'PrerequisitesMet' ? 'False' : 'True';
    const lastTransitionTime = '2026-01-01T00:00:00Z';
    const condition = { type, status: value, reason: 'r', message, lastTransitionTime } as const;
    return put('Collecting', {
      conditions: [...(status('Collecting').conditions ?? []), condition],
    });
  };
  const dueOf = (type: 'Stalled' | 'PrerequisitesMet' | 'SafetyThrottled', then = 'b') =>
    after(
      [0, stalled(type, 'a 1')],
      [0, write],
      [0, { kind: 'written' }],
      [10 * second, stalled(type, then)],
    ).due;
  expect([dueOf('Stalled'), dueOf('PrerequisitesMet')]).toEqual([minute, minute]);
  expect([dueOf('SafetyThrottled'), dueOf('Stalled', 'a 2')]).toEqual([5 * minute, 5 * minute]);
});

it('that the history is away is told to thousands over minutes, and after what is urgent', () => {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const away = { type: 'HistoryAway', status: 'True', reason: 'r', message: '' } as const;
  const conditions = [...(status('Collecting').conditions ?? []), { ...away, lastTransitionTime }];
  const told = put('Collecting', { conditions });
  const once = after(...collected, [100 * second, told]);
  expect([once.transition, once.due]).toEqual([false, 160 * second]);
  // Each cycle says it again.
  expect(after(...collected, [100 * second, told], [130 * second, told]).due).toBe(160 * second);
});

it('what changes while a write is on its way is due after it, never beside it', () => {
  const writing = after([0, put('Collecting')], [0, write], [1, put('CircuitOpen')]);
  expect([laneOf(writing, 1), isPending(writing)]).toEqual([undefined, true]);
  const done = nextEntry(writing, { kind: 'written' }, { now: 2, chance: 0.5 });
  expect([laneOf(done, 2), done.written, isPending(done)]).toEqual([
    'urgent',
    status('Collecting'),
    true,
  ]);
});

it('what fails again and again is due later each time, until it is written', () => {
  const fail: [number, StatusEvent][] = [0, 1, 2, 3, 4].flatMap(() => [
    [0, write],
    [0, { kind: 'failed' }],
  ]);
  expect(after([0, put('Collecting')], ...fail.slice(0, 6)).due).toBe(20 * second);
  expect(after([0, put('Collecting')], ...fail).due).toBe(minute);
  const well = after([0, put('Collecting')], ...fail, [0, write], [0, { kind: 'written' }]);
  const failed = [[write, put('Stalled')], [write], [{ kind: 'failed' } as const]].flat();
  expect(
    failed.reduce((entry, each) => nextEntry(entry, each, { now: 0, chance: 0.5 }), well).due,
  ).toBe(5 * second);
});

it('what failed is due again after five seconds, as what it was', () => {
  const failed = after([0, put('Collecting')], [0, write], [1_000, { kind: 'failed' }]);
  expect([failed.due, failed.transition, laneOf(failed, 5_999), laneOf(failed, 6_000)]).toEqual([
    6_000,
    true,
    undefined,
    'urgent',
  ]);
});

it('a heartbeat keeps its phase whatever is written in between, and says when it was', () => {
  const first = after(...collected);
  expect(first.nextHeartbeatAt).toBe(5 * minute);
  const changed = after(
    ...collected,
    [minute, put('CircuitOpen')],
    [minute, write],
    [minute, { kind: 'written' }],
  );
  expect(changed.due).toBe(5 * minute);
  const beat = nextEntry(changed, write, { now: 5 * minute, chance: 0.5 });
  expect(beat.latest.updatedAt).toBe('1970-01-01T00:00:00.000Z');
  const written = nextEntry(beat, { kind: 'written' }, { now: 5 * minute, chance: 0.5 });
  expect(written.due).toBe(15 * minute);
});
