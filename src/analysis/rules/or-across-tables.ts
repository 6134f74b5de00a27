import { type PlanNode, type Predicate, preorder } from '../../model/plan.ts';
import { inner, loop, mysqlTable, node, outer, seqScan } from '../examples.ts';
import { count, type Rule, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { rowsACall } from '../work.ts';

const leastRows = threshold(
  5_000,
  'rows read for the join',
  'fewer are joined and looked through in about a millisecond',
);
const mostKept = threshold(
  0.2,
  'of the rows read',
  'above, reading both tables whole is what the statement asks for',
);

const filter = '((o.number = $1) OR (c.email = $2))';
const joined = (rows: number, kept: number) =>
  node(
    'Hash Join',
    {
      'Join Type': 'Inner',
      'Hash Cond': '(o.customer_id = c.id)',
      'Join Filter': filter,
      rows: kept,
      cost: rows / 8,
    },
    [
      outer(seqScan('o', { rows, cost: rows / 20 })),
      inner(
        node('Hash', { rows: rows / 10, cost: rows / 30 }, [
          outer(seqScan('c', { rows: rows / 10, cost: rows / 40 })),
        ]),
      ),
    ],
  );
const shape = { orAcrossTables: true } as const;

export const orAcrossTables: Rule = {
  id: 'or-across-tables',
  title: 'One OR asks of columns of several tables',
  category: 'statement',
  why:
    'Neither side can be asked of its table alone, so that no index helps: both tables are ' +
    'joined whole, and each pair is looked at.',
  fix:
    'Two SELECTs, each with one side of the OR and an index for it, put together by UNION (which ' +
    'removes what both find).',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastRows, mostKept },
  examples: [
    { name: 'a number or an email', finds: true, plan: joined(300_000, 40), shape },
    {
      name: 'MySQL: the condition hangs on the table that is joined last',
      finds: true,
      engine: 'mysql',
      plan: loop(
        mysqlTable('o', { rows: 40_000 }),
        mysqlTable('c', {
          access: 'eq_ref',
          key: 'PRIMARY',
          used_key_parts: ['id'],
          ref: ['shop.o.customer_id'],
          condition: "((`shop`.`o`.`number` = 'x') or (`shop`.`c`.`email` = 'y'))",
        }),
      ),
      shape,
      stats: { calls: 10, rows: 40 },
    },
    { name: 'small tables', finds: false, plan: joined(900, 4), shape },
    { name: 'most pairs are wanted', finds: false, plan: joined(300_000, 200_000), shape },
    { name: 'an OR within one table', finds: false, plan: joined(300_000, 40), shape: {} },
  ],
  check(plan, context) {
    if (!context.shape?.orAcrossTables) return [];
    const join = joinOf(preorder(plan.root));
    if (!join) return [];
    const read = preorder(join).reduce(
      (sum, each) => sum + (each.relation ? rowsRead(each) : 0),
      0,
    );
    const counted = context.shape.limit || context.shape.grouped ? undefined : rowsACall(context);
    const kept = counted ?? join.est.rows;
    if (read < leastRows.value || kept > read * mostKept.value) return [];
    return [
      {
        message:
          `an OR over columns of several tables: about ${count(read)} rows are read and joined ` +
          `to keep ${count(kept)}`,
        nodes: preorder(join).map(({ id }) => id),
        saves: shareBelow(join) * (1 - kept / read),
      },
    ];
  },
};

/** MySQL and MariaDB hang the condition on the table that is joined last: the join is above it. */
function joinOf(nodes: readonly PlanNode[]): PlanNode | undefined {
  const asking = nodes.find((each) => filtersOf(each).some(isAcross));
  if (!asking?.relation) return asking;
  return nodes.find(({ children }) => children.includes(asking)) ?? asking;
}

const filtersOf = ({ predicates, join }: PlanNode): readonly Predicate[] => [
  ...predicates.filter,
  ...predicates.joinFilter,
  ...(join?.condition ?? []),
];

const isAcross = ({ text, columns }: Predicate) =>
  /\bor\b/i.test(text) &&
  new Set(columns.flatMap((each) => each.split('.').slice(0, -1).slice(-1))).size > 1;
