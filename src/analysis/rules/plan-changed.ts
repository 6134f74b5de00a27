import { dialectOf } from '../../dialects/index.ts';
import { isDegenerate } from '../../model/degenerate.ts';
import { describeDiff, diffPlans } from '../../model/diff.ts';
import type { Plan } from '../../model/plan.ts';
import { count, type Rule } from '../rule.ts';

const leastRatio = 1.5;

export const planChanged: Rule = {
  id: 'plan-changed',
  title: 'Plan changed and its estimated cost rose',
  why: 'A new plan after a deployment, an ANALYZE, or a dropped index is the most frequent cause of a sudden slowdown.',
  fix: 'Compare both plans; look for an index that is gone, statistics that changed, or a new condition.',
  engines: { postgres: true, mysql: true, mariadb: true },
  examples: [
    {
      name: 'the index is gone',
      finds: true,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Alias: 't',
        Filter: '(id = $1)',
        'Plan Rows': 1,
        'Total Cost': 9_000,
      },
      previous: {
        'Node Type': 'Index Scan',
        'Relation Name': 't',
        Alias: 't',
        'Index Name': 't_pkey',
        'Index Cond': '(id = $1)',
        'Plan Rows': 1,
        'Total Cost': 8,
      },
    },
    {
      name: 'same plan, larger table',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Alias: 't',
        'Plan Rows': 1,
        'Total Cost': 9_000,
      },
      previous: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Alias: 't',
        'Plan Rows': 1,
        'Total Cost': 1_000,
      },
    },
    {
      name: 'another plan, cheaper',
      finds: false,
      plan: {
        'Node Type': 'Index Scan',
        'Relation Name': 't',
        Alias: 't',
        'Index Name': 't_pkey',
        'Index Cond': '(id = $1)',
        'Plan Rows': 1,
        'Total Cost': 8,
      },
      previous: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Alias: 't',
        'Plan Rows': 1,
        'Total Cost': 1_000,
      },
    },
  ],
  check(plan, { previous }) {
    if (!previous || previous.parameters !== plan.parameters || [previous, plan].some(saysLittle))
      return [];
    const diff = diffPlans(previous, plan);
    if (diff.same || diff.costRatio < leastRatio) return [];
    return [
      {
        severity: 'critical',
        message: `${describeDiff(diff)}; cost ${count(previous.totals.estCost)} → ${count(plan.totals.estCost)}`,
        fix: this.fix,
        nodes: [0],
      },
    ];
  },
};

/**
 * Its sample's values left nothing to plan, or not all of it: the other sample makes the
 * difference.
 */
const saysLittle = ({ root, engine, lossiness }: Plan) =>
  dialectOf(engine).planner.readsWhilePlanning &&
  (isDegenerate(root) || lossiness.includes('degenerate_part'));
