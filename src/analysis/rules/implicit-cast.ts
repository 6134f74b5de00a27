import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex } from '../advice.ts';
import type { Condition } from '../conditions.ts';
import { block, compared, index, loop, mysqlTable, seqScan, table, typed } from '../examples.ts';
import { type Mixed, mixedCollations } from '../mixed-collations.ts';
import {
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
} from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, isRead, scanThresholds } from '../scans.ts';
import { shareOf } from '../shares.ts';

const orders = table('orders', 50_000, {
  indexes: [index('orders_pkey', ['id'], { unique: true })],
});
const scan = (filter: string) => seqScan('orders', { filter, rows: 5, cost: 900 });
const mysqlScan = (more: object = {}) =>
  block(
    mysqlTable('orders', {
      rows: 50_000,
      filtered: 10,
      condition: '(`shop`.`orders`.`id` = 5)',
      ...more,
    }),
  );

const sendAlike =
  'Send the value in the column’s type (cast the parameter, or set its type in the driver).';

export const implicitCast: Rule = {
  id: 'implicit-cast',
  title: 'The server converts an indexed column, because the value has another type',
  why:
    '`id = 5.0` compares as numeric: every id is converted, and the index on id is of no use. ' +
    'Often a driver’s parameter type is the cause.',
  fix: sendAlike,
  category: 'index',
  follows: ['planner-switched-off', 'never-analyzed', 'stale-statistics'],
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: scanThresholds,
  examples: [
    {
      name: 'bigint compared as numeric',
      finds: true,
      plan: scan('((orders.id)::numeric = $1)'),
      shape: { comparisons: [compared('id')] },
      facts: [orders],
    },
    {
      name: 'the cast is written in the statement',
      finds: false,
      plan: scan('((orders.id)::numeric = $1)'),
      shape: { comparisons: [compared('id', { cast: 'numeric' })] },
      facts: [orders],
    },
    {
      name: 'text and varchar are the same to an index',
      finds: false,
      plan: scan('((orders.id)::text = $1)'),
      shape: { comparisons: [compared('id')] },
      facts: [orders],
    },
    {
      name: 'MySQL warns that a text is compared with a number',
      finds: true,
      engine: 'mysql',
      plan: mysqlScan(),
      unusableIndexes: [{ index: 'orders_pkey', column: 'id' }],
      facts: [orders],
    },
    {
      name: 'MySQL reads the whole index instead',
      finds: true,
      engine: 'mysql',
      plan: mysqlScan({
        access: 'index',
        key: 'orders_pkey',
        used_key_parts: ['id'],
        using_index: true,
      }),
      unusableIndexes: [{ index: 'orders_pkey', column: 'id' }],
      facts: [orders],
    },
    {
      name: 'MySQL warns of nothing',
      finds: false,
      engine: 'mysql',
      plan: mysqlScan(),
      facts: [orders],
    },
    {
      name: 'MySQL warns of it, and the server looked at one row a call: it was another text',
      finds: false,
      engine: 'mysql',
      plan: mysqlScan(),
      stats: { calls: 10, rows: 10, totalMs: 2, work: { rowsExamined: 10 } },
      unusableIndexes: [{ index: 'orders_pkey', column: 'id' }],
      facts: [orders],
    },
    {
      name: 'MySQL: a text is compared with a number, and no index is there',
      finds: true,
      advises: 'Then: ALTER TABLE `public`.`orders` ADD INDEX (`code`)',
      engine: 'mysql',
      plan: mysqlScan({ condition: '(`shop`.`orders`.`code` = 77)' }),
      stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 500_000 } },
      facts: [{ ...orders, columns: [{ name: 'code', type: 'varchar', asNumber: true }] }],
    },
    {
      name: 'the unique index is there, and every page is read: another collation',
      finds: true,
      plan: scan('(code = $1)'),
      stats: { calls: 10, rows: 10, totalMs: 50, work: { pages: 10_000 } },
      facts: [table('orders', 50_000, { indexes: [index('i', ['code'], { unique: true })] })],
    },
    {
      name: 'a char is compared as a text, which none of its index is',
      finds: true,
      advises: 'Send the value in the column’s type',
      plan: scan('((orders.token)::text = md5($1))'),
      stats: { calls: 10, rows: 8, totalMs: 400, work: { pages: 10_000 } },
      shape: { comparisons: [compared('token')], relations: [{ name: 'orders' }] },
      facts: [
        {
          ...table('orders', 50_000, { indexes: [index('i', ['token'], { unique: true })] }),
          columns: typed({ token: ['bpchar', 50_000] }),
        },
      ],
    },
    {
      name: 'the statement names a collation',
      finds: true,
      plan: scan('((orders.code)::text = $1)'),
      shape: { comparisons: [compared('code', { wrapped: 'function', function: 'collate' })] },
      facts: [{ ...orders, columns: typed({ code: ['text', 40_000] }) }],
    },
    {
      name: 'MySQL: it is another than the column’s',
      finds: true,
      engine: 'mysql',
      plan: mysqlScan({
        condition: "(`shop`.`orders`.`code` = <cache>(('x' collate utf8mb4_0900_as_cs)))",
      }),
      stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 500_000 } },
      facts: [{ ...orders, columns: typed({ code: 'varchar' }) }],
    },
    {
      name: 'MySQL: byte by byte, which any index serves',
      finds: false,
      engine: 'mysql',
      plan: mysqlScan({
        condition: "(`shop`.`orders`.`code` = <cache>(('x' collate utf8mb4_bin)))",
      }),
      stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 500_000 } },
      facts: [{ ...orders, columns: typed({ code: 'varchar' }) }],
    },
    ...(
      [
        ['latin1_swedish_ci', true],
        ['utf8mb4_0900_ai_ci', false],
      ] as const
    ).map(([collation, finds]) => ({
      name: `MySQL: each row is looked up in a column of utf8mb4, ${collation} itself`,
      finds,
      engine: 'mysql' as const,
      plan: loop(
        mysqlTable('orders', { rows: 50_000 }),
        mysqlTable('c', {
          access: 'eq_ref',
          key: 'PRIMARY',
          used_key_parts: ['code'],
          ref: ['shop.orders.code'],
          rows: 1,
          condition: '((`shop`.`c`.`n` < 5) and (`shop`.`orders`.`code` = `shop`.`c`.`code`))',
        }),
      ),
      stats: { calls: 10, rows: 50, totalMs: 2_000, work: { rowsExamined: 510_000 } },
      shape: { joins: 1, relations: [{ name: 'orders' }, { name: 'c' }] },
      facts: [
        { ...orders, columns: [{ name: 'code', type: 'varchar', collation }] },
        table('c', 3_000, {
          columns: [{ name: 'code', type: 'varchar', collation: 'utf8mb4_0900_ai_ci' }],
        }),
      ],
    })),
    {
      name: 'no cast',
      finds: false,
      plan: scan('(orders.id = $1)'),
      shape: { comparisons: [compared('id')] },
      facts: [orders],
    },
  ],
  check(plan, context) {
    const told = unusable(plan, context);
    if (told.length > 0) return told;
    const mixed = mixedCollations(plan, context).map(ofMixed);
    if (mixed.length > 0) return mixed;
    return judgedScans(plan, context).flatMap(({ scan: of, cause }) => {
      if (cause.kind !== 'converted') return [];
      const { column, wrapped, collated } = cause.condition;
      const why =
        wrapped?.kind === 'cast'
          ? `${column} is converted to ${wrapped.type} for every row`
          : `${column} is compared with a value of another type or collation`;
      return [
        {
          message: `${describeScan(of)}: ${why}, so an index on it is not used`,
          fix:
            collated || isCollated(of.table, cause.condition, context)
              ? ofCollation
              : castAdvice(plan, of.table, cause.condition),
          nodes: of.nodes.map(({ id }) => id),
          saves: of.saves,
        },
      ];
    });
  },
};

