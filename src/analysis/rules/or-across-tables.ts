import { dictionary } from '../../base/dictionary.ts';
import { habitsOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, type Predicate, preorder } from '../../model/plan.ts';
import { compared, inner, loop, mysqlTable, node, outer, seqScan, table } from '../examples.ts';
import { count, type Rule, type RuleContext, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, rowsACall } from '../work.ts';

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
    {
      name: 'MySQL: few are looked up for each of few, and all are looked through; a first page',
      finds: true,
      engine: 'mysql',
      plan: loop(
        mysqlTable('c', { rows: 900 }),
        mysqlTable('o', {
          access: 'ref',
          key: 'o_customer',
          used_key_parts: ['customer_id'],
          ref: ['shop.c.id'],
          rows: 45,
          condition: "((`shop`.`o`.`number` = 'x') or (`shop`.`c`.`email` = 'y'))",
        }),
      ),
      shape: {
        ...shape,
        limit: true,
        relations: [{ name: 'o' }, { name: 'c' }],
        comparisons: [
          compared('number', { qualifier: 'o', inOr: true }),
          compared('email', { qualifier: 'c', inOr: true }),
        ],
      },
      stats: { calls: 10, rows: 40, work: { rowsExamined: 410_000 } },
      facts: [table('o', 40_000), table('c', 900)],
    },
    { name: 'small tables', finds: false, plan: joined(900, 4), shape },
    { name: 'most pairs are wanted', finds: false, plan: joined(300_000, 200_000), shape },
    { name: 'an OR within one table', finds: false, plan: joined(300_000, 40), shape: {} },
  ],
  check(plan, context) {
    if (!context.shape?.orAcrossTables) return [];
    const join = joinOf(preorder(plan.root));
    if (!join) return [];
    const planned = preorder(join).reduce(
      (sum, each) => sum + (each.relation ? rowsRead(each) : 0),
      0,
    );
    // Of a table that is looked up for each row of another the plan says what one look-up reads.
    const read = Math.max(planned, examinedACall(context) ?? 0);
    const kept = rowsKept(join, plan, context);
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

/**
 * What the server counted, unless a LIMIT or groups leave some out. Some planners guess a share for
 * any condition: there it is what the values of the OR should find.
 */
function rowsKept(join: PlanNode, { engine }: Plan, context: RuleContext): number {
  const { shape } = context;
  const counted = shape?.limit || shape?.grouped ? undefined : rowsACall(context);
  if (counted !== undefined) return counted;
  const found = habitsOf(engine).planner.guessesFiltered ? rowsOfValues(context) : undefined;
  return Math.min(found ?? Number.POSITIVE_INFINITY, join.est.rows);
}

/** Undefined where the OR asks for anything but values of columns. */
function rowsOfValues({ shape, facts }: RuleContext): number | undefined {
  const asked = (shape?.comparisons ?? []).filter((each) => each.inOr && each.with === 'value');
  const found = asked.map(({ column, qualifier, operator, wrapped, openStart }) => {
    const relation = shape?.relations.find(({ name, alias }) => (alias ?? name) === qualifier);
    const table = facts.find(({ name }) => name === relation?.name);
    const distinct = table?.columns?.find(({ name }) => name === column)?.distinct ?? usualValues;
    const values = wrapped || openStart ? undefined : valuesOf[operator];
    return table && values ? (table.rows * values) / Math.max(1, distinct) : undefined;
  });
  return found.length > 0 && found.every((each) => each !== undefined)
    ? found.reduce((a, b) => a + b, 0)
    : undefined;
}
/** As many as planners take a column to have of which nothing is known. */
const usualValues = 200;
/** A list has some, and some begin alike. */
const valuesOf = dictionary<number>({ '=': 1, in: 5, like: 5 });

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
