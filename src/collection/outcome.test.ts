import { expect, it } from 'vitest';
import { explained, refused } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../base/errors.ts';
import { outcomeOf, outcomeOfError } from './outcome.ts';
import type { Answer } from './step.ts';

const answer = (query: Answer['query']): Answer => ({ query, at: 0, asked: true });
const timeout = answer(refused('slow', 'statement_timeout'));

it('a cycle fails only when no EXPLAIN was answered in time', () => {
  expect(outcomeOf([])).toEqual({ kind: 'collected' });
  expect(outcomeOf([timeout, answer(explained('a'))])).toEqual({ kind: 'collected' });
  expect(outcomeOf([answer(refused('a', 'unparsable'))])).toEqual({ kind: 'collected' });
  expect(outcomeOf([timeout, answer(refused('a', 'unparsable'))])).toMatchObject({
    kind: 'failed',
    error: 'statement_timeout',
  });
});

const clock = createFakeClock();
const by = { clock, random: { next: () => 0.5 }, settings: { interval_ms: 10_000 } };
const said = (error: unknown) => outcomeOfError(error, by);

it.each([
  'emergency_stop',
  'suspended',
  'ownership_lost',
  'fenced',
  'target_deleted',
  'invalid_manifest',
  'program_ending',
] as const)('%s says nothing of the server: skipped', (code) =>
  expect(said(new AppError(code, 'why'))).toEqual({ kind: 'skipped', reason: code, detail: 'why' }),
);

it('what else breaks is a failure; a server in use is asked again soon', () => {
  expect(said(new AppError('connection_failed', 'gone'))).toEqual({
    kind: 'failed',
    error: 'connection_failed',
    detail: 'gone',
  });
  expect(said(new TypeError('x is not a function'))).toEqual({
    kind: 'failed',
    error: 'internal',
    detail: 'unexpected TypeError',
  });
  expect(said(new AppError('locked_by_peer', 'in use'))).toMatchObject({
    kind: 'deferred',
    until: clock.now() + 2_500,
  });
});
