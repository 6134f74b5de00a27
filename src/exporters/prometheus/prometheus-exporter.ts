import type { Metrics } from '../../base/metrics.ts';
import { isExplained, type PlanBatch } from '../../model/batch.ts';
import type { Exporter } from '../exporter.ts';

/**
 * Batches → `dbintel_*`. Labels are the target's name and words of closed sets; never a text,
 * fingerprint or hash.
 */
export interface PrometheusExporter extends Exporter {
  /** A target that is gone takes its series along. */
  forget(target: { namespace: string; name: string }): void;
}

const target = ['namespace', 'target'] as const;

export function createPrometheusExporter(metrics: Metrics): PrometheusExporter {
  const cycles = metrics.counter('dbintel_cycles_total', 'Collection cycles by outcome and code.', [
    ...target,
    'outcome',
    'code',
  ]);
  const explains = metrics.counter(
    'dbintel_statements_total',
    'Selected statements by result: explained, or the code why not.',
    [...target, 'result'],
  );
  const explainSeconds = metrics.histogram(
    'dbintel_explain_seconds',
    'Time an EXPLAIN took, as we waited for it.',
    [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  const cycleSeconds = metrics.histogram(
    'dbintel_cycle_seconds',
    'Duration of a cycle.',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  );
  const databaseSeconds = metrics.counter(
    'dbintel_database_time_seconds_total',
    'Time our own statements took on the server.',
    [...target],
  );
  const coverage = metrics.gauge(
    'dbintel_coverage_ratio',
    'Share of the last interval’s database time whose statement has a current plan (kind=explained), a plan or a reason (kind=reason), or could not be compared (kind=unknown).',
    [...target, 'kind'],
  );
  const circuit = metrics.gauge('dbintel_circuit_open', '1 while the circuit breaker is open.', [
    ...target,
  ]);
  const timeout = metrics.gauge(
    'dbintel_statement_timeout_seconds',
    'The statement timeout, as adapted.',
    [...target],
  );
  const lastCycle = metrics.gauge(
    'dbintel_last_cycle_timestamp_seconds',
    'When the last cycle began.',
    [...target],
  );
  const findings = metrics.counter('dbintel_findings_total', 'Findings seen in plans, by rule.', [
    ...target,
    'rule',
  ]);
  const names = new Map<object, string>(
    Object.entries({
      cycles,
      explains,
      databaseSeconds,
      coverage,
      circuit,
      timeout,
      lastCycle,
      findings,
    }).map(([name, metric]) => [metric, name]),
  );
  /** Per target, every series it has: removed together when the target goes. */
  const series = new Map<string, Map<string, () => void>>();

  function count(batch: PlanBatch): void {
    const { cycle, queries } = batch;
    const labels = { namespace: batch.target.namespace, target: batch.target.name };
    const forget =
      series.get(`${labels.namespace}/${labels.target}`) ?? new Map<string, () => void>();
    series.set(`${labels.namespace}/${labels.target}`, forget);
    const { outcome } = cycle;
    const code =
      outcome.kind === 'failed' ? outcome.error : 'reason' in outcome ? outcome.reason : '';
    const inc = (counter: typeof cycles, more: Record<string, string>, by = 1) => {
      counter.inc({ ...labels, ...more }, by);
      forget.set(`${names.get(counter)} ${Object.values(more).join(' ')}`, () =>
        counter.remove({ ...labels, ...more }),
      );
    };
    const set = (gauge: typeof circuit, value: number, more: Record<string, string> = {}) => {
      gauge.set(value, { ...labels, ...more });
      forget.set(`${names.get(gauge)} ${Object.values(more).join(' ')}`, () =>
        gauge.remove({ ...labels, ...more }),
      );
    };
    inc(cycles, { outcome: outcome.kind, code });
    inc(databaseSeconds, {}, cycle.databaseMs / 1_000);
    cycleSeconds.observe(cycle.durationMs / 1_000);
    set(lastCycle, cycle.startedAt / 1_000);
    set(circuit, cycle.safety.circuit === 'open' ? 1 : 0);
    set(timeout, cycle.safety.statementTimeoutMs / 1_000);
    if (cycle.coverage) {
      set(coverage, cycle.coverage.explained, { kind: 'explained' });
      set(coverage, cycle.coverage.accountedFor, { kind: 'reason' });
      set(coverage, cycle.coverage.unknown ?? 0, { kind: 'unknown' });
    }
    for (const query of queries) {
      inc(explains, {
        result: query.result.kind === 'refused' ? query.result.code : 'explained',
      });
      if (!isExplained(query)) continue;
      explainSeconds.observe(query.result.explainMs / 1_000);
      for (const { rule } of query.result.findings) inc(findings, { rule });
    }
  }
  return {
    name: 'prometheus',
    export: async (batch) => count(batch),
    flush: async () => undefined,
    close: async () => undefined,
    forget: ({ namespace, name }) => {
      for (const remove of series.get(`${namespace}/${name}`)?.values() ?? []) remove();
      series.delete(`${namespace}/${name}`);
    },
  };
}
