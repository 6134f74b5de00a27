import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { createIndex, keysFor, mostKeys, wholeKeys } from '../advice.ts';
import { type Asked, askedOf, type Condition, isPlain } from '../conditions.ts';
import { block, index, indexScan, mysqlTable, node, outer, table, typed } from '../examples.ts';
import {
  type Known,
  leastEach,
  lookupOf,
  rowsLooked,
  rowsOf,
  rowsPassed,
} from '../found-and-kept.ts';
import { behindOpenKey } from '../open-keys.ts';
import { looksSelective, rowsCounted, shareOfValue } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
  threshold,
} from '../rule.ts';
import { isSure, rootOf } from '../scans.ts';
import { shareBelow, shareUnwanted } from '../shares.ts';

const leastRows = threshold(
  500,
  'rows found a call',
  'fewer are fetched from the table in about a millisecond',
);
const mostKept = threshold(
  0.1,
  'of the rows',
  'above, a wider index saves less than it costs every write',
);

const orders = table('orders', 300_000, {
  columns: typed({ status: ['text', 5], total: 'int4', clerk: ['int4', 400] }),
  indexes: [index('orders_status', ['status'])],
});
const found = (filtered: number) =>
  block(
    mysqlTable('orders', {
      access: 'ref',
      key: 'orders_status',
      used_key_parts: ['status'],
      ref: ['const'],
      rows: 60_000,
      filtered,
      condition: '(`shop`.`orders`.`total` > 100)',
    }),
  );
const byStatus = (keep: number) =>
  indexScan('orders', 'orders_status', {
    condition: '(status = $1)',
    Filter: '(clerk = $2)',
    rows: keep,
    cost: 9_000,
  });

