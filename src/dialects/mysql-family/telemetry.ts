import type { Telemetry } from '../dialect.ts';

const digests = 'mysql.events_statements_summary_by_digest';

/** As the OpenTelemetry Collector's mysql receiver names them; MariaDB has the same tables. */
export const familyTelemetry: Omit<Telemetry, 'system'> = {
  statement: ({ nativeId }) => ({ [`${digests}.digest`]: nativeId }),
  counts: ({ calls, totalMs }) => ({
    [`${digests}.count_star`]: calls,
    [`${digests}.sum_timer_wait`]: totalMs / 1_000,
  }),
  plan: (json, hash) => ({
    ...(json === undefined ? {} : { 'mysql.query_plan': json }),
    'mysql.query_plan.hash': hash,
  }),
};
