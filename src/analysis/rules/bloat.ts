import { dialectOf } from '../../dialects/index.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { sqlTable } from '../advice.ts';
import { indexScan, seqScan, table } from '../examples.ts';
import { count, describeRelation, type Rule, tableOf, threshold } from '../rule.ts';
import { shareBelow, shareOf } from '../shares.ts';
import { rowBytes } from '../work.ts';

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
const leastGrown = threshold(
  3,
  'times the pages that the rows need',
  'pages are never full, and the width of rows is known from a sample',
);
const bytesOfHeader = threshold(
  32,
  'bytes of a row beside its columns',
  'a header of 23, padding, and a pointer of 4 in the page',
);

const read = seqScan('queue', { filter: '(state = $1)', rows: 40, cost: 9_000 });
const columns = [{ name: 'state', type: 'text', width: 60 }];

export const bloat: Rule = {
  id: 'bloat',
  title: 'A table has far more pages than its rows need',
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
  thresholds: { leastDead, leastPages, leastGrown, bytesOfHeader },
  examples: [
    {
      name: 'most rows are dead',
      finds: true,
      plan: read,
      facts: [table('queue', 20_000, { pages: 5_000, liveRows: 20_000, deadRows: 90_000 })],
    },
    {
      name: 'vacuumed, and the pages are still there',
      finds: true,
      plan: read,
      facts: [table('queue', 20_000, { pages: 5_000, liveRows: 20_000, deadRows: 0, columns })],
    },
    {
      name: 'as many pages as rows need',
      finds: false,
      plan: read,
      facts: [table('queue', 20_000, { pages: 260, liveRows: 20_000, deadRows: 900, columns })],
    },
    {
      name: 'a handful of pages',
      finds: false,
      plan: read,
      facts: [table('queue', 90, { pages: 40, liveRows: 90, deadRows: 3_000, columns })],
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
      const reads = node.op === 'SeqScan' || node.op === 'BitmapHeapScan';
      if (!facts || !reads || told.has(facts) || facts.pages < leastPages.value) return [];
      const { empty, why, whole } = emptiness(plan, facts);
      if (!why) return [];
      told.add(facts);
      return [
        {
          message: `${describeRelation(node)}: ${why}`,
          fix: whole ? undefined : `VACUUM (ANALYZE) ${sqlTable(plan, facts)};`,
          nodes: [node.id],
          saves: Math.max(shareOf(node), shareBelow(plan.root) / 2) * empty,
        },
      ];
    });
  },
};

interface Emptiness {
  /** Share of the pages that is not needed. */
  empty: number;
  why?: string;
  /** Only a table that is written anew is smaller. */
  whole?: boolean;
}

function emptiness({ engine }: Plan, facts: TableFacts): Emptiness {
  const { deadRows = 0, liveRows = facts.rows, pages } = facts;
  const dead = deadRows / Math.max(1, deadRows + liveRows);
  const bytes = rowBytes(facts);
  const needed =
    bytes === undefined
      ? undefined
      : Math.max(
          1,
          (liveRows * (bytes + bytesOfHeader.value)) / dialectOf(engine).planner.pageBytes,
        );
  if (needed !== undefined && pages >= needed * leastGrown.value)
    return {
      empty: 1 - needed / pages,
      why: `${count(pages)} pages, where ${count(liveRows)} rows need about ${count(needed)}`,
      whole: dead < leastDead.value,
    };
  if (dead < leastDead.value) return { empty: 0 };
  return { empty: dead, why: `${count(deadRows)} dead rows beside ${count(liveRows)} alive` };
}
