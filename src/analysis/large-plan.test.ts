import { expect, it } from 'vitest';
import { processorTime } from '../../test/support/pace.ts';
import { planOf } from '../../test/support/plans.ts';
import { emptyShape } from '../model/query-shape.ts';
import { analyse } from './analyse.ts';
import { node, seqScan, table } from './examples.ts';
import { rules } from './rules/index.ts';

const count = 8_000;
const names = Array.from({ length: count }, (_, i) => `t${i}`);

/** By the square of them it took six seconds and more, in which nothing else happened. */
it('thousands of tables, each with a finding, are judged in a moment', () => {
  const plan = planOf(
    node(
      'Append',
      { rows: 5, cost: 1e9 },
      names.map((name) => ({
        ...seqScan(name, { rows: 5, cost: 1e5, filter: '(a = 1)' }),
        'Parent Relationship': 'Member',
      })),
    ),
  );
  const nothing = { calls: 0, totalMs: 0, meanMs: 0, rows: 0, tempBlocksWritten: 0 };
  const from = { key: 'k', nativeId: '1', database: 'd', user: 'u', toplevel: true, isNew: false };
  const stats = { ...from, ...nothing };
  const known = {
    stats,
    fingerprint: { value: 'f', algorithm: 'a' },
    shape: emptyShape(),
    facts: names.map((name) => table(name, 1e7)),
  };
  const taken = processorTime(() => {
    const found = analyse(rules, plan, known, { mutes: [], timeShare: 0.9 });
    expect(found.length).toBeGreaterThanOrEqual(count);
  });
  expect(taken).toBeLessThan(5_000);
});
