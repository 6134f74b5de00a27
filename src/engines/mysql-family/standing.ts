import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { readSources, unlessDenied } from './replica-sources.ts';
import type { Variant } from './variant.ts';

/**
 * Where a server stands among others. An index that is made on a replica exists only there, be the
 * replica writable; in a cluster, DDL is run by all members at once.
 */
export interface Standing {
  /** It replicates from another, or would if it were not stopped. Undefined: it is not told. */
  replica: boolean | undefined;
  /** Undefined: it is not told. */
  clustered: boolean | undefined;
}

/** The same for MySQL, its forks and MariaDB; no right is needed to ask for it. */
export const galeraSql = {
  variables: "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_provider')",
  status: "SHOW GLOBAL STATUS WHERE Variable_name = 'wsrep_connected'",
};

export async function readStanding(
  control: Connection,
  { indexes }: Pick<Variant, 'indexes'>,
  timeout_ms: number,
): Promise<Standing> {
  const ask = (sql: string) => control.query(sql, timeout_ms);
  if (await isGalera(ask)) return { clustered: true, replica: undefined };
  const { primariesSql } = indexes;
  const primaries = primariesSql === undefined ? [] : await unlessDenied(ask(primariesSql));
  const sources = await readSources(control, { indexes }, timeout_ms);
  return {
    clustered: primaries && primaries.length > 1,
    replica: sources?.replica,
  };
}

/**
 * A fork of MySQL says `wsrep_on` where no cluster's library is loaded, too; a member that does not
 * say it still takes what the others write.
 */
async function isGalera(ask: (sql: string) => Promise<Row[]>): Promise<boolean> {
  const set = await ask(galeraSql.variables);
  if (['', 'none'].includes(valueOf(set, 'wsrep_provider'))) return false;
  if (valueOf(set, 'wsrep_on') === 'on') return true;
  return valueOf(await ask(galeraSql.status), 'wsrep_connected') === 'on';
}

const valueOf = (rows: readonly Row[], name: string): string =>
  rows.find((row) => row['Variable_name'] === name)?.['Value']?.toLowerCase() ?? '';
