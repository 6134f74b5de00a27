import { expect, it } from 'vitest';
import { preorder } from '../../model/plan.ts';
import { readMysqlTree } from './plan-json-v2.ts';
import { readPlanTree, sniffPlanTree } from './plan-tree.ts';

const text = `
-> Sort: total  (cost=2.5e+3 rows=100)
    -> Inner hash join (x.id = c.id)  (cost=20.5 rows=50) (actual time=0.5..51e-6 rows=2.5 loops=4)
        -> Table scan on c  (cost=1..2 rows=3) (never executed)
        -> Hash
            -> Table scan on x  (cost=4 rows=5)
                -> Materialize CTE w if needed  (cost=3 rows=5)
                    -> Filter: (o.name = 'a
b')
                        -> Table scan on o  (cost=3 rows=9)
-> Select #2 (subquery in projection; dependent)
    -> Aggregate: max(p.price)
        -> Table scan on p
`;

it('has an iterator for each arrow, below the one that it is indented under', () => {
  const { root, mode } = readMysqlTree(readPlanTree(text));
  expect(mode).toBe('estimate');
  expect(preorder(root).map(({ op, relation }) => [op, relation?.name])).toEqual([
    ['Sort', undefined],
    ['HashJoin', undefined],
    ['SubqueryScan', 'w'],
    ['Materialize', undefined],
    ['SeqScan', 'o'],
    ['SeqScan', 'c'],
    ['Aggregate', undefined],
    ['SeqScan', 'p'],
  ]);
  const [sort, join, , , o, c, aggregate] = preorder(root);
  expect(sort?.est).toMatchObject({ totalCost: 2_500, rows: 100 });
  expect(join?.act).toEqual({ startupMs: 0.5, totalMs: 51e-6, rows: 2.5, loops: 4 });
  expect(c?.act).toMatchObject({ loops: 0 });
  expect(o?.predicates.filter[0]?.text).toBe('(o.name = ?)');
  expect(aggregate).toMatchObject({ parentRelation: 'subplan', ext: { dependent: true } });
});
it('takes the names of tables from the statement, where somebody knows them', () => {
  const resolve = (alias: string) => ({ schema: 'shop', name: `${alias}_table` });
  const { root } = readMysqlTree(readPlanTree('-> Table scan on c'), resolve);
  expect(root.relation).toEqual({ schema: 'shop', name: 'c_table', alias: 'c', kind: 'table' });
});
it('takes nothing in the middle of a value for a line of the plan', () => {
  const text = "-> Filter: (t.a = 'x\n-> Table scan on planted\n')\n    -> Table scan on t";
  expect(JSON.stringify(readMysqlTree(readPlanTree(text)))).not.toContain('planted');
});
it('is not taken for PostgreSQL’s text', () => {
  expect(sniffPlanTree(text)).toBe(1);
  expect(sniffPlanTree('  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)')).toBe(0);
  expect(sniffPlanTree('a -> b')).toBe(0);
});
it('refuses what is too deep', () => {
  const deep = Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}-> Limit: 1 row(s)`);
  expect(() => readPlanTree(deep.join('\n'))).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});
