import { expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import { node, outer, seqScan, table } from './examples.ts';

/** Ranges with one end, of which no planner says how many rows they find without their values. */
const counted = (filter: string, scan: object) =>
  node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 3_141 }, [
    outer(seqScan('membership', { filter, rows: 53_311, cost: 3_008, ...scan })),
  ]);
const facts = (nulls: number) => [
  {
    ...table('membership', 159_933, { pages: 1_009, allVisible: 1 }),
    columns: [{ name: 'muted_until', type: 'timestamp', nulls, width: 8, distinct: 3_033 }],
  },
];
const shape = {
  countAll: true as const,
  filtered: true as const,
  relations: [{ name: 'membership' }],
  aggregates: [{ function: 'count' }],
  reads: [{ column: 'muted_until' }],
};
const stats = { calls: 15, rows: 15, totalMs: 130, work: { pages: 15_135 } };

it('a column that most rows have no value of: no range finds these, whatever a planner says', () => {
  const plan = counted('(muted_until > $1)', {});
  const of = (nulls: number) => said('postgres', { plan, shape, stats, facts: facts(nulls) });
  expect(of(0.98)).toEqual([expect.stringContaining('(muted_until)')]);
  expect(of(0.1)).toEqual([]);
});