export const lowFiltered: Rule = {
  id: 'low-filtered',
  title: 'An index finds many rows of which the remaining conditions throw most away',
  why: 'Every row that the index finds is fetched from the table, then the condition looked at.',
  fix: 'One index over the columns of both: values first, then a range.',
  category: 'index',
  follows: ['sort-without-index'],
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastRows, leastEach, mostKept },
  examples: [
    {
      name: 'the index finds a fifth of the table, one row in 400 is wanted',
      finds: true,
      plan: byStatus(150),
      facts: [orders],
    },
    {
      name: 'a bitmap of many rows',
      finds: true,
      plan: node(
        'Bitmap Heap Scan',
        {
          'Relation Name': 'orders',
          Schema: 'public',
          Alias: 'orders',
          'Recheck Cond': '(status = $1)',
          Filter: '(clerk = $2)',
          rows: 150,
          cost: 9_000,
        },
        [
          outer(
            node('Bitmap Index Scan', {
              'Index Name': 'orders_status',
              'Index Cond': '(status = $1)',
              rows: 60_000,
              cost: 400,
            }),
          ),
        ],
      ),
      facts: [orders],
    },
    {
      name: 'production looks at eight pages a call',
      finds: false,
      plan: byStatus(150),
      stats: { calls: 10, rows: 40, totalMs: 9, work: { pages: 80 } },
      facts: [orders],
    },
    {
      name: 'each page that a call looks at may be one of a row that is wanted',
      finds: false,
      plan: byStatus(150),
      stats: { calls: 10, rows: 2_960, totalMs: 9, work: { pages: 3_020 } },
      facts: [orders],
    },
    {
      name: 'MySQL: one row in twenty is wanted',
      finds: true,
      engine: 'mysql',
      plan: found(5),
      stats: { calls: 10, rows: 30_000, totalMs: 900, work: { rowsExamined: 600_000 } },
      shape: { kind: 'select' },
      facts: [orders],
    },
    {
      name: 'half of them are',
      finds: false,
      engine: 'mysql',
      plan: found(50),
      stats: { calls: 10, rows: 300_000, totalMs: 900, work: { rowsExamined: 600_000 } },
      facts: [orders],
    },
    {
      name: 'MySQL: the index has the first letters only, with which most values begin',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', {
          access: 'ref',
          key: 'orders_name',
          used_key_parts: ['name'],
          rows: 150_000,
          filtered: 100,
          condition: "(`shop`.`orders`.`name` = 'x')",
        }),
      ),
      stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 1_500_000 } },
      shape: { kind: 'select' },
      facts: [
        {
          ...orders,
          columns: typed({ name: 'varchar' }),
          indexes: [index('orders_name', ['name'], { prefixed: ['name'] })],
        },
      ],
    },
    ...(
      [
        ['all of the index is passed over for them', '(clerk = $1)', 200, true],
        ['so is what a range finds', '((at > $1) AND (clerk = $2))', 200, true],
        ['it is skipped through', '(clerk = $1)', 8, false],
      ] as const
    ).map(([name, condition, pages, finds]) => ({
      name: `a sum of rows by a later key of an index: ${name}`,
      finds,
      plan: node('Aggregate', { rows: 1, cost: 4_010 }, [
        outer(indexScan('orders', 'orders_at', { condition, rows: 3, cost: 4_000 })),
      ]),
      shape: {
        relations: [{ name: 'orders' }],
        aggregates: [{ function: 'sum', column: 'total' }],
      },
      stats: { calls: 10, rows: 10, totalMs: 40, work: { pages: pages * 10 } },
      facts: [
        {
          ...orders,
          columns: typed({ at: 'timestamptz', total: 'int4', clerk: ['int4', 30_000] }),
          indexes: [index('orders_at', ['at', 'clerk'])],
        },
      ],
    })),
    {
      name: 'MySQL: it skips through an index and counts nothing of that',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', {
          access: 'range',
          key: 'orders_at',
          used_key_parts: ['at', 'clerk'],
          rows: 30_000,
          filtered: 100,
          condition: '(`shop`.`orders`.`clerk` = 7)',
        }),
      ),
      shape: { relations: [{ name: 'orders' }] },
      stats: { calls: 10, rows: 150, totalMs: 90, work: { rowsExamined: 0 } },
      facts: [{ ...orders, indexes: [index('orders_at', ['at', 'clerk'])] }],
    },
    {
      name: 'of partitions, which are told of together',
      finds: true,
      advises: 'CREATE INDEX ON public.orders (status, clerk)',
      plan: node(
        'Append',
        { rows: 300, cost: 18_000 },
        ['orders_1', 'orders_2'].map((name) =>
          indexScan(name, `${name}_status`, {
            condition: '(status = $1)',
            Filter: '(clerk = $2)',
            'Parent Relationship': 'Member',
            rows: 150,
            cost: 9_000,
          }),
        ),
      ),
      stats: { calls: 10, rows: 100, totalMs: 900, work: { pages: 3_000 } },
      facts: ['orders_1', 'orders_2'].map((name) => ({
        ...orders,
        name,
        indexes: [index(`${name}_status`, ['status'])],
        partitionOf: {
          schema: 'public',
          name: 'orders',
          strategy: 'range',
          keys: ['id'],
          partitions: 2,
        },
      })),
    },
    {
      name: 'MySQL: a range finds many, and an index of the value alone is there, too',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', {
          access: 'range',
          key: 'orders_at',
          used_key_parts: ['at'],
          rows: 9_000,
          filtered: 2,
          index_condition: '(`shop`.`orders`.`at` > 5)',
          condition: '(`shop`.`orders`.`clerk` = 7)',
        }),
      ),
      stats: { calls: 10, rows: 10, totalMs: 90, work: { rowsExamined: 90_000 } },
      shape: {
        relations: [{ name: 'orders' }],
        aggregates: [{ function: 'sum', column: 'total' }],
      },
      facts: [
        {
          ...orders,
          columns: typed({ at: 'datetime', total: 'int', clerk: ['int', 400] }),
          indexes: [index('orders_at', ['at']), index('orders_clerk', ['clerk'])],
        },
      ],
    },
    ...(
      [
        ['few of them fit', 33, true],
        ['the first fit', 9_000, false],
      ] as const
    ).map(([name, rows, finds]) => ({
      name: `MySQL: what a value finds is read in its order until enough fit: ${name}`,
      finds,
      ...(finds ? { advises: '(`status`, `paid`, `at`)' } : {}),
      engine: 'mysql' as const,
      plan: block(
        mysqlTable('orders', {
          access: 'ref',
          key: 'orders_status',
          used_key_parts: ['status'],
          ref: ['const'],
          rows: 2_789,
          filtered: 10,
          condition: '(`shop`.`orders`.`paid` = 1)',
        }),
      ),
      stats: { calls: 15, rows, totalMs: 1_721, work: { rowsExamined: 73_356 } },
      shape: {
        relations: [{ name: 'orders' }],
        limit: true as const,
        ordered: true as const,
        orderBy: [{ column: 'at', descending: true as const }],
      },
      facts: [
        {
          ...orders,
          columns: typed({ status: 'int', paid: 'tinyint', at: 'datetime' }),
          indexes: [index('orders_status', ['status', 'at'])],
        },
      ],
    })),
    {
      name: 'an index has both',
      finds: false,
      plan: byStatus(150),
      facts: [{ ...orders, indexes: [index('orders_both', ['status', 'clerk'])] }],
    },
  ],
  check(plan, context) {
    if (!isSure(plan, context)) return [];
    const found = preorder(plan.root).flatMap((node) => wasteful(node, plan, context) ?? []);
    const groups = Map.groupBy(found, (each) => partsOf(each) ?? each.node);
    return [...groups.values()].map((group) => told(group, plan, context));
  },
};

