import type { ConnectionOptions, Connection as Driver } from 'mysql2';
import type { Clock } from '../../base/clock.ts';
import { untilAborted, withDeadline } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import type { LoginMethod } from '../../resources/kinds/database-target/spec.ts';
import type { Credentials } from '../engine.ts';
import { createReceived, type Received } from '../wire/received.ts';
import { secure, type TlsMode } from '../wire/tls.ts';
import { Wire } from '../wire/wire.ts';
import { wrapMysqlError } from './errors.ts';
import { createPacketReader } from './packets.ts';

/**
 * One connection to a server. Values come as the text the server sent: counters stay exact. One
 * statement a message. Every wait ends.
 */
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
  tlsMode: TlsMode;
  requireAuth?: readonly LoginMethod[] | undefined;
  programName: string;
  /** What the server may send in the cycle; of this connection alone where absent. */
  received?: Received;
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
  // Half a megabyte that a fleet of PostgreSQL servers does without. `default`: a bundle knows no
  // other names of it.
  const { createConnection } = (await import('mysql2')).default;
  const { wire, counted, onSecure } = openWire(options);
  const driver = createConnection({ ...driverOptions(options), stream: () => wire });
  encryptBy(driver, async () => {
    if (options.tlsMode === 'disable') return;
    await secure(wire, options.host, options.tlsMode, options.credentials);
    onSecure();
  });
  const destroy = () => void wire.destroy();
  driver.on('error', (error) => wire.destroy(error));
  try {
    const late = () =>
      new AppError('connection_failed', `no connection within ${connectTimeout_ms} ms`);
    wire.connect(options.port, options.host);
    const ready = Promise.race([connected(driver), wire.lost]);
    await untilAborted(withDeadline(ready, connectTimeout_ms, options.clock, late), options.signal);
  } catch (error) {
    destroy();
    throw describeWhere(wrapMysqlError(error), options);
  }
  return {
    id: driver.threadId,
    get usable() {
      return !wire.destroyed;
    },
    lost: wire.lost.catch(() => undefined),
    async query(sql, timeout_ms = catalogTimeout_ms) {
      if (wire.destroyed) throw new AppError('connection_failed', 'the connection was dropped');
      const started = options.clock.monotonic();
      counted.begin();
      const late = () => {
        destroy();
        return new AppError(
          'statement_timeout',
          `no answer within ${timeout_ms + clientGrace_ms} ms; the connection was cut`,
        );
      };
      try {
        const answered = wire.orLost(answer(driver, sql + marker));
        return await withDeadline(answered, timeout_ms + clientGrace_ms, options.clock, late);
      } catch (error) {
        const wrapped = wrapMysqlError(error);
        if (wrapped.code === 'connection_failed') destroy();
        throw wrapped;
      } finally {
        counted.done();
        options.onTook(options.clock.monotonic() - started);
      }
    },
    async end() {
      if (wire.destroyed) return;
      driver.end(() => wire.end());
      const late = () => new AppError('connection_failed', 'did not close');
      await withDeadline(wire.lost, clientGrace_ms, options.clock, late).catch(() => undefined);
      destroy();
    },
    destroy,
  };
}

const connected = (driver: Driver) =>
  new Promise<void>((resolve, reject) =>
    driver.connect((error) => (error ? reject(error) : resolve())),
  );

const answer = (driver: Driver, sql: string) =>
  new Promise<Row[]>((resolve, reject) => {
    driver.query(sql, (error, result) => (error ? reject(error) : resolve(firstRows(result))));
  });

/** A CALL answers with a list of results; the first is meant. What returns no rows returns none. */
function firstRows(result: unknown): Row[] {
  if (!Array.isArray(result)) return [];
  return (Array.isArray(result[0]) ? result[0] : result) as Row[];
}

function openWire({ tlsMode, requireAuth, received = createReceived() }: ConnectOptions) {
  const counted = received.connection();
  const { read, onWrite, onSecure } = createPacketReader(
    { requireAuth, encrypted: tlsMode !== 'disable' },
    counted,
  );
  return { wire: new Wire({ received: counted, read, onWrite }), counted, onSecure };
}

/** The driver asks for TLS in its own protocol; who then encrypts is the wire. */
function encryptBy(driver: Driver, encrypt: () => Promise<void>): void {
  (driver as unknown as { startTLS(done: (error?: unknown) => void): void }).startTLS = (done) => {
    encrypt().then(() => done(), done);
  };
}

function driverOptions({
  host,
  port,
  credentials,
  tlsMode,
  requireAuth,
  programName,
}: ConnectOptions): ConnectionOptions {
  const { username, password = '' } = credentials;
  return {
    host,
    port,
    user: username,
    password,
    // With TLS this method sends the password as it is. The driver looks for a socket of Node's to
    // know that there is TLS.
    ...(tlsMode === 'disable'
      ? {}
      : { ssl: {}, authPlugins: { sha256_password: () => () => Buffer.from(`${password}\0`) } }),
    ...(requireAuth?.includes('mysql_clear_password') ? { enableCleartextPlugin: true } : {}),
    charset: 'utf8mb4',
    connectTimeout: 0, // ours
    connectAttributes: { program_name: programName },
    // One statement a message, and no file of ours for whoever asks.
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    typeCast: (field) => field.string('utf8'),
  };
}

/** Says on what it failed: the address, and for a refused login the user. */
function describeWhere(
  { code, message, cause }: AppError,
  { host, port, credentials }: ConnectOptions,
): AppError {
  const who = code === 'authentication_failed' ? `, user "${credentials.username}"` : '';
  return new AppError(code, `${host}:${port}${who}: ${message}`, { cause });
}
