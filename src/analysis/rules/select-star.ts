import { habitsOf } from '../../dialects/habits.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import { askedOf } from '../conditions.ts';
import { pagesPlanned } from '../evidence.ts';
import { indexScan, inner, node, outer, seqScan, table } from '../examples.ts';
import { sharesOf } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { pagesACall, rowsACall } from '../work.ts';

const leastWidth = threshold(
  400,
  'bytes a row',
  'narrower rows are sent about as fast with all of their columns as with some',
);
const leastBytes = threshold(
  64,
  'KiB a call',
  'less is sent in one breath, and a list to look at has hardly more',
);

const leastRows = threshold(
  10,
  'rows a call',
  'the one that is opened is shown with all it has, and its neighbours with it',
);
const leastApart = threshold(
  2,
  'pages a row besides its own',
  'a value that is stored apart takes two or more: of its index and of itself',
);
const mostSaved = threshold(0.6, 'of the work', 'the rows have to be found all the same');

const rowsOf = (rows: number, width: number) =>
  seqScan('documents', { rows, cost: rows, 'Plan Width': width });
const shape = { selectStar: true } as const;

export const selectStar: Rule = {
  id: 'select-star',
  title: 'All columns of wide rows are asked for',
  category: 'statement',
  follows: ['full-scan'],
  why:
    'Long values are stored apart, fetched and unpacked one by one, sorted along and sent: a ' +
    'list that shows three columns pays for all. An index can answer alone only for some.',
  fix: 'Name the columns that are used; fetch the long ones for the one row that is opened.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['counters', 'shape'], actual: ['counters', 'shape'] },
  thresholds: { leastWidth, leastBytes, leastRows, leastApart, mostSaved },
  examples: [
    {
      name: 'a thousand wide rows',
      finds: true,
      plan: rowsOf(1_000, 2_400),
      shape,
      stats: { calls: 10, rows: 10_000 },
    },
    {
      name: 'values that are stored apart',
      finds: true,
      plan: rowsOf(40, 90),
      shape,
      stats: { calls: 10, rows: 400, work: { pages: 3_000 } },
      facts: [table('documents', 700, { pages: 10 })],
    },
    ...[
      { name: 'each of a list of keys is looked up from the root of the index', pages: 2_400 },
      { name: 'each of a list finds two rows, which nobody counted', pages: 1_500 },
    ].map(({ name, pages }) => ({
      name,
      finds: false,
      plan: node('Index Scan', {
        'Relation Name': 'documents',
        'Index Name': 'documents_pkey',
        'Index Cond': '(id = ANY (ARRAY[$1, $2]))',
        rows: 2,
        cost: 16,
        'Plan Width': 90,
      }),
      shape,
      stats: { calls: 10, rows: 600, work: { pages } },
      facts: [table('documents', 70_000, { pages: 1_000 })],
    })),
    {
      name: 'values that are stored apart, of a list of keys',
      finds: true,
      plan: indexScan('documents', 'documents_pkey', {
        condition: '(id = ANY (ARRAY[$1, $2]))',
        cost: 16,
        'Plan Width': 90,
      }),
      shape,
      stats: { calls: 10, rows: 600, work: { pages: 4_000 } },
      facts: [table('documents', 70_000, { pages: 1_000 })],
    },
    {
      name: 'ten times as many rows are joined as were expected',
      finds: false,
      plan: node('Nested Loop', { rows: 4, cost: 40, 'Join Type': 'Inner', 'Plan Width': 90 }, [
        outer(indexScan('owners', 'owners_pkey', { condition: '(team = $1)', rows: 4, cost: 8 })),
        inner(
          indexScan('documents', 'documents_pkey', {
            condition: '(id = owners.document)',
            cost: 8,
          }),
        ),
      ]),
      shape,
      stats: { calls: 10, rows: 400, work: { pages: 2_000 } },
      facts: [
        table('documents', 70_000, { pages: 1_000 }),
        table('owners', 70_000, { pages: 1_000 }),
      ],
    },
    ...(
      [
        [3_200, false],
        [14_000, true],
      ] as const
    ).map(([pages, finds]) => ({
      name: `each of three processes reads a table of its own: ${pages} pages in ten calls`,
      finds,
      plan: node('Gather', { rows: 40, 'Workers Planned': 2 }, [
        outer(
          node('Hash Join', { 'Join Type': 'Inner', 'Hash Cond': '(d.id = documents.id)' }, [
            outer({ ...seqScan('d', { rows: 16 }), 'Parallel Aware': true }),
            inner(node('Hash', { rows: 40 }, [outer(rowsOf(40, 90))])),
          ]),
        ),
      ]),
      shape,
      stats: { calls: 10, rows: 400, work: { pages } },
      facts: [table('documents', 700, { pages: 100 }), table('d', 700, { pages: 20 })],
    })),
    {
      name: 'narrow rows',
      finds: false,
      plan: rowsOf(1_000, 60),
      shape,
      stats: { calls: 10, rows: 10_000 },
    },
    ...[2_000, 50].map((pages) => ({
      name: `wide rows as the planner guesses a text that nobody fills: ${pages} pages hold 2,000`,
      finds: pages === 2_000,
      plan: rowsOf(1_000, 2_400),
      shape,
      stats: { calls: 10, rows: 10_000 },
      facts: [table('documents', 2_000, { pages })],
    })),
    {
      name: 'one row by its key',
      finds: false,
      plan: indexScan('documents', 'documents_pkey', {
        condition: '(id = $1)',
        cost: 8,
        'Plan Width': 2_400,
      }),
      shape,
      stats: { calls: 10, rows: 10 },
    },
    {
      name: 'columns are named',
      finds: false,
      plan: node('Sort', { rows: 1_000, cost: 90, 'Plan Width': 2_400 }, [
        outer(rowsOf(1_000, 2_400)),
      ]),
      shape: {},
      stats: { calls: 10, rows: 10_000 },
    },
  ],
  check(plan, context) {
    if (!context.shape?.selectStar || context.shape.kind !== 'select') return [];
    const rows = rowsACall(context) ?? 0;
    const widest = widestOf(plan, context);
    const aside = apartOf(plan, context, rows);
    const wide =
      widest.bytes >= leastWidth.value && rows * widest.bytes >= leastBytes.value * 1_024;
    if (!wide && (rows < leastRows.value || aside < leastApart.value)) return [];
    const what =
      aside >= leastApart.value
        ? `${count(aside)} pages a row besides the row’s own, of values stored apart`
        : `${count(widest.bytes)} bytes a row`;
    return [
      {
        message: `${widest.name}all columns of about ${count(rows)} rows a call: ${what}`,
        nodes: [0],
        saves: shareBelow(plan.root) * mostSaved.value,
      },
    ];
  },
};

