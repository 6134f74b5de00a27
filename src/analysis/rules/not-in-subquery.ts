import { type PlanNode, preorder } from '../../model/plan.ts';
import { hasKeyOfItsOwn } from '../copied-scans.ts';
import { block, mysqlTable, node, seqScan } from '../examples.ts';
import { count, type Rule, type RuleContext, rowsRead, tableOf, threshold } from '../rule.ts';

const leastTimes = threshold(
  100,
  'runs of the subquery',
  'for fewer rows it does not matter how often the list is gone through',
);
const leastRows = threshold(
  100,
  'rows of the list',
  'a shorter one is compared in no time, however often',
);

const leastHashed = threshold(
  5_000,
  'rows of a list that is hashed',
  'a shorter one is read and hashed in about a millisecond',
);
const fewAsked = threshold(
  20,
  'rows of the list for each row that is looked up',
  'for so few rows an index of the list would be asked, had it been NOT EXISTS',
);
const likelySaved = threshold(0.9, 'of the work', 'an anti-join reads each side once');

const subquery = (rows: number) => ({
  'Parent Relationship': 'SubPlan',
  'Subplan Name': 'SubPlan 1',
  ...node('Materialize', { rows, cost: rows / 10 }, [
    { 'Parent Relationship': 'Outer', ...seqScan('orders', { rows, cost: rows / 15 }) },
  ]),
});
const without = (filter: string, rows: number) => ({
  ...seqScan('customers', { filter, rows: 25_000, cost: 9_000_000 }),
  Plans: [subquery(rows)],
});
const shape = { notIn: true } as const;

export const notInSubquery: Rule = {
  id: 'not-in-subquery',
  title: 'NOT IN goes through the result of a subquery for each row',
  category: 'statement',
  why:
    'NOT IN is never true once there is a NULL in the list: the planner may not make an ' +
    'anti-join of it, and where the list does not fit its memory it goes through all of it for ' +
    'each row.',
  fix:
    'NOT EXISTS (SELECT 1 FROM … WHERE list.column = row.column), which is planned as an ' +
    'anti-join; mind that it keeps rows where NOT IN with a NULL in the list keeps none.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastTimes, leastRows, leastHashed, fewAsked, likelySaved },
  examples: [
    {
      name: 'a long list for each customer',
      finds: true,
      plan: without('(NOT (SubPlan 1))', 900_000),
      shape,
    },
    {
      name: 'PostgreSQL 17 writes it out',
      finds: true,
      plan: without('(NOT (ANY (customers.id = (SubPlan 1).col1)))', 900_000),
      shape,
    },
    {
      name: 'MySQL: looked up for each row',
      finds: true,
      engine: 'mysql',
      plan: block({
        ...mysqlTable('customers', { rows: 50_000, condition: '(not(exists(select #2)))' }),
        attached_subqueries: [
          { dependent: true, cacheable: false, ...block(mysqlTable('orders', { rows: 9_000 })) },
        ],
      }),
      shape,
    },
    {
      name: 'hashed: gone through once',
      finds: false,
      plan: without('(NOT (hashed SubPlan 1))', 900),
      shape,
    },
    {
      name: 'hashed, for a few rows',
      finds: true,
      plan: {
        ...without('(NOT (ANY (customers.id = (hashed SubPlan 1).col1)))', 900_000),
        'Plan Rows': 30,
      },
      shape,
    },
    {
      name: 'MySQL: looked up in a copy that has a key',
      finds: false,
      engine: 'mysql',
      plan: block({
        table: {
          ...mysqlTable('s', { access: 'index', rows: 3_000 }).table,
          attached_subqueries: [
            mysqlTable('<materialized_subquery>', {
              access: 'eq_ref',
              key: '<auto_key>',
              rows: 1,
              materialized_from_subquery: {
                dependent: true,
                cacheable: false,
                query_block: mysqlTable('posts', { rows: 300_000 }),
              },
            }),
          ],
        },
      }),
      shape,
    },
    { name: 'a short list', finds: false, plan: without('(NOT (SubPlan 1))', 12), shape },
    { name: 'NOT EXISTS', finds: false, plan: without('(NOT (SubPlan 1))', 900_000), shape: {} },
  ],
  check(plan, context) {
    if (!context.shape?.notIn) return [];
    return preorder(plan.root).flatMap((node) =>
      node.children.flatMap((list) => {
        // MySQL looks it up in a copy with a key: what is missing there is said by join-buffer.
        if (list.parentRelation !== 'subplan' || hasKeyOfItsOwn(list)) return [];
        const what = goesThrough(node, list, context);
        return what ? [{ message: what, nodes: [node.id, list.id], saves: likelySaved.value }] : [];
      }),
    );
  },
};

function goesThrough(node: PlanNode, list: PlanNode, context: RuleContext): string | undefined {
  const rows = Math.max(...preorder(list).map((each) => rowsOf(each, context)));
  if (!isHashed(node)) {
    const times = rowsLooked(node, context);
    if (times < leastTimes.value || rows < leastRows.value) return undefined;
    return (
      `NOT IN goes through about ${count(rows)} rows of a subquery for each of ` + `${count(times)}`
    );
  }
  // Half of them are thought to be in the list.
  const asked = node.est.rows * 2;
  if (rows < leastHashed.value || asked * fewAsked.value > rows) return undefined;
  return `NOT IN reads and hashes about ${count(rows)} rows to ask for ${count(asked)} of them`;
}

const isHashed = ({ predicates }: PlanNode) =>
  [...predicates.filter, ...predicates.joinFilter].some(({ text }) => /\bhashed\b/i.test(text));

const rowsLooked = (node: PlanNode, context: RuleContext) =>
  Math.max(rowsRead(node), tableOf(node, context)?.rows ?? 0);

/** A scan with a condition reads more than it gives. */
const rowsOf = (node: PlanNode, context: RuleContext) =>
  node.op === 'SeqScan' ? rowsLooked(node, context) : rowsRead(node);
