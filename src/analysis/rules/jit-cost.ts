import { formatMs } from '../../base/quantity.ts';
import { sqlOf } from '../../dialects/habits.ts';
import type { Plan } from '../../model/plan.ts';
import { seqScan } from '../examples.ts';
import { type Rule, type RuleContext, type RuleMatch, threshold } from '../rule.ts';

const shortMean = threshold(
  300,
  'ms a call',
  'compiling takes some tens of milliseconds; a statement should run several times as long',
);
const largeShare = threshold(0.25, 'of the time', 'below, it may still have paid off');

const compiled = { JIT: { Functions: 12 } };

export const jitCost: Rule = {
  id: 'jit-cost',
  title: 'A short statement is compiled before it runs',
  category: 'configuration',
  why:
    'JIT compilation pays off for statements that run for seconds; on short ones it costs more ' +
    'than it saves, on every call.',
  fix: 'Raise jit_above_cost, or switch jit off for this application’s role.',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['counters'], actual: [] },
  thresholds: { shortMean, largeShare },
  examples: [
    {
      name: 'the server counts the time of compiling',
      finds: true,
      plan: seqScan('t', { cost: 200_000 }),
      stats: { calls: 10, totalMs: 900, meanMs: 90, work: { jitMs: 500 } },
    },
    {
      name: 'short and compiled',
      finds: true,
      plan: seqScan('t', { cost: 200_000 }),
      top: compiled,
      stats: { calls: 10, totalMs: 900, meanMs: 90 },
    },
    {
      name: 'compiling is little of it',
      finds: false,
      plan: seqScan('t', { cost: 200_000 }),
      top: compiled,
      stats: { calls: 10, totalMs: 900, meanMs: 90, work: { jitMs: 50 } },
    },
    {
      name: 'long and compiled',
      finds: false,
      plan: seqScan('t', { cost: 2_000_000 }),
      top: compiled,
      stats: { calls: 10, totalMs: 90_000, meanMs: 9_000 },
    },
    {
      name: 'not compiled',
      finds: false,
      plan: seqScan('t', { cost: 20 }),
      stats: { calls: 10, totalMs: 10, meanMs: 1 },
    },
  ],
  check(plan, context) {
    const { jitMs, actualMs } = plan.totals;
    if (jitMs !== undefined && actualMs !== undefined)
      return jitMs < largeShare.value * actualMs
        ? []
        : [compiling(plan, context, jitMs, actualMs, 'of one run')];
    return counted(plan, context);
  },
};

function counted(plan: Plan, context: RuleContext): RuleMatch[] {
  const { calls, totalMs, meanMs, work } = context.stats;
  if (calls === 0) return [];
  // Counted since PostgreSQL 15; before, a plan that is compiled and a short time have to do.
  if (work?.jitMs !== undefined)
    return work.jitMs < largeShare.value * totalMs
      ? []
      : [compiling(plan, context, work.jitMs / calls, totalMs / calls, 'a call')];
  const { jitFunctions } = plan.totals;
  if (!jitFunctions || meanMs >= shortMean.value) return [];
  const what = `${jitFunctions} functions are compiled for a statement of ${formatMs(meanMs)}`;
  return [{ message: what, fix: switchedOff(plan, context), nodes: [0], saves: largeShare.value }];
}

const compiling = (
  plan: Plan,
  context: RuleContext,
  jit_ms: number,
  all_ms: number,
  of: string,
): RuleMatch => ({
  message: `${formatMs(jit_ms)} of ${formatMs(all_ms)} ${of} are compilation`,
  fix: switchedOff(plan, context),
  nodes: [0],
  saves: jit_ms / all_ms,
});

const switchedOff = ({ engine }: Plan, { stats }: RuleContext) =>
  stats.user ? sqlOf(engine).setForRole?.(stats.user, 'jit', 'off') : undefined;
