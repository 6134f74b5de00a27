import type { Metrics } from '../../base/metrics.ts';

const target = ['namespace', 'target'] as const;

/**
 * What `/metrics` has of cycles and plans. Labels are the target's name and words of closed sets;
 * never a text, fingerprint or hash.
 */
export const openMeters = (metrics: Metrics) => ({
  cycles: metrics.counter('dbintel_cycles_total', 'Collection cycles by outcome and code.', [
    ...target,
    'outcome',
    'code',
  ]),
  statements: metrics.counter(
    'dbintel_statements_total',
    'Selected statements by result: explained, or the code why not.',
    [...target, 'result'],
  ),
  findings: metrics.counter('dbintel_findings_total', 'Findings seen in plans, by rule.', [
    ...target,
    'rule',
  ]),
  databaseSeconds: metrics.counter(
    'dbintel_database_time_seconds_total',
    'Time our own statements took on the server.',
    target,
  ),
  explainSeconds: metrics.histogram(
    'dbintel_explain_seconds',
    'Time an EXPLAIN took, as we waited for it.',
    [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5],
  ),
  cycleSeconds: metrics.histogram(
    'dbintel_cycle_seconds',
    'Duration of a cycle.',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  ),
  coverage: metrics.gauge(
    'dbintel_coverage_ratio',
    'Share of the last interval’s database time whose statement has a current plan ' +
      '(kind=explained), a plan or a reason (kind=reason), or could not be compared ' +
      '(kind=unknown).',
    [...target, 'kind'],
  ),
  circuit: metrics.gauge('dbintel_circuit_open', '1 while the circuit breaker is open.', target),
  timeout: metrics.gauge(
    'dbintel_statement_timeout_seconds',
    'The statement timeout, as adapted.',
    target,
  ),
  lastCycle: metrics.gauge(
    'dbintel_last_cycle_timestamp_seconds',
    'When the last cycle began.',
    target,
  ),
});

export type Meters = ReturnType<typeof openMeters>;
