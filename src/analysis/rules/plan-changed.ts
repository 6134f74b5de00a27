import { formatMs } from '../../base/quantity.ts';
import { habitsOf } from '../../dialects/habits.ts';
import { isDegenerate } from '../../model/degenerate.ts';
import { describeDiff, diffPlans } from '../../model/diff.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import { indexScan, ran, seqScan } from '../examples.ts';
import { count, type Rule, threshold } from '../rule.ts';

const leastRatio = threshold(
  1.5,
  'times the cost, or the time where both were measured',
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
      name: 'the table of that name in another schema',
      finds: false,
      plan: { ...seqScan('t', { cost: 9_000 }), Schema: 'tenant_2' },
      previous: { ...byIndex, Schema: 'tenant_1' },
    },
    {
      name: 'another plan, cheaper',
      finds: false,
      plan: byIndex,
      previous: seqScan('t', { cost: 1_000 }),
    },
    {
      name: 'another plan that was expected to be dearer, and is faster',
      finds: false,
      plan: { ...seqScan('t', { cost: 9_000 }), ...ran(10, { 'Actual Total Time': 5 }) },
      previous: { ...byIndex, ...ran(10, { 'Actual Total Time': 50 }) },
    },
    {
      name: 'another plan that was expected to be as cheap, and is slower',
      finds: true,
      plan: { ...seqScan('t', { cost: 8 }), ...ran(10, { 'Actual Total Time': 50 }) },
      previous: { ...byIndex, ...ran(10, { 'Actual Total Time': 5 }) },
    },
  ],
  check(plan, { previous }) {
    if (!previous || previous.parameters !== plan.parameters || previous.engine !== plan.engine)
      return [];
    if ([previous, plan].some(saysLittle) || isElsewhere(previous, plan)) return [];
    const diff = diffPlans(previous, plan);
    const { ratio, figures } = dearness(previous, plan, diff.costRatio);
    if (diff.same || ratio < leastRatio.value) return [];
    return [{ message: `${describeDiff(diff)}; ${figures}`, nodes: [0], saves: 1 - 1 / ratio }];
  },
};

/** From PostgreSQL 18 on, one text over the tables of several schemas is one statement. */
function isElsewhere(before: Plan, after: Plan): boolean {
  const schemaOf = new Map(
    preorder(before.root).flatMap(({ relation }) =>
      relation?.schema === undefined ? [] : [[relation.name, relation.schema]],
    ),
  );
  return preorder(after.root).some(
    ({ relation }) =>
      relation?.schema !== undefined &&
      (schemaOf.get(relation.name) ?? relation.schema) !== relation.schema,
  );
}

/** By times where both were measured: what was expected no longer matters then. */
function dearness(before: Plan, after: Plan, costRatio: number) {
  const [old, now] = [before.totals.actualMs, after.totals.actualMs];
  if (old !== undefined && now !== undefined)
    return {
      ratio: now / Math.max(old, 1e-9),
      figures: `time ${formatMs(old)} → ${formatMs(now)}`,
    };
  const [cheap, dear] = [before, after].map(({ totals }) => count(totals.estCost));
  return { ratio: costRatio, figures: `cost ${cheap} → ${dear}` };
}

/**
 * Its sample's values left nothing to plan, or not all of it: the other sample makes the
 * difference.
 */
const saysLittle = ({ root, engine, lossiness }: Plan) =>
  habitsOf(engine).planner.readsWhilePlanning &&
  (isDegenerate(root) || lossiness.includes('degenerate_part'));
