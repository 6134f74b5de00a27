import { preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { sqlTable } from '../advice.ts';
import { node, table } from '../examples.ts';
import { count, describeRelation, type Rule, tableOf, threshold } from '../rule.ts';
import { shareOf } from '../shares.ts';
import { pagesACall } from '../work.ts';

const mostVisible = threshold(
  0.6,
  'of the pages',
  'above, most rows are still answered by the index alone',
);
const leastRows = threshold(
  500,
  'rows of the scan',
  'for fewer the pages of the table that are looked at are too few to be noticed',
);

const scan = (rows: number) =>
  node('Index Only Scan', {
    'Relation Name': 't',
    Schema: 'public',
    'Index Name': 't_i',
    rows,
    cost: rows,
  });
const seen = (allVisible: number) => [
  table('t', 300_000, {
    allVisible,
    indexes: [{ name: 't_i', unique: false, keys: ['a'], partial: false }],
  }),
];

export const vacuumOverdue: Rule = {
  id: 'vacuum-overdue',
  title: 'An index-only scan has to visit the table, for want of a VACUUM',
  category: 'maintenance',
  why:
    'Only VACUUM marks pages as visible to all; of the others the table has to be asked for ' +
    'every row, and the index that was meant to answer alone does not.',
  fix: 'VACUUM the table; let autovacuum run more often on it (autovacuum_vacuum_scale_factor).',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { mostVisible, leastRows },
  examples: [
    { name: 'no page is marked', finds: true, plan: scan(40_000), facts: seen(0) },
    {
      name: 'all were marked, and rows have died on most pages since',
      finds: true,
      plan: scan(40_000),
      facts: seen(0.97).map((each) => ({ ...each, deadRows: 5_000 })),
    },
    { name: 'nearly all are', finds: false, plan: scan(40_000), facts: seen(0.97) },
    { name: 'a few rows', finds: false, plan: scan(20), facts: seen(0) },
    {
      name: 'the server looked at fewer pages than it found rows',
      finds: false,
      plan: scan(40_000),
      stats: { calls: 10, rows: 400_000, work: { pages: 2_000 } },
      facts: seen(0.4),
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) => {
      const facts = tableOf(node, context);
      if (node.op !== 'IndexOnlyScan' || !facts) return [];
      const allVisible = visibleNow(facts);
      if (
        allVisible === undefined ||
        allVisible > mostVisible.value ||
        node.est.rows < leastRows.value
      )
        return [];
      // Neighbours in the index may be neighbours in the table, whose page is asked once.
      const visited = pagesACall(context);
      if (visited !== undefined && visited < (node.est.rows * (1 - allVisible)) / 50) return [];
      const percent = Math.round(allVisible * 100);
      return [
        {
          message:
            `${describeRelation(node)}: ${percent} % of ${count(facts.pages)} pages are marked ` +
            `as visible to all: ${node.index?.name ?? 'the index'} does not answer alone`,
          fix: `VACUUM ${sqlTable(plan, facts)};`,
          nodes: [node.id],
          saves: shareOf(node) * (1 - allVisible),
        },
      ];
    }),
};

/** What is marked is counted by VACUUM alone: rows that died since were on as many pages. */
function visibleNow({ allVisible, deadRows = 0, pages }: TableFacts): number | undefined {
  if (allVisible === undefined || pages <= 0) return allVisible;
  return Math.min(allVisible, Math.max(0, 1 - deadRows / pages));
}
