import { sqlOf } from '../../dialects/habits.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { block, mysqlTable, node, outer, seqScan, table } from '../examples.ts';
import { count, describeRelation, type Rule, tableOf, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastRows = threshold(
  20_000,
  'rows of the table',
  'fewer are counted in a few milliseconds, from some hundred pages',
);
const leastCalls = threshold(
  2,
  'calls in the interval',
  'who counts once in a while wants the exact number, and pays for it once',
);

const counting = (rows: number) =>
  node('Aggregate', { Strategy: 'Plain', rows: 1, cost: rows / 50 }, [
    outer(seqScan('orders', { rows, cost: rows / 60 })),
  ]);
const shape = { countAll: true } as const;
const orders = table('orders', 500_000);

export const countAll: Rule = {
  id: 'count-all',
  title: 'Every row of a large table is counted on every call',
  category: 'statement',
  why:
    'The server keeps no exact number of rows, since each transaction sees another one: it reads ' +
    'the table, or an index of it, from end to end.',
  fix:
    'Show an estimate from the server’s statistics, keep a counter beside the table, or ask ' +
    'only whether there is a next page (LIMIT of one more).',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'counters', 'shape'], actual: ['tables', 'counters', 'shape'] },
  thresholds: { leastRows, leastCalls },
  examples: [
    {
      name: 'on every page of a list',
      finds: true,
      plan: counting(500_000),
      shape,
      stats: { calls: 900, rows: 900 },
      facts: [orders],
    },
    {
      name: 'MySQL: by the smallest index',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', { access: 'index', key: 'a', using_index: true, rows: 500_000 }),
      ),
      shape,
      stats: { calls: 900, rows: 900 },
      facts: [orders],
    },
    {
      name: 'a report, once',
      finds: false,
      plan: counting(500_000),
      shape,
      stats: { calls: 1, rows: 1 },
      facts: [orders],
    },
    {
      name: 'a small table',
      finds: false,
      plan: counting(3_000),
      shape,
      stats: { calls: 900, rows: 900 },
      facts: [table('orders', 3_000)],
    },
    {
      name: 'only some rows are counted',
      finds: false,
      plan: counting(500_000),
      shape: { countAll: true, filtered: true },
      stats: { calls: 900, rows: 900 },
      facts: [orders],
    },
  ],
  check(plan, context) {
    const { shape } = context;
    if (!shape?.countAll || shape.filtered || shape.grouped || shape.joins > 0) return [];
    if (shape.relations.length > 1 || shape.subqueries > 0) return [];
    if (context.stats.calls < leastCalls.value) return [];
    const scans = preorder(plan.root).filter((node) => tableOf(node, context));
    const tables = [...new Set(scans.flatMap((node) => tableOf(node, context) ?? []))];
    const rows = tables.reduce((sum, each) => sum + each.rows, 0);
    const [first] = scans;
    if (!first || rows < leastRows.value) return [];
    const where = tables.length > 1 ? `${tables.length} tables` : describeRelation(first);
    return [
      {
        message: `${where}: about ${count(rows)} rows are counted on every call`,
        fix: tables.length === 1 && tables[0] ? estimateOf(plan, tables[0]) : undefined,
        nodes: [plan.root.id],
        saves: shareBelow(plan.root),
      },
    ];
  },
};

/** The statement that says it without reading the table, in words around it. */
const estimateOf = ({ engine }: Plan, table: TableFacts): string =>
  `Where an estimate is enough: ${sqlOf(engine).estimateRows(table)} Else keep a counter ` +
  'beside the table, or ask only whether there is a next page.';
