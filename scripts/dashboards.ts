/**
 * Grafana dashboards as code: what is drawn, from which query. helm/dbintel/files/dashboards/ is
 * made from it.
 */
type Unit = 'short' | 's' | 'percentunit' | 'bytes' | 'ops';
interface PanelSpec {
  title: string;
  queries: [expr: string, legend: string][];
  unit?: Unit;
  kind?: 'timeseries' | 'stat' | 'table';
  width?: number;
}

const source = { type: 'prometheus', uid: '${source}' };

function panel(
  { title, queries, unit = 'short', kind = 'timeseries', width = 12 }: PanelSpec,
  id: number,
  at: { x: number; y: number },
) {
  return {
    id,
    title,
    type: kind,
    datasource: source,
    gridPos: { h: kind === 'stat' ? 4 : 8, w: width, ...at },
    fieldConfig: {
      defaults: {
        unit,
        ...(kind === 'timeseries' ? { custom: { fillOpacity: 10, showPoints: 'never' } } : {}),
      },
      overrides: [],
    },
    options:
      kind === 'timeseries'
        ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } }
        : {},
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: source,
      expr,
      legendFormat,
      ...(kind === 'timeseries'
        ? {}
        : { instant: true, format: kind === 'table' ? 'table' : 'time_series' }),
    })),
  };
}

/** Panels from left to right, 24 columns a row. */
function layOut(specs: readonly PanelSpec[]) {
  let [x, y, rowHeight] = [0, 0, 0];
  return specs.map((spec, i) => {
    const width = spec.width ?? 12;
    if (x + width > 24) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const made = panel(spec, i + 1, { x, y });
    x += width;
    rowHeight = Math.max(rowHeight, made.gridPos.h);
    return made;
  });
}

