import { includedBy } from '../../resources/pattern.ts';
import type { Surroundings } from '../engine.ts';
import { numberOr } from '../row.ts';
import type { PostgresSession } from './opened.ts';
import { readCatalog } from './transaction.ts';

/**
 * Which databases there are, and how many servers replicate this one: connected ones, and those of
 * whose slot nobody reads now. One that is fed from an archive alone is not known here. A logical
 * subscriber has indexes of its own; a receiver of WAL has none. Of another's connection a role
 * without pg_monitor is told no state: it counts.
 */
const databasesSql = `
SELECT d.datname AS name FROM pg_catalog.pg_database d
WHERE d.datallowconn AND NOT d.datistemplate
  AND pg_catalog.has_database_privilege(d.oid, 'CONNECT')
ORDER BY d.datname LIMIT 1000`;

const replicasSql = `
SELECT (SELECT count(*) FROM pg_catalog.pg_stat_replication r
    WHERE coalesce(r.state, '') <> 'backup'
      AND coalesce(r.application_name, '') <> 'pg_receivewal'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s
        WHERE s.active_pid = r.pid AND s.slot_type = 'logical'))
  + (SELECT count(*) FROM pg_catalog.pg_replication_slots s
    WHERE s.slot_type = 'physical' AND NOT s.active) AS replicas`;

export const surroundingsStatements = { databasesSql, replicasSql };

export async function surroundings({
  control,
  target,
  timeout_ms,
}: PostgresSession): Promise<Surroundings> {
  const names = await readCatalog(control, databasesSql, [], timeout_ms);
  const [row] = await readCatalog(control, replicasSql, [], timeout_ms);
  const replicas = numberOr(row, 'replicas', undefined);
  return {
    databases: names
      .flatMap(({ name }) => (name ? [name] : []))
      .filter(includedBy(target.spec.databases)),
    ...(replicas === undefined ? {} : { replicas }),
  };
}
