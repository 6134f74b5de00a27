import { type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { sqlTable } from '../advice.ts';
import { indexScan, seqScan, table } from '../examples.ts';
import { count, describeRelation, type Rule, tableOf, threshold } from '../rule.ts';
import { shareBelow, shareOf } from '../shares.ts';

const leastDead = threshold(
  0.4,
  'of the rows are dead',
  'autovacuum begins at a fifth: twice that is more than it keeps up with',
);
const leastPages = threshold(
  200,
  'pages',
  'a smaller table is read in a millisecond, however empty its pages are',
);
const leastRows = threshold(
  500,
  'rows found by an index',
  'for fewer the dead ones among them are passed over in no time',
);

const read = seqScan('queue', { filter: '(state = $1)', rows: 40, cost: 9_000 });

export const bloat: Rule = {
  id: 'bloat',
  title: 'A table is full of dead rows',
  category: 'maintenance',
  why:
    'Rows that were deleted or replaced stay until VACUUM, and their pages after it: each read ' +
    'of the table goes through pages that hold little or nothing.',
  fix:
    'VACUUM the table, and let autovacuum come sooner (autovacuum_vacuum_scale_factor); end ' +
    'transactions that stay open. Pages are given back by VACUUM FULL, which keeps everyone out ' +
    'while it runs, or by pg_repack.',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastDead, leastPages, leastRows },
  examples: [
    {
      name: 'most rows are dead',
      finds: true,
      plan: read,
      facts: [table('queue', 20_000, { pages: 5_000, liveRows: 20_000, deadRows: 90_000 })],
    },
    {
      name: 'a range of an index',
      finds: true,
      plan: indexScan('queue', 'queue_at', { condition: '(at > $1)', rows: 7_000, cost: 900 }),
      facts: [table('queue', 20_000, { pages: 5_000, liveRows: 20_000, deadRows: 90_000 })],
    },
    {
      name: 'as many as autovacuum leaves',
      finds: false,
      plan: read,
      facts: [table('queue', 20_000, { pages: 5_000, liveRows: 20_000, deadRows: 4_000 })],
    },
    {
      name: 'a handful of pages',
      finds: false,
      plan: read,
      facts: [table('queue', 90, { pages: 40, liveRows: 90, deadRows: 3_000 })],
    },
    {
      name: 'one row by its key',
      finds: false,
      plan: indexScan('queue', 'queue_pkey', { condition: '(id = $1)', cost: 8 }),
      facts: [table('queue', 20_000, { pages: 5_000, liveRows: 20_000, deadRows: 90_000 })],
    },
  ],
  check(plan, context) {
    const told = new Set<TableFacts>();
    return preorder(plan.root).flatMap((node) => {
      const facts = tableOf(node, context);
      if (!facts || !readsMany(node) || told.has(facts) || facts.pages < leastPages.value)
        return [];
      const { deadRows = 0, liveRows = facts.rows } = facts;
      const dead = deadRows / Math.max(1, deadRows + liveRows);
      if (dead < leastDead.value) return [];
      told.add(facts);
      return [
        {
          message:
            `${describeRelation(node)}: ${count(deadRows)} dead rows beside ${count(liveRows)} ` +
            `alive, on ${count(facts.pages)} pages`,
          fix: `VACUUM (ANALYZE) ${sqlTable(plan, facts)};`,
          nodes: [node.id],
          saves: Math.max(shareOf(node), shareBelow(plan.root) / 2) * dead,
        },
      ];
    });
  },
};

/** Of an index too: dead rows stay in it as long. */
const readsMany = ({ op, est }: PlanNode): boolean =>
  op === 'SeqScan' ||
  op === 'BitmapHeapScan' ||
  ((op === 'IndexScan' || op === 'IndexOnlyScan') && est.rows >= leastRows.value);
