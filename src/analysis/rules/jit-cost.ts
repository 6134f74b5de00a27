import { formatMs } from '../../base/quantity.ts';
import { seqScan } from '../examples.ts';
import { type Rule, threshold } from '../rule.ts';

const shortMean = threshold(
  300,
  'ms a call',
  'compiling takes some tens of milliseconds; a statement should run several times as long',
);
const largeShare = threshold(0.25, 'of the time', 'below, it may still have paid off');

export const jitCost: Rule = {
  id: 'jit-cost',
  title: 'A short statement is compiled before it runs',
  why:
    'JIT compilation pays off for statements that run for seconds; on short ones it costs more ' +
    'than it saves, on every call.',
  fix: 'Raise jit_above_cost, or switch jit off for this application’s role.',
  category: 'configuration',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['counters'], actual: [] },
  thresholds: { shortMean, largeShare },
  examples: [
    {
      name: 'short and compiled',
      finds: true,
      plan: seqScan('t', { cost: 200_000 }),
      top: { JIT: { Functions: 12 } },
      stats: { calls: 10, meanMs: 90 },
    },
    {
      name: 'long and compiled',
      finds: false,
      plan: seqScan('t', { cost: 2_000_000 }),
      top: { JIT: { Functions: 12 } },
      stats: { calls: 10, meanMs: 9_000 },
    },
    {
      name: 'not compiled',
      finds: false,
      plan: seqScan('t', { cost: 20 }),
      stats: { calls: 10, meanMs: 1 },
    },
  ],
  check({ totals: { jitFunctions, jitMs, actualMs } }, { stats }) {
    if (!jitFunctions) return [];
    if (jitMs !== undefined && actualMs !== undefined)
      return jitMs < largeShare.value * actualMs
        ? []
        : [
            {
              message: `${formatMs(jitMs)} of ${formatMs(actualMs)} are compilation`,
              nodes: [0],
              saves: jitMs / actualMs,
            },
          ];
    if (stats.calls === 0 || stats.meanMs >= shortMean.value) return [];
    const what =
      `${jitFunctions} functions are compiled for a statement of ` + `${formatMs(stats.meanMs)}`;
    return [{ message: what, nodes: [0], saves: largeShare.value }];
  },
};
