import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex } from '../advice.ts';
import { askedOf, type Condition, isPlain } from '../conditions.ts';
import {
  coveringKeys,
  isSince,
  keysAlone,
  keysOfCount,
  onlyCounts,
  primaryName,
} from '../covering.ts';
import {
  block,
  index,
  indexScan,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from '../examples.ts';
import { shareOfValue } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from '../rule.ts';
import { isRead } from '../scans.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, pagesACall } from '../work.ts';

const leastLooked = threshold(
  75_000,
  'rows a call',
  'fewer are looked up in less than a tenth of a second, for which no index is made wider',
);
const leastOfValue = threshold(
  5_000,
  'rows a call that have a value',
  'fewer are looked up in some milliseconds',
);
const leastPages = threshold(
  500,
  'pages a call',
  'fewer are read in a millisecond, for which no index is made wider',
);
const saved = threshold(
  0.7,
  'of the work',
  'an entry that comes by costs a fraction of the look-up of its row, which goes down the table',
);

const orders = table('orders', 300_000, {
  columns: typed({
    id: 'int',
    clerk: ['int', 400],
    total: 'decimal',
    at: 'datetime',
    note: 'text',
  }),
  indexes: [index('PRIMARY', ['id'], { unique: true }), index('orders_clerk', ['clerk'])],
});
const found = (more: object = {}) =>
  block(
    mysqlTable('orders', {
      access: 'range',
      key: 'orders_clerk',
      used_key_parts: ['clerk'],
      rows: 90_000,
      condition: '(`shop`.`orders`.`clerk` between 3 and 9)',
      ...more,
    }),
  );
const summed = (column: string) => ({
  relations: [{ name: 'orders' }],
  aggregates: [{ function: 'sum', column }],
  columns: 1,
});
const visible = {
  ...table('orders', 300_000, { pages: 9_000, allVisible: 1 }),
  columns: [
    { name: 'clerk', type: 'int4', distinct: 400, width: 4 },
    { name: 'at', type: 'timestamptz', distinct: 290_000, width: 8 },
    { name: 'note', type: 'text', distinct: 290_000, width: 300 },
  ],
  indexes: [index('orders_clerk', ['clerk'])],
};
const totals = {
  relations: [{ name: 'orders' }],
  aggregates: [{ function: 'count' }],
  reads: [{ column: 'clerk' }, { column: 'at' }],
};
const groupsOf = (column: string) => ({ grouped: true, groupBy: [{ column }] });
const inGroups = { ...groupsOf('clerk'), reads: [{ column: 'at' }, { column: 'clerk' }] };
const byAt = { indexes: [index('orders_at', ['at'])] };
const noted = { reads: [{ column: 'note' }] };
const counted = { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 900_000 } };

