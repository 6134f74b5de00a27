import { expect, it } from 'vitest';
import { explained, refused } from '../../test/support/batch.ts';
import { makeTarget } from '../../test/support/target.ts';
import type { CycleOutcome } from '../model/batch.ts';
import { cycleSettings } from './settings.ts';
import { marksAfter, settle } from './settle.ts';
import type { Ended } from './step.ts';
import { freshState } from './target-state.ts';

const settings = cycleSettings(makeTarget({ port: 1 }).spec);
const state = freshState(0, settings.explains, settings.databaseTime);
const ended = (outcome: CycleOutcome, databaseMs = 0): Ended => ({
  state,
  outcome,
  databaseMs,
  leftOut: new Map(),
  ranked: [],
  answers: [],
  texts: new Map(),
});
const context = { settings, random: { next: () => 0 } };

it('a plan ends a failure, a failure leaves the last plan; nothing old is changed', () => {
  const marks = {
    explained: new Map([['b', { at: 1, fingerprint: 'b', hash: 'h' }]]),
    failures: new Map([['a', { code: 'unparsable' as const, until: 9, fingerprint: 'a' }]]),
  };
  const answers = [explained('a'), refused('b', 'unparsable'), refused('c', 'rate_limited')];
  const after = marksAfter(
    marks,
    answers.map((query) => ({ query, at: 50, asked: true })),
  );
  expect(after.explained.get('a')).toMatchObject({ at: 50, fingerprint: 'a' });
  expect([...after.explained.keys()]).toEqual(['b', 'a']);
  expect([...after.failures.keys()]).toEqual(['b']);
  expect([marks.explained.size, [...marks.failures.keys()]]).toEqual([1, ['a']]);
});

it('a failed cycle counts, a collected one closes the circuit, others say nothing', () => {
  const breaker = (outcome: CycleOutcome) => settle(ended(outcome), context, 0).state.breaker;
  expect(breaker({ kind: 'failed', error: 'internal' })).toEqual({ state: 'closed', failures: 1 });
  expect(breaker({ kind: 'collected' })).toEqual({ state: 'closed', failures: 0 });
  expect(breaker({ kind: 'skipped', reason: 'suspended' })).toBe(state.breaker);
});

it('what could have ended the process opens it at once; what is kept of a cause is short', () => {
  const outcome: CycleOutcome = { kind: 'failed', error: 'library_fault', detail: 'x'.repeat(999) };
  expect(settle(ended(outcome), context, 0).state.breaker).toMatchObject({
    state: 'open',
    cause: { code: 'library_fault', detail: 'x'.repeat(300) },
  });
});

it('database time is charged for the length of the cycle, and may be overdrawn', () => {
  const { burst } = settings.databaseTime;
  const tokens = (ms: number) =>
    settle(ended({ kind: 'collected' }, ms), context, 0).state.databaseTime.tokens;
  expect([tokens(0), tokens(100), tokens(burst + 5)]).toEqual([burst, burst - 100, -5]);
});
