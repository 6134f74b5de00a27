import { expect, it } from 'vitest';
import type { QueryStats } from '../model/statistics.ts';
import type { Window } from './delta.ts';
import type { Progress } from './step.ts';
import { usageOf } from './usage.ts';

const stats = (key: string, totalMs: number, more: Partial<QueryStats> = {}): QueryStats => ({
  key,
  nativeId: key,
  database: 'shop',
  user: 'app',
  toplevel: true,
  calls: 2,
  totalMs,
  meanMs: totalMs / 2,
  rows: 3,
  tempBlocksWritten: 4,
  isNew: false,
  ...more,
});
const used = (
  all: QueryStats[],
  { sinceStatisticsBegan = false, answered = [] as string[] } = {},
) =>
  usageOf(
    {
      window: { stats: all, sinceStatisticsBegan } as unknown as Window,
      answers: answered.map((key) => ({ query: { stats: { key } } })),
      state: {
        explained: new Map([
          ['a', { fingerprint: 'fa' }],
          ['b', { fingerprint: 'fb' }],
          ['tiny', { fingerprint: 'ft' }],
        ]),
        failures: new Map([['c', { fingerprint: 'fc' }]]),
      },
    } as unknown as Progress,
    (database) => database === 'shop',
  ).map(({ fingerprint }) => fingerprint);

it('tells of known statements that were not selected, heaviest first', () => {
  const all = [stats('a', 10), stats('b', 20), stats('c', 30), stats('new', 40)];
  expect(used(all)).toEqual(['fc', 'fb', 'fa']);
  expect(used(all, { answered: ['b'] })).toEqual(['fc', 'fa']);
  expect(used(all, { sinceStatisticsBegan: true })).toEqual([]);
});

it('not of what takes next to nothing, is a part of another, or elsewhere', () =>
  expect(
    used([
      stats('a', 1_000),
      stats('tiny', 0.5),
      stats('b', 500, { toplevel: false }),
      stats('c', 500, { database: 'other' }),
    ]),
  ).toEqual(['fa']));

it('with all that it did', () => {
  const window = { stats: [stats('a', 10)], sinceStatisticsBegan: false };
  const state = { explained: new Map([['a', { fingerprint: 'fa' }]]), failures: new Map() };
  expect(usageOf({ window, state, answers: [] } as unknown as Progress, () => true)).toEqual([
    { fingerprint: 'fa', calls: 2, totalMs: 10, rows: 3, tempBlocks: 4 },
  ]);
});
