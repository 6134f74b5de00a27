import { sqlOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { pagesPlanned } from '../evidence.ts';
import { seqScan, table } from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { pagesACall } from '../work.ts';

const leastModified = threshold(
  0.3,
  'of the rows',
  'autovacuum analyses at a tenth: three times that is not chance but a cause',
);
const leastChanges = threshold(
  1_000,
  'rows written',
  'statistics of a table that grows by a few rows are as good as new ones',
);
const leastGrowth = threshold(
  2,
  'times the rows',
  'what the server counts besides is itself an estimate, within some ten percent',
);

const leastMore = threshold(
  2,
  'times the pages that the plan touches at most',
  'less may be the height of an index, or a page that is looked at twice',
);

const read = seqScan('t', { filter: '(status = $1)', rows: 40, cost: 900 });

export const staleStatistics: Rule = {
  id: 'stale-statistics',
  title: 'The statistics of a table are older than most of its rows',
  category: 'estimate',
  follows: ['never-analyzed', 'bloat'],
  why:
    'The planner expects what was there when the table was last analysed: rows that came since ' +
    'it does not know of, and chooses indexes and joins without them.',
  fix:
    'ANALYZE the table; after a load as its last step; for a table that changes fast with a ' +
    'lower autovacuum_analyze_scale_factor.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastModified, leastChanges, leastGrowth, leastMore },
  examples: [
    {
      name: 'most rows were written since',
      finds: true,
      plan: read,
      facts: [table('t', 50_000, { modifiedSinceAnalyze: 40_000 })],
    },
    {
      name: 'ten times as many rows as the statistics say',
      finds: true,
      plan: read,
      facts: [table('t', 5_000, { liveRows: 50_000 })],
    },
    {
      name: 'the server looked at no more than the plan says: loaded and analysed at once',
      finds: false,
      plan: read,
      stats: { calls: 10, rows: 400, work: { pages: 9_000 } },
      facts: [table('t', 50_000, { modifiedSinceAnalyze: 50_000, pages: 900 })],
    },
    {
      name: 'loaded and analysed in one transaction: all are counted, none came since',
      finds: false,
      plan: read,
      facts: [
        table('t', 90_000, {
          modifiedSinceAnalyze: 90_000,
          liveRows: 90_000,
          writes: { inserted: 90_000, updated: 20, deleted: 0 },
        }),
      ],
    },
    {
      name: 'updated since, with as many rows as before',
      finds: true,
      plan: read,
      facts: [
        table('t', 90_000, {
          modifiedSinceAnalyze: 80_000,
          liveRows: 90_000,
          writes: { inserted: 90_000, updated: 80_000, deleted: 0 },
        }),
      ],
    },
    {
      name: 'a few percent changed',
      finds: false,
      plan: read,
      facts: [table('t', 50_000, { modifiedSinceAnalyze: 2_500, liveRows: 52_000 })],
    },
    {
      name: 'a small table that changes all the time',
      finds: false,
      plan: read,
      facts: [table('t', 300, { modifiedSinceAnalyze: 600 })],
    },
  ],
  check: (plan, context) =>
    staleTables(plan, context).map(({ node, facts, why }) => ({
      message: `${describeRelation(node)}: ${why}`,
      fix: sqlOf(plan.engine).analyzeTable(facts),
      nodes: [node.id],
      saves: shareBelow(plan.root) * Math.min(1, shareChanged(facts)),
    })),
};

/** Each once, with what has changed, in words. */
export function staleTables(
  plan: Plan,
  context: RuleContext,
): { node: PlanNode; facts: TableFacts; why: string }[] {
  const told = new Set<TableFacts>();
  const stale = preorder(plan.root).flatMap((node) => {
    const facts = tableOf(node, context);
    if (!facts || facts.neverAnalyzed || node.op === 'Modify' || told.has(facts)) return [];
    const why = changed(facts);
    if (!why) return [];
    told.add(facts);
    return [{ node, facts, why }];
  });
  return stale.length > 0 && isHarmless(plan, context) ? [] : stale;
}

/**
 * What was loaded and analysed in one transaction counts as written since. Where the server looked
 * at no more than the plan says, nothing came of it either way.
 */
function isHarmless(plan: Plan, context: RuleContext): boolean {
  const pages = pagesACall(context);
  const planned = pages === undefined ? undefined : pagesPlanned(plan, context);
  return (
    pages !== undefined &&
    planned !== undefined &&
    pages <= planned.whole + planned.found * leastMore.value
  );
}

/**
 * Rows written since, at most as many as there can have been: what was only inserted shows in the
 * number of rows. A table that was loaded and analysed in one transaction counts all of them.
 */
function writtenSince({ rows, liveRows, writes, modifiedSinceAnalyze }: TableFacts): number {
  if (!writes || liveRows === undefined) return modifiedSinceAnalyze;
  const possible = writes.updated + writes.deleted + Math.abs(liveRows - rows);
  return Math.min(modifiedSinceAnalyze, possible);
}

/** In words; undefined: as good as new. */
function changed(facts: TableFacts): string | undefined {
  const { rows, liveRows } = facts;
  const written = writtenSince(facts);
  const known = Math.max(rows, liveRows ?? 0, 1);
  if (written >= Math.max(leastChanges.value, known * leastModified.value))
    return `${count(written)} rows written since it was analysed, of ${count(known)}`;
  if (liveRows === undefined || Math.abs(liveRows - rows) < leastChanges.value) return undefined;
  const [least, most] = [Math.min(rows, liveRows), Math.max(rows, liveRows)];
  return most >= Math.max(1, least) * leastGrowth.value
    ? `its statistics say ${count(rows)} rows, the server counts ${count(liveRows)}`
    : undefined;
}

const shareChanged = (facts: TableFacts): number => {
  const { rows, liveRows = rows } = facts;
  return Math.max(writtenSince(facts), Math.abs(liveRows - rows)) / Math.max(1, rows, liveRows);
};
