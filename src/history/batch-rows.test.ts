import { expect, it } from 'vitest';
import { contextOf, explained, makeBatch, refused } from '../../test/support/batch.ts';
import { isExplained } from '../model/batch.ts';
import { batchRows } from './batch-rows.ts';

it('statements of one fingerprint are one row: use is added up, the last one speaks', () => {
  const context = contextOf('a');
  const {
    queries,
    plans,
    explained: named,
  } = batchRows(
    makeBatch({
      at: 1,
      queries: [
        explained('f1', { totalMs: 3, cost: 7, context }),
        { ...refused('f1', 'budget_spent', { totalMs: 2 }), text: 'later' },
        refused('f2', 'no_sample'),
      ],
    }),
  );
  expect(queries).toMatchObject([
    { fingerprint: 'f1', calls: 4, total_ms: 5, cost: 7, code: 'budget_spent', text: 'later' },
    { fingerprint: 'f2', hash: null, cost: null, code: 'no_sample', user_name: 'app' },
  ]);
  expect(queries[0]?.hash).toBe(plans[0]?.hash);
  expect([plans.length, plans[0]?.context, named]).toEqual([1, context, ['f1']]);
});
it('of several matches of a rule the first, worst one is the finding', () => {
  const query = explained('f1');
  if (!isExplained(query)) throw new Error('it has a plan');
  const [finding] = query.result.findings;
  if (!finding) throw new Error('it has a finding');
  query.result.findings = [
    { ...finding, message: 'worst' },
    finding,
    { ...finding, rule: 'spill' },
  ];
  const { findings } = batchRows(makeBatch({ at: 1, queries: [query] }));
  expect(findings.map(({ rule, message }) => [rule, message]).toSorted()).toEqual([
    ['full-scan', 'worst'],
    ['spill', 'm'],
  ]);
});
it('what a plan tells goes before what was told without one', () => {
  const without = refused('f1', 'no_sample', { rules: ['full-scan', 'bloat'] });
  for (const queries of [
    [explained('f1'), without],
    [without, explained('f1')],
  ]) {
    const rows = batchRows(makeBatch({ at: 1, queries }));
    expect(rows.findings.map(({ rule, hash }) => [rule, hash !== '']).toSorted()).toEqual([
      ['bloat', false],
      ['full-scan', true],
    ]);
    expect([rows.explained, rows.unplanned]).toEqual([['f1'], []]);
  }
  const rows = batchRows(makeBatch({ at: 1, queries: [without, refused('f2', 'no_sample')] }));
  expect([rows.explained, rows.unplanned]).toEqual([[], ['f1']]);
});
it('counts are whole numbers, as columns take them', () => {
  const query = explained('f1');
  const [row] = batchRows(
    makeBatch({
      at: 1,
      queries: [{ ...query, stats: { ...query.stats, rows: 2.6, tempBlocksWritten: 0.4 } }],
    }),
  ).queries;
  expect([row?.rows, row?.temp_blocks]).toEqual([3, 0]);
});
