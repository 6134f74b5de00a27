import type { DialectName } from '../model/engine-name.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { MetricName } from './metric.ts';

/** What measures a plan, by whose it is. */
const measuredBy: Record<DialectName, { run: string; pages: string }> = {
  postgres: {
    run: 'EXPLAIN ANALYZE',
    pages: 'EXPLAIN (ANALYZE, BUFFERS) counts them.',
  },
  mysql: { run: 'EXPLAIN ANALYZE', pages: 'this server does not count them in plans.' },
  mariadb: { run: 'ANALYZE', pages: 'this server does not count them in plans.' },
  sqlserver: {
    run: 'SET STATISTICS XML ON',
    pages: 'the actual plan of SQL Server 2016 and later counts them.',
  },
  oracle: {
    run: 'the hint gather_plan_statistics, with ALLSTATS LAST,',
    pages: 'ALLSTATS LAST counts them.',
  },
};

/** Why a plan has nothing to say of a metric; undefined where it has. */
export function whyNot({ root, engine }: Pick<Plan, 'root' | 'engine'>, name: MetricName) {
  const { run, pages } = measuredBy[engine];
  const has = (of: (node: PlanNode) => unknown) => preorder(root).some((node) => of(node));
  if (name === 'cost' && !has(({ derived }) => derived.costShare))
    return 'No costs: this server does not print them in such a plan.';
  if (name === 'time' && root.derived.timeShare === undefined)
    return `No times: the plan was not run. ${run} measures them.`;
  if (name === 'misestimate' && !has(({ derived }) => derived.qError))
    return `No actual rows: the plan was not run. ${run} counts them.`;
  if (name === 'io' && !has(({ io }) => io)) return `No pages: ${pages}`;
  return undefined;
}
