import { formatMs } from '../../base/quantity.ts';
import type { Rule } from '../rule.ts';

/**
 * Compiling takes some tens of milliseconds; a statement should run several times as long to be
 * worth it.
 */
const shortMean_ms = 300;
const largeShare = 0.25;

export const jitCost: Rule = {
  id: 'jit-cost',
  title: 'A short statement is compiled before it runs',
  why: 'JIT compilation pays off for statements that run for seconds; on short ones it costs more than it saves, on every call.',
  fix: 'Raise jit_above_cost, or switch jit off for this application’s role.',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    {
      name: 'short and compiled',
      finds: true,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        'Plan Rows': 1,
        'Total Cost': 200_000,
      },
      top: { JIT: { Functions: 12 } },
      stats: { calls: 10, meanMs: 90 },
    },
    {
      name: 'long and compiled',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        'Plan Rows': 1,
        'Total Cost': 2_000_000,
      },
      top: { JIT: { Functions: 12 } },
      stats: { calls: 10, meanMs: 9_000 },
    },
    {
      name: 'not compiled',
      finds: false,
      plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', 'Plan Rows': 1, 'Total Cost': 20 },
      stats: { calls: 10, meanMs: 1 },
    },
  ],
  check({ totals }, { stats }) {
    if (!totals.jitFunctions) return [];
    const measured = totals.jitMs !== undefined && totals.actualMs !== undefined;
    if (
      measured
        ? (totals.jitMs ?? 0) < largeShare * (totals.actualMs ?? 0)
        : stats.calls === 0 || stats.meanMs >= shortMean_ms
    )
      return [];
    const what = measured
      ? `${formatMs(totals.jitMs ?? 0)} of ${formatMs(totals.actualMs ?? 0)} are compilation`
      : `${totals.jitFunctions} functions are compiled for a statement of ${formatMs(stats.meanMs)}`;
    return [{ severity: 'info', message: what, fix: this.fix, nodes: [0] }];
  },
};
