import { AppError } from '../../base/errors.ts';
import { connectOptions } from '../connect-options.ts';
import type { IndexUseOptions } from '../index-use.ts';
import { numberOr } from '../row.ts';
import { connect } from './connection.ts';
import { identify } from './identity.ts';

/** $1: schema, $2: index. Since PostgreSQL 16 a server says when it was read; every role may ask. */
const lastUseSql = `
SELECT (extract(epoch FROM (pg_catalog.to_jsonb(s) ->> 'last_idx_scan')::timestamptz)
  * 1000)::bigint AS used
FROM pg_catalog.pg_stat_all_indexes s WHERE s.schemaname = $1 AND s.indexrelname = $2`;

const timeout_ms = 10_000;

/**
 * When the server has last read the index, in milliseconds since the epoch; undefined: never, or it
 * does not say. Throws AppError, where the server does not have the index as well.
 */
export async function lastPostgresUse(options: IndexUseOptions): Promise<number | undefined> {
  const { database, index, name } = options;
  const connection = await connect(connectOptions(options, database, 'dbintel-executor/replica'));
  try {
    await identify(connection, timeout_ms);
    const [row] = await connection.query(lastUseSql, [index.schema, name], timeout_ms);
    if (!row) throw new AppError('undefined_relation', `${name} is not there`);
    return numberOr(row, 'used', undefined);
  } finally {
    await connection.end();
  }
}
