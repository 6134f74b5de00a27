import { expect, it } from 'vitest';
import { readDocument } from './plan-json.ts';
import { readPlanText, sniffPlanText } from './plan-text.ts';

const figures = '(cost=0.00..10.00 rows=5 width=4)';
const text = `
Nested Loop Left Join  ${figures} (actual time=0.010..2.500 rows=7 loops=1)
  Join Filter: (a.id = b.id)
  CTE w
    ->  Seq Scan on c  ${figures} (never executed)
  InitPlan 2 (returns $1)
    ->  Result  ${figures}
  ->  Seq Scan on a  ${figures} (actual rows=3.50 loops=2)
        Filter: ((name = 'x'::text) AND
 (kind > 3))
        Worker 0:  actual time=0.1..0.2 rows=1 loops=1
          Buffers: shared hit=9
  ->  Index Scan using b_pkey on b
        Index Cond: (id = 4)
        SubPlan 3
          ->  CTE Scan on w  ${figures}
Planning:
  Buffers: shared hit=99
Planning Time: 0.250 ms
JIT:
  Functions: 12
  Timing: Generation 1.0 ms, Total 3.5 ms
Settings: work_mem = '64MB'
Execution Time: 2.600 ms
`;

it('has a node for each arrow, below the one that it is indented under', () => {
  const { Plan: plan } = readPlanText(text);
  expect(plan).toMatchObject({
    'Node Type': 'Nested Loop',
    'Join Type': 'Left',
    'Join Filter': '(a.id = b.id)',
    'Actual Total Time': 2.5,
    Plans: [
      { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE w', 'Actual Loops': 0 },
      { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'InitPlan 2 (returns $1)' },
      {
        'Parent Relationship': 'Outer',
        'Relation Name': 'a',
        Filter: "((name = 'x'::text) AND (kind > 3))",
        'Actual Rows': 3.5,
        'Actual Loops': 2,
      },
      {
        'Parent Relationship': 'Inner',
        'Index Name': 'b_pkey',
        Plans: [{ 'Parent Relationship': 'SubPlan', 'CTE Name': 'w' }],
      },
    ],
  });
});
it('hangs a subplan under the node that asks it, not under the one before', () => {
  const asked = `Result  ${figures}
  ->  Sort  ${figures}
        ->  Seq Scan on a  ${figures}
  SubPlan 1
    ->  Seq Scan on b  ${figures}`;
  expect(readPlanText(asked).Plan).toMatchObject({
    Plans: [
      { 'Node Type': 'Sort', Plans: [{ 'Relation Name': 'a' }] },
      { 'Relation Name': 'b', 'Parent Relationship': 'SubPlan', 'Subplan Name': 'SubPlan 1' },
    ],
  });
});
it('takes nothing in the middle of a value for a line of the plan', () => {
  const planted = `Query Text: SELECT 1 -- don't
Seq Scan on t  ${figures}
  Filter: (a = 'it''s
Secret Key: planted
  ->  Seq Scan on planted  ${figures}
Planning Time: 9 ms'::text)
  Rows Removed by Filter: 3`;
  const document = readPlanText(planted);
  expect(JSON.stringify(readDocument(document))).not.toContain('planted');
  expect(document.Plan).toMatchObject({ 'Rows Removed by Filter': 3 });
  expect(document).not.toHaveProperty('Planning Time');
});
it('keeps apart what is of the whole, and of a worker', () => {
  const document = readPlanText(text);
  expect(document).toMatchObject({
    'Planning Time': 0.25,
    'Execution Time': 2.6,
    JIT: { Functions: 12, Timing: { Total: 3.5 } },
    Settings: { work_mem: '64MB' },
  });
  expect(JSON.stringify(document.Plan)).not.toContain('Shared Hit Blocks');
  expect(readDocument(document)).toMatchObject({ planningMs: 0.25, jitMs: 3.5, mode: 'actual' });
});
it('has the text that auto_explain logs before it', () => {
  const logged = `Query Text: SELECT *\n  FROM t\nQuery Parameters: $1 = 'x'\nSort  ${figures}`;
  expect(readPlanText(logged)['Query Text']).toBe('SELECT * FROM t');
});
it('is not taken for a tree of MySQL, nor for prose', () => {
  expect(sniffPlanText(text)).toBe(1);
  expect(sniffPlanText('Sort (actual time=0.1..0.2 rows=1 loops=1)')).toBeGreaterThan(0);
  expect(sniffPlanText('Limit\n  ->  Seq Scan on t\n')).toBeGreaterThan(0);
  expect(sniffPlanText('-> Limit: 5 row(s)  (cost=1.35 rows=5)\n    -> Table scan on t')).toBe(0);
  expect(sniffPlanText('Seq Scan on t')).toBe(0);
});
it('refuses what holds no node, and what is too deep', () => {
  expect(() => readPlanText('hello')).toThrow(expect.objectContaining({ code: 'unparsable' }));
  const deep = Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}->  Limit  ${figures}`);
  expect(() => readPlanText(deep.join('\n'))).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});
