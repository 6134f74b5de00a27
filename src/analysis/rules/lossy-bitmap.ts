import { sqlOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { node, ran, table } from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareOf } from '../shares.ts';
import { bytesOfSetting } from '../work.ts';

const bytesOfPage = threshold(
  64,
  'bytes of work_mem for a page',
  'what PostgreSQL reckons for an entry of a bitmap (tbm_calculate_entries)',
);
const leastLossy = threshold(
  0.3,
  'of the pages',
  'below, few rows are checked again, and checking is cheaper than more memory',
);

const heapScan = (rows: number, keys: object = {}) =>
  node('Bitmap Heap Scan', {
    'Relation Name': 't',
    Schema: 'public',
    'Recheck Cond': '(x = $1)',
    rows,
    cost: 300,
    ...keys,
  });
const measuredScan = (lossy: number) =>
  heapScan(9_000, ran(9_000, { 'Exact Heap Blocks': 100, 'Lossy Heap Blocks': lossy }));
const facts = [table('t', 2_000_000, { pages: 40_000 })];

export const lossyBitmap: Rule = {
  id: 'lossy-bitmap',
  title: 'A bitmap does not fit work_mem and remembers pages instead of rows',
  category: 'configuration',
  follows: ['low-filtered', 'full-scan'],
  why: 'Every row of such a page is read and checked again.',
  fix: 'Raise work_mem for this role, or make the condition more selective.',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables', 'settings'], actual: [] },
  thresholds: { bytesOfPage, leastLossy },
  examples: [
    {
      name: 'more pages than work_mem has room for',
      finds: true,
      plan: heapScan(30_000),
      settings: { work_mem: '256kB' },
      facts,
    },
    {
      name: 'room for all of them',
      finds: false,
      plan: heapScan(30_000),
      settings: { work_mem: '4MB' },
      facts,
    },
    { name: 'measured: lossy blocks', finds: true, plan: measuredScan(4_000) },
    { name: 'measured: exact', finds: false, plan: measuredScan(0) },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) =>
      plan.mode === 'actual' ? measured(node) : reckoned(node, plan, context),
    ),
};

function measured(node: PlanNode): RuleMatch[] {
  const { lossyBlocks = 0, exactBlocks = 0 } = node.act ?? {};
  const all = lossyBlocks + exactBlocks;
  return lossyBlocks <= all * leastLossy.value
    ? []
    : [told(node, lossyBlocks, all, 'are lossy', undefined)];
}

/** Rows of a bitmap are found one or more on each of so many pages. */
function reckoned(node: PlanNode, plan: Plan, context: RuleContext): RuleMatch[] {
  const facts = tableOf(node, context);
  const memory = bytesOfSetting(context.settings?.['work_mem'], 1_024);
  if (node.op !== 'BitmapHeapScan' || !facts || !memory) return [];
  const pages = pagesVisited(node.est.rows, facts.pages);
  const room = memory / bytesOfPage.value;
  const lossy = pages - room;
  if (lossy <= pages * leastLossy.value) return [];
  const wanted = 2 ** Math.ceil(Math.log2((pages * bytesOfPage.value) / 1_024));
  const { user } = context.stats;
  const fix = user ? sqlOf(plan.engine).setForRole?.(user, 'work_mem', `${wanted}kB`) : undefined;
  const but = `have no room in work_mem of ${context.settings?.['work_mem']}`;
  return [told(node, lossy, pages, but, fix)];
}

/** Of `pages`, those that so many rows are on if they are anywhere (Mackert and Lohman). */
const pagesVisited = (rows: number, pages: number): number =>
  pages > 0 ? Math.min(pages, (2 * pages * rows) / (2 * pages + rows)) : 0;

const told = (
  node: PlanNode,
  lossy: number,
  all: number,
  but: string,
  fix: string | undefined,
): RuleMatch => ({
  message: `${describeRelation(node)}: about ${count(lossy)} of ${count(all)} pages ${but}`,
  fix,
  nodes: [node.id],
  saves: (shareOf(node) * lossy) / all / 2,
});
