import { AppError, asAppError } from '../../base/errors.ts';
import { dialectOf } from '../../dialects/index.ts';
import { expectServer, type Known } from '../driver.ts';
import { countIn, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { ownSession } from './own-session.ts';
import {
  helloSql,
  isAtLeast,
  isMariadb,
  readServer,
  type Server,
  type Variant,
} from './variant.ts';

/**
 * Should we vanish without a word, the server lets go of the lock after this long. What is read of
 * catalogs is neither cut nor refused, whatever limits the server gives a new session. In the hour
 * before clocks go back, NOW() of another zone would be an hour late.
 */
export const controlSettings = `SET ${[
  ...ownSession,
  'wait_timeout = 120',
  'lock_wait_timeout = 1',
  "sql_mode = ''",
  "time_zone = _utf8mb4'+00:00'",
  'sql_big_selects = 1',
  'sql_select_limit = 18446744073709551615',
  'group_concat_max_len = 65536',
  'sort_buffer_size = 262144',
].join(', ')}`;

/**
 * Before any setting or lock: is there a proxy in between? The id it announced is not the server's.
 */
export async function identify(
  control: Connection,
  variant: Variant,
  timeout_ms: number,
): Promise<Server> {
  const product = isMariadb(await askFirst(control, helloSql, timeout_ms)) ? 'mariadb' : 'mysql';
  if (product !== variant.name)
    throw new AppError(
      'unsupported_version',
      `the server is ${dialectOf(product).label}, spec.engine says ${variant.name}`,
    );
  const server = readServer((await control.query(variant.serverSql, timeout_ms))[0]);
  expectItself(control, server.connection);
  if (!isAtLeast(server, variant.oldest))
    throw new AppError(
      'unsupported_version',
      `${dialectOf(product).label} ${server.version} is older than ${variant.oldest.join('.')}`,
    );
  await control.query(controlSettings, timeout_ms);
  if (server.waitsForCluster) await control.query(variant.readsAtOnceSql, timeout_ms);
  // Cutting a socket does not end what the server still reads for it; its own limit does.
  await control.query(variant.timeoutSql(timeout_ms), timeout_ms);
  return server;
}

/** A worker: before any setting, is it where control is? It is ended there by its id. */
export async function identifyWorker(
  worker: Connection,
  variant: Variant,
  known: Known,
  timeout_ms: number,
): Promise<void> {
  const row = await askFirst(worker, variant.instanceSql, timeout_ms);
  expectServer(known, row?.['id'] ?? '');
  expectItself(worker, countIn(row, 'connection'));
}

/**
 * The first question on a connection comes before any setting. But where an init_connect has
 * results come in UTF-16 or UTF-32, neither columns nor their names can be read: there UTF-8 is
 * asked for.
 */
async function askFirst(
  connection: Connection,
  sql: string,
  timeout_ms: number,
): Promise<Row | undefined> {
  const ask = async () => {
    try {
      return (await connection.query(sql, timeout_ms))[0];
    } catch (error) {
      const { code } = asAppError(error);
      if (code === 'lock_timeout') throw waitsInVain(error);
      throw code === 'statement_timeout' && !connection.usable ? neverBegins(error) : error;
    }
  };
  const row = await ask();
  const parts = Object.entries(row ?? {}).flat();
  if (!parts.some((part) => part?.includes('\0'))) return row;
  await connection.query('SET character_set_results = utf8mb4', timeout_ms);
  return ask();
}

/** No table is read there, and so nothing is locked. */
const waitsInVain = (cause: unknown) =>
  new AppError(
    'connection_failed',
    'each read waits for the other members of the cluster (wsrep_sync_wait), which do not answer',
    { cause },
  );

/** A server lets a session in before it runs init_connect, and answers after. */
const neverBegins = (cause: unknown) =>
  new AppError(
    'statement_timeout',
    'the login was accepted, but the first question was not answered in time, as where the ' +
      'server’s init_connect takes long',
    { cause },
  );

function expectItself({ id }: Connection, counted: number): void {
  if (counted !== id)
    throw new AppError(
      'pooled_connection',
      'there is a proxy between us and the server; connect to the server itself',
    );
}
