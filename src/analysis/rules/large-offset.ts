import { habitsOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { block, mysqlTable, node, outer, seqScan } from '../examples.ts';
import { count, type Rule, type RuleContext, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, pagesACall, rowsACall } from '../work.ts';

const leastCost = threshold(
  1_000,
  'units of cost',
  'a cheaper result is read in a few milliseconds, whichever page is asked for',
);
const leastRows = threshold(
  1_000,
  'rows read a call',
  'fewer are passed over in a millisecond: the first pages, which most people look at',
);
const leastPages = threshold(
  100,
  'pages read a call',
  'the same where pages are counted: a row passed over may cost one, or share it with fifty',
);
const mostReturned = threshold(0.1, 'of what is read', 'above, most of what is read is shown');

const page = (rows: number, cost: number, result: object) =>
  node('Limit', { rows, cost }, [outer(result)]);
const sorted = node('Sort', { 'Sort Key': ['created_at'], rows: 300_000, cost: 40_000 });
const paged = { limit: true, offset: true };

export const largeOffset: Rule = {
  id: 'large-offset',
  title: 'OFFSET reads rows only to throw them away',
  category: 'statement',
  follows: ['order-by-random'],
  why:
    'Page 500 reads the 499 pages before it, on every call; and rows that come or go in between ' +
    'are shown twice or never.',
  fix:
    'Keyset pagination: remember the key of the last row shown and ask for the rows behind it in ' +
    'the same order, with a unique column at its end, instead of counting past them. Of several ' +
    'columns MySQL and MariaDB want the first one besides, to find it by an index: a <= … AND ' +
    '(a, b) < (…).',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastCost, leastRows, leastPages, mostReturned },
  examples: [
    {
      name: 'pages of a large result',
      finds: true,
      plan: page(50, 4_000, sorted),
      shape: paged,
    },
    {
      name: 'of a value that many have, of which the plan knows nothing',
      finds: true,
      plan: page(50, 4_000, node('Sort', { 'Sort Key': ['at'], rows: 800, cost: 3_000 })),
      shape: paged,
      stats: { calls: 10, rows: 250, work: { pages: 40_000 } },
    },
    {
      name: 'MySQL: thousands of rows are read to return fifty',
      finds: true,
      engine: 'mysql',
      plan: block(mysqlTable('t', { access: 'index', key: 'PRIMARY', rows: 9_000 })),
      shape: paged,
      stats: { calls: 10, rows: 500, work: { rowsExamined: 90_000 } },
    },
    {
      name: 'the server looked at three pages a call: OFFSET 0',
      finds: false,
      plan: page(20, 4_000, sorted),
      shape: paged,
      stats: { calls: 10, rows: 200, work: { pages: 30 } },
    },
    {
      name: 'MySQL: no more rows are read than returned',
      finds: false,
      engine: 'mysql',
      plan: block(mysqlTable('t', { access: 'index', key: 'PRIMARY', rows: 9_000 })),
      shape: paged,
      stats: { calls: 10, rows: 500, work: { rowsExamined: 500 } },
    },
    {
      name: 'limit without offset',
      finds: false,
      plan: page(50, 4_000, sorted),
      shape: { limit: true },
    },
    {
      name: 'a small result',
      finds: false,
      plan: page(5, 4, seqScan('t', { rows: 30, cost: 4 })),
      shape: paged,
    },
  ],
  check(plan, context) {
    if (!context.shape?.offset) return [];
    const limit = preorder(plan.root).find(({ op }) => op === 'Limit');
    const below = limit?.children[0];
    if (habitsOf(plan.engine).planner.showsLimit && !below) return [];
    const what = passedOver(plan, below ?? plan.root, context);
    if (!what) return [];
    const node = limit ?? plan.root;
    return [
      {
        message: `pages through ${what} with OFFSET`,
        nodes: [node.id, ...(below ? [below.id] : [])],
        saves: shareBelow(node) * (1 - mostReturned.value),
      },
    ];
  },
};

/** In words; undefined: little was read, or most of it returned. */
function passedOver(plan: Plan, below: PlanNode, context: RuleContext): string | undefined {
  const returned = rowsACall(context) ?? 0;
  const [pages, examined] = [pagesACall(context), examinedACall(context)];
  const few = (read: number, least: number) => read < least || returned > read * mostReturned.value;
  if (examined !== undefined)
    return few(examined, leastRows.value)
      ? undefined
      : `${count(examined)} rows, of which ${count(returned)} are returned,`;
  if (pages !== undefined && few(pages, leastPages.value)) return undefined;
  const rows = rowsRead(below);
  const tooFew = habitsOf(plan.engine).planner.showsLimit
    ? below.est.totalCost < leastCost.value
    : rows < leastRows.value;
  if (tooFew && pages === undefined) return undefined;
  // Of a value that many have, more is read than the plan's mean says.
  return pages !== undefined && pages > rows
    ? `a result for which a call reads ${count(pages)} pages,`
    : `a result of about ${count(rows)} rows`;
}