/**
 * As another text, in a collation that the statement names or that the value comes with. A `char`
 * is padded, and compared as a text it is none of its index, whatever the collation.
 */
const isCollated = (
  { columns }: TableFacts,
  { column, asText }: Condition,
  { shape }: RuleContext,
): boolean =>
  asText === true &&
  (shape?.comparisons.some((each) => each.column === column && each.function === 'collate') ===
    true ||
    columns?.find(({ name }) => name === column)?.type !== 'bpchar');

/** Where nothing else is told: an index on the column as it is, if there is none. */
function castAdvice(plan: Plan, table: TableFacts, { column, other }: Condition): string {
  const index = createIndex(plan, table, [{ column }]);
  const alike = other
    ? `Cast the other side, ${other.name}, to the type of ${column}, or give both columns one type.`
    : sendAlike;
  return index ? `${alike} Then: ${index}` : alike;
}

function ofMixed({ node, facts, column, collation, other, saves }: Mixed): RuleMatch {
  const there = `${other.facts.schema}.${other.facts.name}.${other.column}`;
  const led = facts.indexes.find(({ keys: [first] }) => first === column);
  return {
    message:
      `${describeRelation(node)}: ${column} (${collation}) is converted in every row to be ` +
      `compared with ${there} (${other.collation}), so no index on it can be used`,
    fix:
      `Give ${column} the collation ${other.collation} of ${there} (ALTER TABLE … MODIFY); ` +
      (led ? `then the index ${led.name} finds its rows.` : `then an index on ${column}.`),
    nodes: [node.id],
    saves,
  };
}

const ofCollation =
  'Leave COLLATE out of the statement; or give the column, or an index of its own, that collation.';

/**
 * The plan says nothing of a conversion, but the server warned that it keeps an index from being
 * used.
 */
function unusable(plan: Plan, context: RuleContext): RuleMatch[] {
  return preorder(plan.root).flatMap((node) => {
    const facts = tableOf(node, context);
    const found = plan.unusableIndexes?.find(({ index, column }) =>
      facts?.indexes.some(({ name, keys }) => name === index && keys.includes(column)),
    );
    // Read from end to end it is of no more use than the table.
    if (!found || !facts || (node.index?.name === found.index && !readsAll(node, facts, plan)))
      return [];
    // Of two texts of one statement, one with a number, the other may be what runs.
    if (!isRead({ rows: facts.rows, pages: facts.pages, nodes: [node] }, context)) return [];
    return [
      {
        message:
          `${describeRelation(node)}: ${found.column} is compared with a value of another ` +
          `type, character set or collation, so the index ${found.index} is not used`,
        fix:
          'Send the value in the column’s type; give columns that are joined one character set ' +
          'and collation.',
        nodes: [node.id],
        saves: shareOf(node),
      },
    ];
  });
}