function dashboard(
  uid: string,
  title: string,
  variables: object[],
  specs: readonly PanelSpec[],
): string {
  const templating = {
    list: [
      { name: 'source', type: 'datasource', query: 'prometheus', label: 'Data source' },
      ...variables,
    ],
  };
  const made = {
    uid,
    title,
    tags: ['dbintel'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating,
    panels: layOut(specs),
  };
  return `${JSON.stringify(made, null, 1)}\n`;
}

const stat = (title: string, expr: string, unit: Unit = 'short'): PanelSpec => ({
  title,
  queries: [[expr, '']],
  kind: 'stat',
  width: 4,
  unit,
});

export const fleetDashboard = () =>
  dashboard(
    'dbintel-fleet',
    'dbintel: the fleet',
    [],
    [
      stat('Targets', 'max(dbintel_known_targets)'),
      stat('Replicas', 'max(dbintel_ownership_sessions)'),
      stat('Without an owner', 'max(dbintel_ownership_orphaned_targets)'),
      stat('Circuits open', 'sum(dbintel_circuit_open)'),
      stat('Stops in force', 'max(dbintel_stops)'),
      stat(
        'Median coverage',
        'quantile(0.5, max by (namespace, target) (dbintel_coverage_ratio{kind="explained"}))',
        'percentunit',
      ),
      {
        title: 'Cycles by outcome',
        queries: [['sum by (outcome) (rate(dbintel_cycles_total[5m]))', '{{outcome}}']],
        unit: 'ops',
      },
      {
        title: 'Why cycles did not collect',
        queries: [['sum by (code) (rate(dbintel_cycles_total{code!=""}[5m]))', '{{code}}']],
        unit: 'ops',
      },
      {
        title: 'Statements: plans, and reasons why not',
        queries: [['sum by (result) (rate(dbintel_statements_total[5m]))', '{{result}}']],
        unit: 'ops',
      },
      {
        title: 'Findings by rule',
        queries: [['sum by (rule) (increase(dbintel_findings_total[1h]))', '{{rule}}']],
      },
      {
        title: 'EXPLAIN',
        queries: [
          [
            'histogram_quantile(0.5, sum by (le) (rate(dbintel_explain_seconds_bucket[5m])))',
            'p50',
          ],
          [
            'histogram_quantile(0.99, sum by (le) (rate(dbintel_explain_seconds_bucket[5m])))',
            'p99',
          ],
        ],
        unit: 's',
      },
      {
        title: 'Database time of our own statements',
        queries: [
          ['sum(rate(dbintel_database_time_seconds_total[5m]))', 'seconds a second, all servers'],
        ],
        unit: 's',
      },
      { title: 'Load of the replicas', queries: [['dbintel_ownership_load', '{{pod}}']] },
      { title: 'Shards of the replicas', queries: [['dbintel_ownership_shards', '{{pod}}']] },
      {
        title: 'Moves of shards',
        queries: [['sum by (kind) (rate(dbintel_ownership_moves_total[5m]))', '{{kind}}']],
        unit: 'ops',
      },
      {
        title: 'Status writes',
        queries: [['sum by (kind) (rate(dbintel_status_writes_total[5m]))', '{{kind}}']],
        unit: 'ops',
      },
      { title: 'Most overdue cycle', queries: [['dbintel_due_lag_seconds', '{{pod}}']], unit: 's' },
      {
        title: 'Since the API server was heard',
        queries: [['dbintel_watch_age_seconds', '{{pod}}']],
        unit: 's',
      },
      {
        title: 'Redis commands',
        queries: [['sum by (purpose) (rate(dbintel_redis_operations_total[5m]))', '{{purpose}}']],
        unit: 'ops',
      },
      {
        title: 'Memory of the replicas',
        queries: [['process_resident_memory_bytes{job=~".*dbintel.*"}', '{{pod}}']],
        unit: 'bytes',
      },
    ],
  );

const of = '{namespace="$namespace", target="$target"}';
const and = (more: string) => `{namespace="$namespace", target="$target", ${more}}`;
const variable = (name: string, query: string) => ({
  name,
  type: 'query',
  datasource: source,
  query: { query, refId: 'v' },
  refresh: 2,
  sort: 1,
});

export const targetDashboard = () =>
  dashboard(
    'dbintel-target',
    'dbintel: one target',
    [
      variable('namespace', 'label_values(dbintel_last_cycle_timestamp_seconds, namespace)'),
      variable(
        'target',
        'label_values(dbintel_last_cycle_timestamp_seconds{namespace="$namespace"}, target)',
      ),
    ],
    [
      stat('Explained', `max(dbintel_coverage_ratio${and('kind="explained"')})`, 'percentunit'),
      stat('Accounted for', `max(dbintel_coverage_ratio${and('kind="reason"')})`, 'percentunit'),
      stat('Circuit open', `max(dbintel_circuit_open${of})`),
      stat('Timeout, as adapted', `max(dbintel_statement_timeout_seconds${of})`, 's'),
      stat('Since the last cycle', `time() - max(dbintel_last_cycle_timestamp_seconds${of})`, 's'),
      stat(
        'Database time, share of one',
        `sum(rate(dbintel_database_time_seconds_total${of}[1h]))`,
        'percentunit',
      ),
      {
        title: 'Cycles by outcome and code',
        queries: [
          [
            `sum by (outcome, code) (increase(dbintel_cycles_total${of}[10m]))`,
            '{{outcome}} {{code}}',
          ],
        ],
      },
      {
        title: 'Coverage of database time',
        queries: [[`max by (kind) (dbintel_coverage_ratio${of})`, '{{kind}}']],
        unit: 'percentunit',
      },
      {
        title: 'Statements: plans, and reasons why not',
        queries: [[`sum by (result) (increase(dbintel_statements_total${of}[10m]))`, '{{result}}']],
      },
      {
        title: 'Findings by rule',
        queries: [[`sum by (rule) (increase(dbintel_findings_total${of}[1h]))`, '{{rule}}']],
      },
      {
        title: 'Timeout, as adapted',
        queries: [[`max(dbintel_statement_timeout_seconds${of})`, 'timeout']],
        unit: 's',
      },
      {
        title: 'Database time of our own statements',
        queries: [[`sum(rate(dbintel_database_time_seconds_total${of}[5m]))`, 'seconds a second']],
        unit: 's',
      },
    ],
  );
