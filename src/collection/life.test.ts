import { describe, expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import type { CycleOutcome } from '../model/batch.ts';
import { afterCycle, newLife, nextDue, recallState, takeOver } from './life.ts';
import { cycleSettings } from './settings.ts';
import { encodeState, freshState, type TargetState } from './target-state.ts';

const settings = cycleSettings(makeTarget({ port: 1 }).spec);
const interval_ms = 60_000;
const at = { now: 1_000_000, monotonic: 5_000 };
const target = { generation: 2 };
const fresh = freshState(at.now, settings.explains, settings.databaseTime);
const saved = (over: Partial<TargetState>) =>
  encodeState({ ...fresh, cycle: 3, generation: 2, startedAt: at.now - 20_000, ...over });
const open = { state: 'open' as const, until: at.now + 90_000, opened: 2 };
const collected: CycleOutcome = { kind: 'collected' };
const middle = { next: () => 0.5 };

describe('the first cycle of an owner', () => {
  const due = (encoded: Uint8Array | undefined) =>
    takeOver(newLife(at), encoded, target, interval_ms, at);
  it('goes on in the cadence of the last owner', () => {
    expect(due(saved({}))).toMatchObject({ dueAt: at.monotonic + 40_000, doubt: undefined });
  });
  it('comes at once for what is new, has a new spec, or was begun by a clock that is ahead', () => {
    expect(due(undefined)).toMatchObject({ dueAt: at.monotonic, doubt: 'untried' });
    expect(due(new Uint8Array([9, 9]))).toMatchObject({ dueAt: at.monotonic, doubt: 'untried' });
    expect(due(saved({ generation: 1 })).dueAt).toBe(at.monotonic);
    expect(due(saved({ startedAt: at.now + 1e9 })).dueAt).toBe(at.monotonic + interval_ms);
  });
  it('comes at once where its status says that nobody collects it', () => {
    const ended = { ...target, ended: true };
    expect(takeOver(newLife(at), saved({}), ended, interval_ms, at).dueAt).toBe(at.monotonic);
  });
  it('is doubtful where the last one failed, but for a spec that was never tried', () => {
    expect(due(saved({ breaker: open }))).toMatchObject({ doubt: 'failed', breaker: open });
    const breaker = { state: 'closed' as const, failures: 1 };
    expect(due(saved({ breaker })).doubt).toBe('failed');
    expect(due(saved({ breaker, generation: 1 })).doubt).toBe('untried');
  });
});

describe('what a cycle starts from', () => {
  const recalled = (over: Partial<TargetState>, life: object = {}, later = at) =>
    recallState({ ...newLife(at), encoded: saved(over), ...life }, target, settings, later);
  it('is what the last one left, or nothing', () => {
    expect(recalled({}).cycle).toBe(3);
    expect(recallState(newLife(at), target, settings, at)).toEqual(fresh);
  });
  it('does not rest where the cause may have been corrected', () => {
    expect(recalled({ breaker: open }).breaker).toEqual(open);
    const tried = { ...open, until: at.now, opened: 0 };
    expect(recalled({ breaker: open }, { probing: true }).breaker).toEqual(tried);
    expect(recalled({ breaker: open, generation: 1 }).breaker).toEqual(tried);
  });
  it('follows a step of the wall clock, and no drift', () => {
    const later = (step_ms: number) => ({
      now: at.now + 10_000 + step_ms,
      monotonic: at.monotonic + 10_000,
    });
    const until = (step_ms: number) => recalled({ breaker: open }, {}, later(step_ms)).breaker;
    expect(until(-3_600_000)).toMatchObject({ until: open.until - 3_600_000 });
    expect(until(500)).toMatchObject({ until: open.until });
  });
});

describe('after a cycle', () => {
  const after = (outcome: CycleOutcome, life = newLife(at)) =>
    afterCycle(life, { ...fresh, cycle: 4 }, outcome, at);
  it('its state is kept as bytes, and its outcome says whether the next is doubtful', () => {
    const life = after(collected);
    expect(recallState(life, target, settings, at).cycle).toBe(4);
    expect(life.doubt).toBeUndefined();
    expect(after({ kind: 'failed', error: 'connection_failed' }).doubt).toBe('failed');
    expect(after({ kind: 'skipped', reason: 'suspended' }, life).doubt).toBeUndefined();
  });
  it('counts how often in a row the server was another’s', () => {
    const taken: CycleOutcome = { kind: 'deferred', reason: 'locked_by_peer', until: at.now };
    const twice = after(taken, after(taken));
    expect(twice.peers).toBe(2);
    expect(after(collected, twice).peers).toBe(0);
  });
});

describe('the schedule', () => {
  const next = (outcome?: CycleOutcome, over: object = {}, began = at.monotonic) =>
    nextDue({ ...newLife(at), ...over }, began, interval_ms, outcome, at, middle) - at.monotonic;
  it('is a grid: a late start moves nothing, a cycle that took too long leaves a gap', () => {
    expect(next(collected)).toBe(interval_ms);
    expect(next(collected, { dueAt: at.monotonic - 10_000 })).toBe(interval_ms - 10_000);
    expect(next(collected, { dueAt: at.monotonic - 90_000 })).toBe(0.1 * interval_ms);
  });
  it('waits as long as a circuit rests, and shorter for a server that is another’s', () => {
    const deferred = (
      reason: 'circuit_open' | 'locked_by_peer',
      wait_ms: number,
    ): CycleOutcome => ({
      kind: 'deferred',
      reason,
      until: at.now + wait_ms,
    });
    expect(next(deferred('circuit_open', 300_000))).toBe(300_000);
    expect(next(deferred('circuit_open', 1_000))).toBe(interval_ms);
    expect(next(deferred('locked_by_peer', 6_000), { peers: 1 })).toBe(6_000);
    expect(next(deferred('locked_by_peer', 6_000), { peers: 3 })).toBe(24_000);
    expect(next(deferred('locked_by_peer', 6_000), { peers: 9 })).toBe(interval_ms);
  });
});
