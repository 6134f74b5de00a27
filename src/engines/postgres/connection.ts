import { checkServerIdentity } from 'node:tls';
import pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import { untilAborted, withDeadline } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import type { Credentials } from '../engine.ts';
import { ofStatement, wrapPostgresError } from './errors.ts';

/** One connection to a server. Values come as the text the server sent: int8 stays exact. Every wait ends. */
export interface Connection {
  /** The backend's process id as the server announced it at login. */
  readonly pid: number;
  readonly usable: boolean;
  /** Settles when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  query(sql: string, values?: readonly unknown[], timeout_ms?: number): Promise<Row[]>;
  /**
   * Sends `before`, the statements and `after` as messages of their own, without waiting in between: one round trip. Resolves with each statement's rows
   * when all are answered, or throws the first error, which knows its statement; the server goes on to `after` whatever happened before it. `timeout_ms` is each
   * statement's.
   */
  enclosed(before: string, statements: readonly Statement[], after: readonly string[], timeout_ms: number): Promise<Row[][]>;
  /** Closes politely; a peer that does not answer is cut off. */
  end(): Promise<void>;
  /** Cuts the socket at once. */
  destroy(): void;
}

export interface Statement {
  sql: string;
  values?: readonly unknown[];
}

export type Row = Record<string, string | null>;

export interface ConnectOptions {
  host: string;
  port: number;
  database: string;
  credentials: Credentials;
  tlsMode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  applicationName: string;
  clock: Clock;
  signal: AbortSignal;
  /** Told how long each statement took. */
  onTook: (ms: number) => void;
}

const connectTimeout_ms = 5_000;
/** How much longer than the server's own limit we wait before the socket is cut. */
export const clientGrace_ms = 1_000;
const catalogTimeout_ms = 5_000;
/** At the end, where pg_stat_statements keeps it: 18 strips leading comments. By it, and by role, our own statements are told apart. */
const marker = ' /* dbintel */';

export async function connect(options: ConnectOptions): Promise<Connection> {
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.credentials.username,
    ...(options.credentials.password === undefined ? {} : { password: options.credentials.password }),
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeout_ms,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    ssl: tlsOptions(options),
    // Not one of our settings goes into the startup packet: a login trigger could refuse us for it.
    types: { getTypeParser: () => (value: unknown) => value },
  });
  let usable = true;
  const destroy = () => {
    usable = false;
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  client.on('error', () => {
    usable = false;
  });
  const lost = new Promise<void>((resolve) => client.on('end', resolve));
  client.on('end', () => {
    usable = false;
  });
  try {
    const late = () => new AppError('connection_failed', `no connection within ${connectTimeout_ms} ms`);
    await untilAborted(withDeadline(client.connect(), connectTimeout_ms + clientGrace_ms, options.clock, late), options.signal);
  } catch (error) {
    destroy();
    throw describeWhere(wrapPostgresError(error), options);
  }
  const send = async ({ sql, values }: Statement): Promise<Row[]> =>
    lastRows(values ? await client.query<Row>(sql + marker, [...values]) : await client.query<Row>(sql));

  async function sendEnclosed(before: string, statements: readonly Statement[], after: readonly string[]): Promise<Row[][]> {
    const { stream } = (client as unknown as { connection: { stream: { cork(): void; uncork(): void } } }).connection;
    stream.cork(); // several messages, one packet
    const answers = [{ sql: before }, ...statements, ...after.map((sql) => ({ sql }))].map(send);
    stream.uncork();
    const settled = await Promise.allSettled(answers); // the first failure is the reason of those after it, and none may be left without a listener
    const failed = settled.findIndex(({ status }) => status === 'rejected');
    if (failed >= 0) throw ofStatement(failed - 1, (settled[failed] as PromiseRejectedResult).reason);
    return (await Promise.all(answers)).slice(1, 1 + statements.length);
  }

  async function timed<T>(work: () => Promise<T>, timeout_ms: number): Promise<T> {
    if (!usable) throw new AppError('connection_failed', 'the connection was dropped');
    const started = options.clock.monotonic();
    const late = () => {
      destroy();
      return new AppError('statement_timeout', `no answer within ${timeout_ms + clientGrace_ms} ms; the connection was cut`);
    };
    try {
      return await withDeadline(work(), timeout_ms + clientGrace_ms, options.clock, late);
    } catch (error) {
      throw wrapPostgresError(error);
    } finally {
      options.onTook(options.clock.monotonic() - started);
    }
  }

  return {
    pid: (client as unknown as { processID: number }).processID,
    get usable() {
      return usable;
    },
    lost,
    query: (sql, values, timeout_ms = catalogTimeout_ms) => timed(() => send(values ? { sql, values } : { sql }), timeout_ms),
    enclosed: (before, statements, after, timeout_ms) =>
      timed(() => sendEnclosed(before, statements, after), timeout_ms * Math.max(1, statements.length)),
    async end() {
      if (!usable) return destroy();
      await withDeadline(client.end(), clientGrace_ms, options.clock, () => new AppError('connection_failed', 'did not close')).catch(
        destroy,
      );
      usable = false;
    },
    destroy,
  };
}

/** Says on what it failed: the address, and for a refused login the user. */
function describeWhere({ code, message, cause }: AppError, { host, port, credentials }: ConnectOptions): AppError {
  const who = code === 'authentication_failed' ? `, user "${credentials.username}"` : '';
  return new AppError(code, `${host}:${port}${who}: ${message}`, { cause });
}

/** A text of several statements gives several results; the rows of the last are meant. */
function lastRows(result: unknown): Row[] {
  const last = Array.isArray(result) ? (result.at(-1) as { rows: Row[] }) : (result as { rows: Row[] });
  return last.rows;
}

function tlsOptions({ tlsMode, host, credentials: { ca, cert, key } }: ConnectOptions) {
  if (tlsMode === 'disable') return false;
  const files = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  switch (tlsMode) {
    case 'require':
      return { ...files, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full': // the host as the target names it: the driver passes none for an address
      return {
        ...files,
        rejectUnauthorized: true,
        checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) => checkServerIdentity(host, certificate),
      };
    default:
      return tlsMode satisfies never;
  }
}