/** Pages a row that the plan does not explain: long values are kept in a table of their own. */
function apartOf(plan: Plan, context: RuleContext, rows: number): number {
  const pages = pagesACall(context);
  const planned = pages === undefined ? undefined : pagesPlanned(plan, context);
  if (!planned || rows <= 0) return 0;
  // What finds more rows than the plan expects goes to as many more pages for them.
  const expected = rows / Math.max(1, plan.root.est.rows);
  const more = Math.max(expected, context.shape?.limit ? mostMore(plan, context) : 1);
  return Number.isFinite(more) ? ((pages ?? 0) - planned.whole - planned.found * more) / rows : 0;
}

/**
 * Of what a LIMIT leaves out nobody counts the rows: of the commonest value there are so many times
 * more than of the mean; of a range nobody knows.
 */
const mostMore = ({ root }: Plan, context: RuleContext): number =>
  preorder(root).reduce((most, node) => {
    const facts = tableOf(node, context);
    const { index, recheck } = node.predicates;
    const sought = facts ? askedOf(node, [...index, ...recheck], facts) : undefined;
    if (!facts || !sought) return most;
    const times = sought.conditions.map((each) => {
      const shares = each.kind === 'equal' ? sharesOf(each, facts) : undefined;
      return shares ? shares.most / shares.mean : Number.POSITIVE_INFINITY;
    });
    return Math.max(
      most,
      times.reduce((all, each) => all * each, 1),
    );
  }, 1);

/**
 * The widest table that is read, by all its pages for its rows. Where the plan says a width it is
 * what all of them have, if the tables are as wide: of a column without values it is a guess.
 */
function widestOf(plan: Plan, context: RuleContext): { name: string; bytes: number } {
  const { showsWidth, pageBytes } = habitsOf(plan.engine).planner;
  const nodes = preorder(plan.root).filter(({ relation }) => relation);
  const read = nodes.flatMap((node) => {
    const facts = tableOf(node, context);
    if (!facts) return [];
    const bytes = (facts.pages * pageBytes) / Math.max(1, facts.rows);
    return [{ name: `${describeRelation(node)}: `, bytes }];
  });
  const [widest = { name: '', bytes: 0 }] = read.toSorted((a, b) => b.bytes - a.bytes);
  if (!showsWidth) return widest;
  const known = read.length === nodes.length && read.every(({ bytes }) => bytes > 0);
  const held = read.reduce((all, { bytes }) => all + bytes, 0);
  const [first] = read;
  const { width } = plan.root.est;
  return { name: first?.name ?? '', bytes: known && first ? Math.min(width, held) : width };
}