export const coveringIndex: Rule = {
  id: 'covering-index',
  title: 'Very many rows are looked up to make a total that an index could tell',
  why:
    'What an index finds is looked up in the table, each row at a place of its own; an index ' +
    'that has the columns which are counted and summed, too, is read in one piece.',
  fix: 'An index on what is compared and grouped, and behind it on what is counted or summed.',
  category: 'index',
  follows: (
    'low-filtered full-scan sort-without-index implicit-cast function-on-column ' +
    'having-for-where'
  ).split(' '),
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: {
    estimate: ['tables', 'counters', 'shape'],
    actual: ['tables', 'counters', 'shape'],
  },
  thresholds: { leastLooked, leastOfValue, leastPages, saved },
  examples: [
    {
      name: 'a sum of what a range finds',
      finds: true,
      advises: '(`clerk`, `total`)',
      engine: 'mysql',
      plan: found(),
      shape: summed('total'),
      stats: counted,
      facts: [orders],
    },
    {
      name: 'rows are counted, under a condition that the index does not have',
      finds: true,
      advises: '(`clerk`, `at`)',
      engine: 'mysql',
      plan: found({
        condition:
          '((`shop`.`orders`.`clerk` between 3 and 9) and (`shop`.`orders`.`at` is not null))',
      }),
      shape: {
        relations: [{ name: 'orders' }],
        aggregates: [{ function: 'count', rows: true }],
        columns: 1,
      },
      stats: counted,
      facts: [orders],
    },
    ...(
      [
        ['those without a time', '(`orders`.`at` is null)', true],
        ['those after a time', '(`orders`.`at` > 7)', true],
        ['those that begin so', "(`orders`.`note` like 'a%')", false],
      ] as const
    ).map(([name, condition, finds]) => ({
      name: `MySQL: of what a value finds ${name} are counted, however many they are`,
      finds,
      ...(finds ? { advises: '(`clerk`, `at`)' } : {}),
      engine: 'mysql' as const,
      plan: found({ access: 'ref', ref: ['const'], rows: 9_000, condition }),
      shape: {
        relations: [{ name: 'orders' }],
        aggregates: [{ function: 'count', rows: true as const }],
        columns: 1,
      },
      stats: { ...counted, work: { rowsExamined: 90_000 } },
      facts: [orders],
    })),
    ...(
      [
        ['a value', true, {}, {}],
        ['a value, in groups', true, {}, groupsOf('at')],
        ['a value, of a table that vacuum has not seen', false, { allVisible: 0.3 }, {}],
        ['a value, of a table as narrow as the index', false, { pages: 1_500 }, {}],
        ['a value, in a list of long texts', false, {}, noted],
      ] as const
    ).map(([name, finds, more, shape]) => ({
      name: `PostgreSQL: rows are counted of ${name}`,
      finds,
      ...(finds ? { advises: '(clerk, at)' } : {}),
      plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 3_000 }, [
        outer(
          indexScan('orders', 'orders_clerk', {
            condition: '(clerk = $1)',
            Filter: '(at > $2)',
            rows: 700,
            cost: 2_900,
          }),
        ),
      ]),
      shape: { ...totals, ...shape },
      stats: { calls: 10, rows: 10, totalMs: 900, work: { pages: 30_000 } },
      facts: [{ ...visible, ...more }],
    })),
    ...(
      [
        ['of which the commonest has most rows, the others few', true, 0.9077],
        ['that nearly all rows have', false, 0.995],
      ] as const
    ).map(([name, finds, commonest]) => ({
      name: `PostgreSQL: a sum by a state ${name}`,
      finds,
      ...(finds ? { advises: '(status, price)' } : {}),
      plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 15_744 }, [
        outer(seqScan('parcel', { filter: '((status)::text = $1)', rows: 80_000, cost: 15_544 })),
      ]),
      shape: {
        relations: [{ name: 'parcel' }],
        aggregates: [{ function: 'sum', column: 'price' }],
        reads: [{ column: 'price' }, { column: 'status' }],
      },
      stats: { calls: 33, rows: 33, totalMs: 2_246, work: { pages: 360_063 } },
      facts: [
        {
          ...table('parcel', 400_000, { pages: 10_911, allVisible: 1 }),
          columns: [
            { name: 'price', type: 'int4', distinct: 8_976, width: 4 },
            { name: 'status', type: 'varchar', distinct: 5, commonest, width: 9 },
          ],
        },
      ],
    })),
    ...(
      [
        ['whichever share of them it is', '<', '(at)', {}, {}],
        ['in groups: a report', '<', undefined, inGroups, {}],
        ['in groups, the latest', '>', '(at, clerk)', inGroups, {}],
        ['in groups; an index is there, and most are as late', '>', undefined, inGroups, byAt],
      ] as const
    ).map(([name, operator, advises, shape, more]) => ({
      name: `PostgreSQL: rows of a table are counted, ${name}`,
      finds: advises !== undefined,
      ...(advises ? { advises } : {}),
      plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 13_000 }, [
        outer(seqScan('orders', { filter: `(at ${operator} $1)`, rows: 100_000, cost: 12_000 })),
      ]),
      shape: { ...totals, reads: [{ column: 'at' }], ...shape },
      stats: { calls: 10, rows: 10, totalMs: 900, work: { pages: 90_000 } },
      facts: [{ ...visible, ...more }],
    })),
    {
      name: 'PostgreSQL: the least that fits is walked to',
      finds: false,
      plan: node('Result', { rows: 1, cost: 40 }, [
        node('Limit', { 'Parent Relationship': 'InitPlan', rows: 1, cost: 40 }, [
          outer(
            indexScan('orders', 'orders_at', { Filter: '(clerk = $1)', rows: 700, cost: 9_000 }),
          ),
        ]),
      ]),
      shape: { ...totals, aggregates: [{ function: 'min', column: 'at' }] },
      stats: { calls: 10, rows: 10, totalMs: 900, work: { pages: 30_000 } },
      facts: [visible],
    },
    {
      name: 'the index has all that is wanted',
      finds: false,
      engine: 'mysql',
      plan: found(),
      shape: summed('id'),
      stats: counted,
      facts: [orders],
    },
    {
      name: 'a sum of what a value finds',
      finds: true,
      advises: '(`clerk`, `total`)',
      engine: 'mysql',
      plan: found({ access: 'ref', ref: ['const'], condition: undefined }),
      shape: summed('total'),
      stats: counted,
      facts: [orders],
    },
    {
      name: 'a text would be in it',
      finds: false,
      engine: 'mysql',
      plan: found(),
      shape: summed('note'),
      stats: counted,
      facts: [orders],
    },
    {
      name: 'a few thousand rows',
      finds: false,
      engine: 'mysql',
      plan: found(),
      shape: summed('total'),
      stats: { ...counted, work: { rowsExamined: 90_000 } },
      facts: [orders],
    },
    {
      name: 'more is read than the list of columns says',
      finds: false,
      engine: 'mysql',
      plan: found(),
      shape: { ...summed('total'), columns: 2 },
      stats: counted,
      facts: [orders],
    },
  ],
  check(plan, context) {
    const [scan, ...others] = preorder(plan.root).filter(({ relation }) => relation);
    const facts = scan && tableOf(scan, context);
    if (!facts || others.length > 0 || facts.partitionOf) return [];
    if (facts.allVisible !== undefined) return answeredAlone(scan, facts, plan, context);
    if (scan.op === 'SeqScan') return countedAlone(scan, facts, plan, context);
    if (scan.op !== 'IndexScan') return [];
    if (scan.index?.name === undefined || scan.index.name === primaryName) return [];
    const values = valuesOf(scan, facts);
    const further = values.length > 0 && asksFurther(scan, facts);
    const ofOne = values.some((each) => (shareOfValue(facts, each) ?? 1) <= mostOfOne);
    if (!context.shape?.grouped && values.length > 0 && !further && !ofOne) return [];
    const looked = examinedACall(context) ?? 0;
    const least = further || ofOne ? leastOfValue : leastLooked;
    const keys = looked < least.value ? undefined : coveringKeys(scan, facts, plan, context);
    const fix = keys && createIndex(plan, facts, keys);
    if (!fix) return [];
    return [
      {
        message:
          `${describeRelation(scan)}: about ${count(looked)} rows that ${scan.index.name} finds ` +
          'are looked up in the table to be counted or summed',
        fix,
        nodes: [scan.id],
        saves: shareBelow(plan.root) * saved.value,
      },
    ];
  },
};

