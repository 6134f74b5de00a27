import type { Metrics } from '../base/metrics.ts';
import type { AdviceRun } from '../model/proposal.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/** What `/metrics` has of advice: of each target's latest run. Labels are its name alone. */
export function createAdviceMeters(metrics: Metrics) {
  const labels = ['namespace', 'target'];
  const open = metrics.gauge(
    'dbintel_advice_open',
    'Proposals of the latest run that nobody had decided on.',
    labels,
  );
  const agreement = metrics.gauge(
    'dbintel_advice_agreement_ratio',
    'Share of statements whose plan in the what-if planner was the one that the server had.',
    labels,
  );
  const gap = metrics.gauge(
    'dbintel_advice_gap_ratio',
    'How much cheaper than the chosen set another could be, at most; 0 is a proof.',
    labels,
  );
  const seconds = metrics.histogram(
    'dbintel_advice_planner_seconds',
    'Duration of a run of the advisor.',
    [1, 2.5, 5, 10, 30, 60, 120, 300, 900],
  );
  return {
    ran({ namespace, name }: Target, run: AdviceRun, took_s: number): void {
      const of = { namespace, target: name };
      seconds.observe(took_s);
      open.set(run.proposals.length, of);
      if (run.agreement && run.agreement.compared > 0)
        agreement.set(run.agreement.agreed / run.agreement.compared, of);
      if (run.selection) gap.set(run.selection.gap, of);
    },
    forget({ namespace, name }: Pick<Target, 'namespace' | 'name'>): void {
      for (const gauge of [open, agreement, gap]) gauge.remove({ namespace, target: name });
    },
  };
}
