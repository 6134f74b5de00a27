import { dialectOf } from '../../dialects/index.ts';
import { isDegenerate } from '../../model/degenerate.ts';
import { describeDiff, diffPlans } from '../../model/diff.ts';
import type { Plan } from '../../model/plan.ts';
import { indexScan, seqScan } from '../examples.ts';
import { count, type Rule, threshold } from '../rule.ts';

const leastRatio = threshold(
  1.5,
  'times the cost',
  'estimates of equally good plans differ by less than that',
);

const byIndex = indexScan('t', 't_pkey', { condition: '(id = $1)', cost: 8 });

export const planChanged: Rule = {
  id: 'plan-changed',
  title: 'The plan changed and its estimated cost rose',
  why:
    'A new plan after a deployment, an ANALYZE, or a dropped index is the most frequent ' +
    'cause of a ' +
    'sudden slowdown.',
  fix:
    'Compare both plans; look for an index that is gone, statistics that changed, or a new ' +
    'condition.',
  category: 'configuration',
  follows: (
    'full-scan function-on-column implicit-cast low-filtered nested-loop join-buffer ' +
    'temporary-filesort planner-switched-off misestimate bloat stale-statistics never-analyzed ' +
    'correlated-columns vacuum-overdue'
  ).split(' '),
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['previous'], actual: ['previous'] },
  thresholds: { leastRatio },
  examples: [
    {
      name: 'the index is gone',
      finds: true,
      plan: seqScan('t', { filter: '(id = $1)', cost: 9_000 }),
      previous: byIndex,
    },
    {
      name: 'same plan, larger table',
      finds: false,
      plan: seqScan('t', { cost: 9_000 }),
      previous: seqScan('t', { cost: 1_000 }),
    },
    {
      name: 'another plan, cheaper',
      finds: false,
      plan: byIndex,
      previous: seqScan('t', { cost: 1_000 }),
    },
  ],
  check(plan, { previous }) {
    if (!previous || previous.parameters !== plan.parameters || previous.engine !== plan.engine)
      return [];
    if ([previous, plan].some(saysLittle)) return [];
    const diff = diffPlans(previous, plan);
    if (diff.same || diff.costRatio < leastRatio.value) return [];
    const [before, after] = [previous, plan].map(({ totals }) => count(totals.estCost));
    const message = `${describeDiff(diff)}; cost ${before} → ${after}`;
    return [{ message, nodes: [0], saves: 1 - 1 / diff.costRatio }];
  },
};

/**
 * Its sample's values left nothing to plan, or not all of it: the other sample makes the
 * difference.
 */
const saysLittle = ({ root, engine, lossiness }: Plan) =>
  dialectOf(engine).planner.readsWhilePlanning &&
  (isDegenerate(root) || lossiness.includes('degenerate_part'));