/** Nobody knows how many those are. */
const theFewer = ', the sooner the fewer of them fit';

/** Where rows are counted, not pages: of a whole table, of which nobody knows how many fit. */
function countedAlone(
  scan: PlanNode,
  facts: TableFacts,
  plan: Plan,
  context: RuleContext,
): RuleMatch[] {
  const looked = examinedACall(context) ?? 0;
  const keys = looked < leastLooked.value ? undefined : keysOfCount(scan, facts, plan, context);
  const fix = keys && createIndex(plan, facts, keys);
  return fix
    ? [
        {
          message:
            `${describeRelation(scan)}: all of about ${count(looked)} rows a call are read to ` +
            `count or sum what an index could tell alone${theFewer}`,
          fix,
          nodes: [scan.id],
          saves: shareBelow(plan.root) * saved.value,
        },
      ]
    : [];
}

/** PostgreSQL, which says how many pages an index answers for. */
function answeredAlone(
  scan: PlanNode,
  facts: TableFacts,
  plan: Plan,
  context: RuleContext,
): RuleMatch[] {
  const looked = pagesACall(context) ?? 0;
  const whole = scan.op === 'SeqScan';
  if (looked < leastPages.value || (context.shape?.grouped && !isOfPart(scan, facts))) return [];
  if (!/^(?:SeqScan|IndexScan|BitmapHeapScan)$/.test(scan.op)) return [];
  // The least or the greatest that fits is walked to.
  const ends = preorder(plan.root).some(({ op }) => op === 'Limit');
  if (ends && !context.shape?.grouped) return [];
  if (whole && !isRead({ rows: facts.rows, pages: facts.pages, nodes: [scan] }, context)) return [];
  const keys = keysAlone(scan, facts, plan, context);
  const counts = context.shape && onlyCounts(context.shape);
  const since = isSince(askedOf(scan, scan.predicates.filter, facts).conditions, facts);
  const fix = keys && createIndex(plan, facts, keys);
  return fix
    ? [
        {
          message:
            `${describeRelation(scan)}: about ${count(looked)} pages a call are read to count or ` +
            `sum what an index could tell alone${whole && (counts || since) ? theFewer : ''}`,
          fix,
          nodes: [scan.id],
          saves: shareBelow(plan.root) * saved.value,
        },
      ]
    : [];
}

/**
 * A report of most rows takes its time in making groups; of one tenant's, or of the latest, in
 * fetching them.
 */
function isOfPart(scan: PlanNode, facts: TableFacts): boolean {
  const { index, recheck, filter } = scan.predicates;
  return scan.op === 'SeqScan'
    ? isSince(askedOf(scan, filter, facts).conditions, facts)
    : askedOf(scan, [...index, ...recheck], facts).conditions.some(({ single }) => single);
}

/** By more values than the index has: one that has them all is taken in its place. */
function asksFurther(scan: PlanNode, facts: TableFacts): boolean {
  const keys = facts.indexes.find(({ name }) => name === scan.index?.name)?.keys ?? [];
  return askedOf(scan, scan.predicates.filter, facts).conditions.some(
    (each) => each.kind === 'equal' && isPlain(each) && !each.other && !keys.includes(each.column),
  );
}

const valuesOf = (scan: PlanNode, facts: TableFacts): Condition[] =>
  askedOf(scan, scan.predicates.index, facts).conditions.filter(
    ({ single, operator }) => single && operator !== 'is true',
  );
/** Of the rows, in the mean of values: a tenant's or an account's; of a state it is a report. */
const mostOfOne = 0.02;
