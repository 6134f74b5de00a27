import type { ConnectionOptions, Connection as Driver } from 'mysql2';
import {
  answered,
  type ConnectOptions,
  type Connection as EngineConnection,
  type Line,
  leave,
  logIn,
  statementTimeout_ms,
} from '../connection.ts';
import type { Row } from '../row.ts';
import { createReceived } from '../wire/received.ts';
import { secure } from '../wire/tls.ts';
import { Wire } from '../wire/wire.ts';
import { isExhausted, wrapLoginError, wrapMysqlError } from './errors.ts';
import { createPacketReader } from './packets.ts';

/**
 * One connection to a server. Values come as the text the server sent: counters stay exact. One
 * statement a message. Every wait ends.
 */
export interface Connection extends EngineConnection {
  /** As the server announced it at login. */
  readonly id: number;
  /** The rows of the (first) result. Throws AppError. */
  query(sql: string, timeout_ms?: number): Promise<Row[]>;
}

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
  driver.on('error', (error) => wire.destroy(error));
  const login = () => {
    wire.connect(options.port, options.host);
    return connected(driver);
  };
  await logIn(wire, login, options, wrapLoginError);
  const { clock, onTook } = options;
  const line: Line = {
    wire,
    counted,
    clock,
    onTook,
    wrap(error) {
      const wrapped = wrapMysqlError(error);
      if (wrapped.code === 'connection_failed' && !isExhausted(error)) wire.destroy();
      return wrapped;
    },
  };
  return {
    id: driver.threadId,
    get usable() {
      return !wire.destroyed;
    },
    lost: wire.lost.catch(() => undefined),
    query: (sql, timeout_ms = statementTimeout_ms) =>
      answered(line, () => answer(driver, sql + marker), timeout_ms),
    end: () =>
      leave(line, () => {
        driver.end(() => wire.end());
        return wire.lost;
      }),
    destroy: () => void wire.destroy(),
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
  name,
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
    connectAttributes: { program_name: name },
    // One statement a message, and no file of ours for whoever asks.
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    typeCast: (field) => field.string('utf8'),
  };
}
