import { includedBy } from '../../resources/pattern.ts';
import type { Surroundings } from '../engine.ts';
import { numberOr } from '../row.ts';
import type { FamilySession } from './opened.ts';

/**
 * Which databases there are, of those that the account has a right in, and how many servers have
 * this one's data. Whoever reads the binary log counts, be it no server: then it is said that one
 * is not known, and less is claimed.
 */
export const databasesSql = `
SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
ORDER BY SCHEMA_NAME LIMIT 1000`;

export async function surroundings({
  control,
  known: { variant },
  target,
  timeout_ms,
}: FamilySession): Promise<Surroundings> {
  const names = await control.query(databasesSql, timeout_ms);
  const [row] = await control.query(variant.indexes.replicasSql, timeout_ms);
  const replicas = numberOr(row, 'replicas', undefined);
  return {
    databases: names
      .flatMap(({ name }) => (name ? [name] : []))
      .filter(includedBy(target.spec.databases)),
    ...(replicas === undefined ? {} : { replicas }),
  };
}
