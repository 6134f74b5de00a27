import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { createIndex } from '../advice.ts';
import {
  block,
  indexScan,
  inner,
  loop,
  mariadbTable,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
} from '../examples.ts';
import { askedKey, ownKeys, printedKey } from '../order.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  rowsRead,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareBelow, shareOf } from '../shares.ts';

const leastRows = threshold(
  1_000,
  'rows of the derived table',
  'a smaller one fits one join buffer and is read once',
);
const mostWanted = threshold(
  0.02,
  'of its rows',
  'where more are joined, making all of them at once is the better way',
);
const leastCall_ms = threshold(1, 'ms a call', 'what is made sooner is no trouble to make anew');

const grouped = (filter: object = {}) =>
  node(
    'HashAggregate',
    { 'Node Type': 'Aggregate', 'Group Key': ['orders.owner'], rows: 9_000, cost: 1_500 },
    [outer(seqScan('orders', { rows: 40_000, cost: 1_100, ...filter }))],
  );
const ofOne = (made: object, others: number) =>
  node(
    'Hash Join',
    { 'Join Type': 'Inner', 'Hash Cond': '(orders.owner = p.id)', rows: others, cost: 1_700 },
    [
      outer(made),
      inner(
        node('Hash', { rows: others, cost: 9 }, [
          outer(indexScan('p', 'p_email', { rows: others, cost: 8 })),
        ]),
      ),
    ],
  );

const advice =
  'Move the condition into the derived table; or join its table itself and group afterwards; ' +
  'or LATERAL (PostgreSQL, MySQL), so that it is made for the rows that are wanted. Let it ' +
  'have the join’s column as it is, not computed.';

