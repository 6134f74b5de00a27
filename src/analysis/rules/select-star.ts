import { preorder } from '../../model/plan.ts';
import { indexScan, node, outer, seqScan } from '../examples.ts';
import { count, type Rule, type RuleContext, tableOf, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { rowBytes, rowsACall } from '../work.ts';

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
  thresholds: { leastWidth, leastBytes, mostSaved },
  examples: [
    {
      name: 'a thousand wide rows',
      finds: true,
      plan: rowsOf(1_000, 2_400),
      shape,
      stats: { calls: 10, rows: 10_000 },
    },
    {
      name: 'narrow rows',
      finds: false,
      plan: rowsOf(1_000, 60),
      shape,
      stats: { calls: 10, rows: 10_000 },
    },
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
    const width = Math.max(plan.root.est.width, widthOf(context, plan));
    if (width < leastWidth.value || rows * width < leastBytes.value * 1_024) return [];
    return [
      {
        message:
          `all columns of about ${count(rows)} rows a call: ${count(width)} bytes a row, ` +
          `${count((rows * width) / 1_024)} KiB`,
        nodes: [0],
        saves:
          shareBelow(plan.root) * Math.min(mostSaved.value, 1 - leastWidth.value / (2 * width)),
      },
    ];
  },
};

/** Of the widest table that is read. */
const widthOf = (context: RuleContext, { root }: { root: Parameters<typeof preorder>[0] }) =>
  Math.max(
    0,
    ...preorder(root).map((node) => {
      const facts = tableOf(node, context);
      return (facts && rowBytes(facts)) ?? 0;
    }),
  );
