import { expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import { freshPatience, inTime } from './in-time.ts';

const late = new AppError('statement_timeout', 'late');
/** Looks at a hundred in time. */
const slow = (asked: number[][]) => async (some: readonly number[]) => {
  asked.push([...some]);
  if (some.reduce((sum, size) => sum + size, 0) > 100) throw late;
  return some.map((size) => `seen ${size}`);
};
const codes = (answers: readonly (string | { code: string })[]) =>
  answers.map((each) => (typeof each === 'string' ? each : each.code));

it('asks once where that is in time', async () => {
  const asked: number[][] = [];
  expect(await inTime([1, 2], freshPatience(), slow(asked))).toEqual(['seen 1', 'seen 2']);
  expect(asked).toEqual([[1, 2]]);
});

it('asks for fewer where all together are late, and refuses the one that is too large', async () => {
  const asked: number[][] = [];
  const answers = await inTime([60, 30, 5, 200, 40, 50], freshPatience(), slow(asked));
  expect(codes(answers)).toEqual([
    'seen 60',
    'seen 30',
    'seen 5',
    'statement_timeout',
    'seen 40',
    'seen 50',
  ]);
  expect(asked.map((some) => some.length)).toEqual([6, 2, 2, 1, 1, 2]);
});

it('does not go on for long: what was not asked any more may be asked in the next cycle', async () => {
  const asked: number[][] = [];
  const patience = freshPatience();
  const answers = await inTime([200, 300, 400, 5], patience, slow(asked));
  expect(codes(answers)).toEqual([
    'statement_timeout',
    'statement_timeout',
    'budget_spent',
    'budget_spent',
  ]);
  expect(codes(await inTime([1], patience, slow(asked)))).toEqual(['budget_spent']);
  expect(asked).toHaveLength(4);
});

it('throws what is no matter of time', async () => {
  const failing = () => Promise.reject(new AppError('connection_failed', 'gone'));
  await expect(inTime([1, 2], freshPatience(), failing)).rejects.toThrow('gone');
});