interface Wasteful {
  node: PlanNode;
  facts: TableFacts;
  /** The index that finds too many. */
  name: string | undefined;
  found: number;
  kept: number;
  /** Nobody knows how many are kept. */
  guessed?: boolean;
  /** What the conditions behind it ask of. */
  behind: string[];
  wider: { column: string }[];
  saves: number;
}

/** Partitions of one table, of which the same is asked, are told of together. */
const partsOf = ({ facts: { partitionOf }, behind, wider }: Wasteful): string | undefined =>
  partitionOf &&
  JSON.stringify([partitionOf.schema, partitionOf.name, behind, wider.map(({ column }) => column)]);

/** A plan without values names all partitions: a call has found no more than it has looked at. */
function told(group: Wasteful[], plan: Plan, context: RuleContext): RuleMatch {
  const [{ node, facts, name, behind, wider, guessed }] = group as [Wasteful];
  const sum = (of: (each: Wasteful) => number) => group.reduce((all, each) => all + of(each), 0);
  const [rows, pages] = [sum((each) => each.facts.rows), sum((each) => each.facts.pages)];
  const found = Math.min(
    sum((each) => each.found),
    rowsLooked({ rows, pages }, context) ?? Number.POSITIVE_INFINITY,
  );
  const kept = Math.min(
    sum((each) => each.kept),
    rowsCounted(context) ?? found,
  );
  const root = rootOf(facts, rows);
  const one = group.length === 1;
  const where = one ? describeRelation(node) : `${root.schema}.${root.name}`;
  const what = one ? (name ?? 'an index') : `an index of each of ${group.length} partitions`;
  return {
    message:
      `${where}: ${what} finds about ${count(found)} rows a call, the condition on ` +
      `${behind.join(', ')} keeps ` +
      (guessed ? 'a few, if its values are rare' : `about ${count(kept)}`),
    fix: createIndex(plan, root, wider),
    nodes: group.map((each) => each.node.id),
    saves: sum((each) => each.saves),
  };
}

function wasteful(node: PlanNode, plan: Plan, context: RuleContext): Wasteful | undefined {
  const facts = tableOf(node, context);
  if (!facts || !/^(?:IndexScan|IndexOnlyScan|BitmapHeapScan)$/.test(node.op)) return undefined;
  if (readsAll(node, facts, plan) || /^(?:sort_)?intersect/.test(node.index?.name ?? ''))
    return undefined;
  const lookup = lookupOf(node);
  if (lookup.predicates.index.length === 0) return undefined;
  const filter = askedOf(node, node.predicates.filter, facts);
  const used = facts.indexes.find(({ name }) => name === lookup.index?.name);
  const keys = used?.keys ?? [];
  const whole = used ? wholeKeys(used) : [];
  const sought = soughtBy(node, lookup, facts);
  const further = filter.conditions.filter((each) => isFurther(each, whole));
  const behind = behindOpenKey([...sought.conditions, ...filter.conditions], whole);
  const more = [...further, ...behind];
  if (more.length === 0) return undefined;
  const known: Known = { facts, plan, context };
  const rows =
    further.length > 0
      ? rowsOf(node, lookup, { sought, filter }, known)
      : rowsPassed(node, [...sought.conditions, ...filter.conditions], known);
  if (!rows || rows.found < leastRows.value || rows.kept > rows.found * mostKept.value)
    return undefined;
  const ofKeys = filter.conditions.filter((each) => isPlain(each) && keys.includes(each.column));
  const wanted = [...sought.conditions, ...ofKeys, ...more];
  const root = rootOf(facts, facts.rows);
  const first = drivenByMany(node, plan, context) ? valuesBefore(wanted, keys, root, plan) : [];
  const wider = widerKeys([...first, ...keys], wanted, root, orderOf(plan, context));
  const values = wider.filter(({ column }) =>
    wanted.some((each) => each.kind === 'equal' && each.column === column),
  );
  if (facts.indexes.some((each) => holds(each, wider, values))) return undefined;
  return {
    node,
    facts,
    name: lookup.index?.name,
    ...rows,
    behind: [...new Set(more.map(({ column }) => column))],
    wider,
    saves: Math.max(
      shareUnwanted(node, rows.found, rows.kept),
      shareBelow(node) * (1 - mostKept.value),
    ),
  };
}

