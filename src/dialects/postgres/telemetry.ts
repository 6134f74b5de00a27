import type { Attributes, Telemetry } from '../dialect.ts';

/** As the OpenTelemetry Collector's postgresql receiver names them. */
export const postgresTelemetry: Telemetry = {
  system: 'postgresql',
  statement: ({ nativeId }) => ({ 'postgresql.queryid': nativeId }),
  counts: ({ calls, rows, totalMs, user }) => ({
    'postgresql.calls': calls,
    'postgresql.rows': rows,
    'postgresql.total_exec_time': totalMs / 1_000,
    'postgresql.rolname': user,
  }),
  plan: (json): Attributes => (json === undefined ? {} : { 'postgresql.query_plan': json }),
};
