import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { ConnectionOptions, Connection as Driver } from 'mysql2';
import type { Clock } from '../../base/clock.ts';
import { untilAborted, withDeadline } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import type { Credentials } from '../engine.ts';
import { wrapMysqlError } from './errors.ts';

/** One connection to a server. Values come as the text the server sent: counters stay exact. One statement a message. Every wait ends. */
export interface Connection {
  /** As the server announced it at login. */
  readonly id: number;
  readonly usable: boolean;
  /** Settles when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  /** The rows of the (first) result. Throws AppError. */
  query(sql: string, timeout_ms?: number): Promise<Row[]>;
  /** Closes politely; a peer that does not answer is cut off. */
  end(): Promise<void>;
  /** Cuts the socket at once. */
  destroy(): void;
}

export type Row = Record<string, string | null>;

export interface ConnectOptions {
  host: string;
  port: number;
  credentials: Credentials;
  tlsMode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  programName: string;
  clock: Clock;
  signal: AbortSignal;
  /** Told how long each statement took. */
  onTook: (ms: number) => void;
}

const connectTimeout_ms = 5_000;
/** How much longer than a statement's own limit we wait before the socket is cut. */
export const clientGrace_ms = 1_000;
const catalogTimeout_ms = 5_000;
/** At the end: by it our own statements are known where the server counts them all the same. */
export const marker = ' /* dbintel */';

export async function connect(options: ConnectOptions): Promise<Connection> {
  // Half a megabyte that a fleet of PostgreSQL servers does without. `default`: a bundle knows no other names of it.
  const { createConnection } = (await import('mysql2')).default;
  const driver = createConnection(driverOptions(options));
  if (options.tlsMode === 'verify-full') verifyIdentity(driver, options.host);
  let usable = true;
  const { promise: lost, resolve: onLost } = Promise.withResolvers<void>();
  const gone = () => {
    usable = false;
    onLost();
  };
  const destroy = () => {
    gone();
    driver.destroy();
  };
  const dropped = lost.then(() => Promise.reject(new AppError('connection_failed', 'the connection was dropped')));
  dropped.catch(() => undefined); // heard by the statement in flight, if there is one
  driver.on('error', gone);
  driver.on('end', gone);
  try {
    const late = () => new AppError('connection_failed', `no connection within ${connectTimeout_ms} ms`);
    await untilAborted(withDeadline(connected(driver), connectTimeout_ms + clientGrace_ms, options.clock, late), options.signal);
  } catch (error) {
    destroy();
    throw describeWhere(wrapMysqlError(error), options);
  }
  return {
    id: driver.threadId,
    get usable() {
      return usable;
    },
    lost,
    async query(sql, timeout_ms = catalogTimeout_ms) {
      if (!usable) throw new AppError('connection_failed', 'the connection was dropped');
      const started = options.clock.monotonic();
      const late = () => {
        destroy();
        return new AppError('statement_timeout', `no answer within ${timeout_ms + clientGrace_ms} ms; the connection was cut`);
      };
      try {
        return await withDeadline(Promise.race([answer(driver, sql + marker), dropped]), timeout_ms + clientGrace_ms, options.clock, late);
      } catch (error) {
        const wrapped = wrapMysqlError(error);
        if (wrapped.code === 'connection_failed') gone();
        throw wrapped;
      } finally {
        options.onTook(options.clock.monotonic() - started);
      }
    },
    async end() {
      if (!usable) return destroy();
      const ended = new Promise<void>((resolve) => driver.end(() => resolve()));
      await withDeadline(ended, clientGrace_ms, options.clock, () => new AppError('connection_failed', 'did not close')).catch(
        () => undefined,
      );
      destroy();
    },
    destroy,
  };
}

const connected = (driver: Driver) =>
  new Promise<void>((resolve, reject) => driver.connect((error) => (error ? reject(error) : resolve())));

const answer = (driver: Driver, sql: string) =>
  new Promise<Row[]>((resolve, reject) => {
    driver.query(sql, (error, result) => (error ? reject(error) : resolve(firstRows(result))));
  });

/** A CALL answers with a list of results; the first is meant. What returns no rows returns none. */
function firstRows(result: unknown): Row[] {
  if (!Array.isArray(result)) return [];
  return (Array.isArray(result[0]) ? result[0] : result) as Row[];
}

function driverOptions({ host, port, credentials, tlsMode, programName }: ConnectOptions): ConnectionOptions {
  const ssl = tlsOptions(tlsMode, credentials);
  return {
    host,
    port,
    user: credentials.username,
    ...(credentials.password === undefined ? {} : { password: credentials.password }),
    ...(ssl ? { ssl: ssl as NonNullable<ConnectionOptions['ssl']> } : {}),
    connectTimeout: connectTimeout_ms,
    enableKeepAlive: true,
    keepAliveInitialDelay: 5_000,
    charset: 'utf8mb4',
    connectAttributes: { program_name: programName },
    // One statement a message, and no file of ours for whoever asks.
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    typeCast: (field) => field.string('utf8'),
  };
}

/** Says on what it failed: the address, and for a refused login the user. */
function describeWhere({ code, message, cause }: AppError, { host, port, credentials }: ConnectOptions): AppError {
  const who = code === 'authentication_failed' ? `, user "${credentials.username}"` : '';
  return new AppError(code, `${host}:${port}${who}: ${message}`, { cause });
}

function tlsOptions(tlsMode: ConnectOptions['tlsMode'], { ca, cert, key }: Credentials) {
  if (tlsMode === 'disable') return undefined;
  const files = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), minVersion: 'TLSv1.2' };
  return { ...files, rejectUnauthorized: tlsMode !== 'require' };
}

/**
 * The certificate must name the host as the target names it, and this must be known before the password is sent. The driver's own check compares an address with
 * `localhost`; so the step that starts TLS is told to fail where ours does.
 */
function verifyIdentity(driver: Driver, host: string): void {
  const inner = driver as unknown as { startTLS(onSecure: (error?: Error) => void): void; stream: TLSSocket };
  const startTls = inner.startTLS;
  inner.startTLS = (onSecure) =>
    startTls.call(inner, (error) => onSecure(error ?? checkServerIdentity(host, inner.stream.getPeerCertificate())));
}