/** MySQL and MariaDB list a range’s keys by their names: what is asked stands in the filter. */
function soughtBy(node: PlanNode, lookup: PlanNode, facts: TableFacts): Asked {
  const { conditions, alternatives } = askedOf(node, lookup.predicates.index, facts);
  return { conditions: conditions.filter(({ operator }) => operator !== 'is true'), alternatives };
}

/** Values in whichever order, which makes no difference, and before a range, which does. */
function holds(
  index: IndexFacts,
  wanted: readonly { column: string }[],
  values: readonly { column: string }[],
): boolean {
  const keys = wholeKeys(index);
  const among = (columns: readonly { column: string }[]) =>
    columns.every(({ column }) => keys.slice(0, columns.length).includes(column));
  return !index.partial && among(values) && among(wanted);
}

const isFurther = ({ kind, wrapped, column }: Condition, keys: readonly (string | undefined)[]) =>
  !wrapped && (kind === 'equal' || kind === 'range') && !keys.includes(column);

/** The order in which the index is read for the first rows. */
const orderOf = ({ root }: Plan, { shape }: RuleContext): string[] =>
  shape?.limit && !preorder(root).some(({ op }) => op === 'Sort')
    ? (shape.orderBy ?? []).flatMap((each) => ('column' in each ? each.column : []))
    : [];

/** Of a large table all rows are read, and for each of them this one is looked up. */
const drivenByMany = (node: PlanNode, plan: Plan, context: RuleContext): boolean =>
  preorder(plan.root).some((loop) => {
    const [outer, inner] = loop.op === 'NestedLoop' ? loop.children : [];
    const first = outer && inner === node && preorder(outer).find((each) => each.relation);
    const facts = first && tableOf(first, context);
    return facts && facts.rows >= manyRows && readsAll(first, facts, plan);
  });
const manyRows = 10_000;

/**
 * With a value in front that few rows have, the index finds as few for each row of the other table,
 * and whoever begins with it has no row of the other to read.
 */
const valuesBefore = (
  wanted: readonly Condition[],
  keys: readonly string[],
  table: TableFacts,
  plan: Plan,
): string[] =>
  wanted
    .filter((each) => each.single && !each.other && !keys.includes(each.column))
    .filter((each) => {
      const share = shareOfValue(table, each);
      return share === undefined ? looksSelective([each], table, plan) : share <= fewOfValue;
    })
    .map(({ column }) => column);
const fewOfValue = 0.02;

/** Of the index that is there its values, then those of the condition, then one range or order. */
function widerKeys(
  keys: readonly string[],
  wanted: readonly Condition[],
  table: TableFacts,
  order: readonly string[],
) {
  const range = wanted.find(({ kind }) => kind === 'range')?.column;
  const equal = keysFor(
    wanted.filter(({ kind }) => kind === 'equal'),
    table,
  );
  const known = keys.filter((key) => equal.some(({ column }) => column === key));
  const columns = [
    ...known,
    ...equal.map(({ column }) => column).filter((column) => !known.includes(column)),
    ...(range ? [range] : order.filter((column) => keys.includes(column))),
  ];
  return [...new Set(columns)].slice(0, mostKeys).map((column) => ({ column }));
}