export const derivedWithoutKey: Rule = {
  id: 'derived-without-key',
  title: 'A derived table is made of all rows, and a few of it are joined',
  why:
    'Grouped or made unique, it is put together as a whole by every call, since the join’s ' +
    'condition does not reach inside. MySQL and MariaDB write it to a temporary table, and read ' +
    'that from end to end where they can make no index for it.',
  fix: advice,
  category: 'join',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastRows, mostWanted, leastCall_ms },
  examples: [
    {
      name: 'PostgreSQL: all are grouped, one is joined',
      finds: true,
      plan: ofOne(grouped(), 1),
    },
    {
      name: 'PostgreSQL: without an index the one would be looked for in all rows',
      finds: true,
      advises: 'CREATE INDEX CONCURRENTLY ON public.orders (owner);',
      plan: ofOne(grouped(), 1),
      facts: [table('orders', 40_000)],
    },
    {
      name: 'PostgreSQL: of all groups one is looked up, if HAVING keeps it',
      finds: true,
      plan: ofOne({ ...grouped(), Filter: '(count(*) > $1)', 'Plan Rows': 3_000 }, 1),
    },
    {
      name: 'MySQL: of all groups two are looked up',
      finds: true,
      engine: 'mysql',
      plan: lookedUp(2),
    },
    {
      name: 'MariaDB: it says of the grouping that it needs a table',
      finds: true,
      advises: 'ADD INDEX (`owner`)',
      engine: 'mariadb',
      plan: {
        query_block: {
          nested_loop: [
            mariadbTable('p', { rows: 3, attached_condition: "p.email = 'x'" }),
            {
              table: {
                table_name: '<derived2>',
                access_type: 'ref',
                key: 'key0',
                used_key_parts: ['owner'],
                ref: ['shop.p.id'],
                rows: 10,
                filtered: 100,
                materialized: {
                  query_block: {
                    filesort: {
                      sort_key: 'orders.owner',
                      temporary_table: { nested_loop: [mariadbTable('orders', { rows: 40_000 })] },
                    },
                  },
                },
              },
            },
          ],
        },
      },
      shape: { grouped: true, joins: 1, groupBy: [{ column: 'owner' }] },
      facts: [table('orders', 40_000)],
    },
    { name: 'MySQL: most of them are', finds: false, engine: 'mysql', plan: lookedUp(9_000) },
    {
      name: 'most of them are joined',
      finds: false,
      plan: ofOne(grouped(), 8_000),
    },
    {
      name: 'what is grouped has a condition of its own',
      finds: false,
      plan: ofOne(grouped({ filter: '(at > $1)' }), 1),
    },
    {
      name: 'MySQL: scanned by a join',
      finds: true,
      engine: 'mysql',
      plan: joined({ access: 'ALL', using_join_buffer: 'hash join' }),
    },
    {
      name: 'MySQL: found by the key that the server made for it',
      finds: false,
      engine: 'mysql',
      plan: joined({
        access: 'ref',
        key: '<auto_key0>',
        used_key_parts: ['customer_id'],
        ref: ['shop.c.id'],
      }),
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap(
      (each) =>
        withoutKey(each) ?? madeForFew(each, plan, context) ?? madeForLookUps(each, context) ?? [],
    ),
};

function withoutKey(node: PlanNode): RuleMatch | undefined {
  const scanned = node.op === 'SubqueryScan' && node.parentRelation === 'inner' && !node.index;
  const materialized = node.children.some(({ parentRelation }) => parentRelation === 'materialize');
  if (!scanned || !materialized || rowsRead(node) < leastRows.value) return undefined;
  return {
    message:
      `${tablesIn(node) || 'a derived table'}: what is made of it, about ` +
      `${count(rowsRead(node))} rows, is joined without a key`,
    nodes: [node.id],
    saves: shareBelow(node),
  };
}

const isSoon = ({ stats: { calls, totalMs } }: RuleContext): boolean =>
  calls > 0 && totalMs / calls < leastCall_ms.value;

/** All rows of a table are grouped, and joined with a few of another. */
function madeForFew(join: PlanNode, plan: Plan, context: RuleContext): RuleMatch | undefined {
  const [one, two] = ['outer', 'inner'].map((side) =>
    join.children.find(({ parentRelation }) => parentRelation === side),
  );
  if (!one || !two || !join.join || /anti|semi/.test(join.join.type)) return undefined;
  const [made, others] = madeIn(one) ? [one, two] : [two, one];
  const aggregate = madeIn(made);
  if (!aggregate || aggregate.est.rows < leastRows.value) return undefined;
  const few = others.est.rows <= aggregate.est.rows * mostWanted.value;
  if (!few || plan.mode === 'actual') return undefined;
  if (isSoon(context)) return undefined;
  return {
    message:
      `${tablesIn(aggregate)}: about ${count(aggregate.est.rows)} groups are made of all rows, ` +
      `for ${count(others.est.rows)} of the other side`,
    fix: withIndex(aggregate, plan, context),
    nodes: [join.id, aggregate.id],
    saves: shareBelow(made) + shareOf(join),
  };
}

/** Without an index on what it groups by, the few would be looked for in all rows, each anew. */
function withIndex(made: PlanNode, plan: Plan, context: RuleContext): string | undefined {
  const [scan, ...more] = preorder(made).filter(({ relation }) => relation);
  const facts = scan && more.length === 0 ? tableOf(scan, context) : undefined;
  const printed = made.group?.keys.map(printedKey);
  const of = printed?.length ? printed : context.shape?.groupBy?.map(askedKey);
  const keys = scan && facts && ownKeys(of, scan, facts);
  const index = keys && facts.partitionOf === undefined && createIndex(plan, facts, keys);
  return index ? `${advice} For either it needs an index: ${index}` : undefined;
}

/** `IN (SELECT … GROUP BY …)`: all groups are kept with a key, to look up those of a few rows. */
function madeForLookUps(node: PlanNode, context: RuleContext): RuleMatch | undefined {
  const kept = node.children.find((each) => each.parentRelation === 'subplan' && each.index);
  const made = kept?.children.find(({ parentRelation }) => parentRelation === 'materialize');
  const aggregate = made && madeIn(made);
  if (!kept || !aggregate || aggregate.est.rows < leastRows.value) return undefined;
  if (node.est.rows > aggregate.est.rows * mostWanted.value || isSoon(context)) return undefined;
  return {
    message:
      `${tablesIn(aggregate)}: groups are made of all rows, about ${count(aggregate.est.rows)}, ` +
      `to look up those of ${count(node.est.rows)}`,
    nodes: [kept.id, aggregate.id],
    saves: shareBelow(kept),
  };
}

/** The grouping that one side of a join is, of rows on which nothing but itself has a condition. */
function madeIn(side: PlanNode): PlanNode | undefined {
  // MariaDB says of a grouping only that it needs a table for it.
  const keeps = side.op === 'Materialize' && side.ext['temporaryTable'] === true;
  if (side.op === 'Aggregate' || side.op === 'Unique' || keeps) {
    const below = preorder(side);
    // HAVING asks of groups that are made already.
    const asked = below.some(
      (each) =>
        each.predicates.index.length + (each === side ? [] : each.predicates.filter).length > 0,
    );
    return !asked && below.some(({ relation }) => relation?.kind === 'table') ? side : undefined;
  }
  const [only, ...more] = side.children;
  return only && more.length === 0 && passesOn.has(side.op) ? madeIn(only) : undefined;
}
const passesOn: ReadonlySet<string> = new Set(['Hash', 'Sort', 'SubqueryScan', 'Materialize']);

const tablesIn = (node: PlanNode): string =>
  [
    ...new Set(
      preorder(node)
        .filter(({ relation }) => relation?.kind === 'table')
        .map(describeRelation),
    ),
  ].join(', ');

function joined(access: object) {
  const inside = block({
    grouping_operation: {
      using_temporary_table: true,
      ...mysqlTable('orders', { rows: 20_000 }),
    },
  });
  return loop(
    mysqlTable('c', { rows: 1_000 }),
    mysqlTable('d', { rows: 20_000, materialized_from_subquery: inside, ...access }),
  );
}

/** `id IN (SELECT owner FROM orders GROUP BY owner HAVING …)`, of so many rows. */
function lookedUp(rows: number) {
  const inside = block({
    grouping_operation: {
      using_temporary_table: true,
      ...mysqlTable('orders', { rows: 40_000 }),
    },
  });
  return block({
    table: {
      ...mysqlTable('p', { access: 'range', key: 'p_email', used_key_parts: ['email'], rows })
        .table,
      attached_subqueries: [
        mysqlTable('<materialized_subquery>', {
          access: 'eq_ref',
          key: '<auto_key>',
          rows: 1,
          materialized_from_subquery: { dependent: true, cacheable: false, ...inside },
        }),
      ],
    },
  });
}
