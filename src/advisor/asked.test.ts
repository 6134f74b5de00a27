import { expect, it } from 'vitest';
import { standInWorld, workloadStatement } from '../../test/support/stand-in-world.ts';
import { noAbort } from '../../test/support/target.ts';
import type { Candidate } from '../advice/candidates.ts';
import { AppError } from '../base/errors.ts';
import { tryAll } from './asked.ts';
import { checkSet } from './check-set.ts';
import type { Known } from './compare.ts';

const gone = new AppError('connection_failed', 'it is gone');
const candidate = (id: string, statement: string): Candidate =>
  ({
    id,
    index: { schema: 'public', table: 'orders', method: 'btree', keys: [{ column: id }] },
    statements: [statement],
    bytes: 1_000,
  }) as never;
const candidates = [candidate('i_a', 'a'), candidate('i_b', 'b')];
const known = new Map<string, Known>(
  ['a', 'b'].map((text) => [text, { statement: workloadStatement(text), text, cost: 100 }]),
);
/** Answers so many times. */
const dying = (answers: number) => {
  const world = standInWorld({
    a: [
      [['i_a'], 10],
      [[], 100],
    ],
    b: [
      [['i_b'], 10],
      [[], 100],
    ],
  });
  let left = answers;
  const plan: typeof world.plan = async (...of) => {
    if ((left -= 1) < 0) throw gone;
    return world.plan(...of);
  };
  return { world: { ...world, plan }, roles: {}, relations: [], signal: noAbort(), calls: 0 };
};
const tried = (answers: number, lost = true) =>
  tryAll(dying(answers), candidates, known, {
    dear: new Set(),
    tell: () => undefined,
    lost: () => lost,
  });

it('keeps what was planned before whoever was asked went away', async () => {
  const { cut, plans } = await tried(1);
  expect(cut).toBe(true);
  expect([...plans.keys()]).toEqual(['a\ni_a']);
  const { after, made } = await checkSet(undefined, candidates, known, plans);
  expect([...after].map(([of, { costAfter }]) => [of, costAfter])).toEqual([['a', 10]]);
  expect(made.map(({ candidate: { id } }) => id)).toEqual(['i_a']);
});

it('has nothing to keep before that, and keeps nothing where it is no such error', async () => {
  await expect(tried(0)).rejects.toBe(gone);
  await expect(tried(1, false)).rejects.toBe(gone);
});
