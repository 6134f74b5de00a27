import { Socket } from 'node:net';
import pg from 'pg';
import type { Logger } from '../../base/logger.ts';
import { workOf } from '../../base/node/faults.ts';
import { migrate } from './migrations.ts';

/** The pool; the schema is brought up to date before the first statement. */
export interface Database {
  rows(sql: string, values: unknown[]): Promise<pg.QueryResultRow[]>;
  /** Undefined: rolled back. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T | undefined>): Promise<T | undefined>;
  close(): Promise<void>;
}

const poolSize = 4;
const statementTimeout_ms = 10_000;
const connectTimeout_ms = 5_000;
/** The driver waits a little longer than the server does, so that the server's word comes. */
const answerGrace_ms = 2_000;

/**
 * What the driver throws while it reads is the failure of this connection, and not of the target
 * whose batch it was made for.
 */
function guardedSocket(): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket) as (...at: unknown[]) => Socket;
  const fault = () =>
    void socket.destroy(new Error('the answer of the history’s server makes no sense'));
  // Whatever comes on a connection, through TLS too, comes in the context in which it was begun.
  socket.connect = (...at: unknown[]) => workOf({ target: 'history', fault }, () => connect(...at));
  return socket;
}

export function openDatabase(url: string, logger: Logger): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'dbintel-history',
    connectionTimeoutMillis: connectTimeout_ms,
    statement_timeout: statementTimeout_ms,
    query_timeout: statementTimeout_ms + answerGrace_ms,
    keepAlive: true,
    stream: guardedSocket,
  });
  // One that ends while it is used, and nothing is asked just then: what is asked next fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => logger.warn({ error }, 'a connection to the history was lost'));
  let migrated: Promise<void> | undefined;

  async function connect(): Promise<pg.PoolClient> {
    const client = await pool.connect();
    try {
      migrated ??= migrate(client);
      await migrated;
      return client;
    } catch (error) {
      migrated = undefined;
      client.release(true);
      throw error;
    }
  }

  /** A client on which something failed may be in any state: it is not used again. */
  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    let broken = true;
    try {
      const done = await work(client);
      broken = false;
      return done;
    } catch (error) {
      if (isOfSchema(error)) migrated = undefined;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    rows: (sql, values) => withClient(async (client) => (await client.query(sql, values)).rows),
    transaction: (work) =>
      withClient(async (client) => {
        await client.query('BEGIN');
        const done = await work(client);
        await client.query(done === undefined ? 'ROLLBACK' : 'COMMIT');
        return done;
      }),
    close: () => pool.end(),
  };
}

/** A schema, table or column is not there: dropped since, or the database is another one. */
const isOfSchema = (error: unknown) =>
  ['3F000', '42P01', '42703'].includes((error as { code?: string }).code ?? '');
