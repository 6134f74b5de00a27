import type { Socket } from 'node:net';
import pg from 'pg';
import { withDeadline } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import {
  answered,
  type ConnectOptions,
  type Connection as EngineConnection,
  type Line,
  leave,
  logIn,
  statementTimeout_ms,
  type Watch,
} from '../connection.ts';
import type { Row } from '../row.ts';
import { nonsense } from '../wire/framing.ts';
import { createReceived } from '../wire/received.ts';
import { secure } from '../wire/tls.ts';
import { Wire } from '../wire/wire.ts';
import { ofStatement, sqlState, wrapLoginError, wrapPostgresError } from './errors.ts';
import { createMessageReader } from './messages.ts';

/**
 * One connection to a server. Values come as the text the server sent: int8 stays exact. Every wait
 * ends.
 */
export interface Connection extends EngineConnection {
  /** The backend's process id as the server announced it at login. */
  readonly pid: number;
  query(sql: string, values?: readonly unknown[], timeout_ms?: number): Promise<Row[]>;
  /**
   * Sends `before`, the statements and `after` as messages of their own, without waiting in
   * between: one round trip; with whatever else is sent in the same moment, one write. Resolves
   * with each statement's rows when all are answered, or throws the first error, which knows its
   * statement; the server goes on to `after` whatever happened before it.
   */
  enclosed(sent: Enclosed): Promise<Row[][]>;
  /**
   * Asks the server to end what runs here, by the key that it gave at login: that needs none now.
   * Resolves when it was asked. Throws AppError.
   */
  interrupt(): Promise<void>;
}

export interface Enclosed {
  before: string;
  statements: readonly Statement[];
  after: readonly string[];
  /** Each statement's. */
  timeout_ms: number;
  watch?: Watch | undefined;
}

export interface Statement {
  sql: string;
  values?: readonly unknown[] | undefined;
}

/**
 * At the end, where pg_stat_statements keeps it: 18 strips leading comments. By it, and by role,
 * our own statements are told apart.
 */
const marker = ' /* dbintel */';

/** The client's word before TLS, in place of a startup packet. */
const tlsRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** The client's word for `interrupt`, in place of a startup packet. */
const cancelCode = 80_877_102;
const interrupt_ms = 5_000;
/** Of a server that did not answer, whose session waits for it. */
const cut_ms = 1_000;

function openWire({
  host,
  credentials,
  tlsMode,
  requireAuth,
  received = createReceived(),
}: ConnectOptions) {
  const counted = received.connection();
  const wire = new Wire({
    received: counted,
    read: createMessageReader({ requireAuth, encrypted: tlsMode !== 'disable' }, counted),
    async prepare() {
      if (tlsMode === 'disable') return;
      const answer = (await wire.ask(tlsRequest)).toString('latin1');
      if (answer !== 'S') throw noTls(answer);
      await secure(wire, host, tlsMode, credentials);
    },
  });
  return { wire, counted };
}

function noTls(answer: string): AppError {
  if (answer === 'N')
    return new AppError(
      'tls_failed',
      'the server offers no TLS; set connection.tls.mode to disable only where the network is ' +
        'trusted',
    );
  return nonsense('to the question for TLS');
}

const awaitedAtLogin =
  ', as where a login trigger waits, or somebody has pg_class or pg_attribute exclusively';

export async function connect(options: ConnectOptions): Promise<Connection> {
  const { wire, counted } = openWire(options);
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.credentials.username,
    // By a function: a driver that has none looks for others, in the environment and in files.
    password: () => options.credentials.password ?? '',
    application_name: options.name,
    pipeline: true,
    // Encrypted already, where it is: the driver must not try, whatever its environment says.
    ssl: false,
    stream: () => wire as unknown as Socket,
    // Not one of our settings goes into the startup packet: a login trigger could refuse us for it.
    types: { getTypeParser: () => (value: unknown) => value },
  });
  client.on('error', (error) => wire.destroy(error));
  let farewell: unknown;
  client.on('notice', (notice) => {
    if (ended.test(notice.code ?? '')) farewell = notice;
  });
  await logIn(wire, () => client.connect(), options, wrapLoginError, awaitedAtLogin);
  const { clock, onTook } = options;
  const { processID: pid = 0, secretKey = 0 } = client as unknown as Record<string, number>;
  const interrupt = (most_ms = interrupt_ms) => askToCancel(options, pid, secretKey, most_ms);
  // Who is not reached, or has no such process any more, has nothing that waits.
  const onCut = () => interrupt(cut_ms).catch(() => undefined);
  const line: Line = { wire, counted, clock, onTook, wrap: wrapPostgresError, onCut };
  const send = ({ sql, values }: Statement, answer: Answer): void => {
    const [config, list] = values ? [sql + marker, [...values]] : [sql, undefined];
    client.query(config, list as unknown[], answer as never);
  };

  return {
    pid,
    get usable() {
      return !wire.destroyed;
    },
    lost: wire.lost.catch(() => undefined),
    query: async (sql, values, timeout_ms = statementTimeout_ms) => {
      const heard: Heard = {};
      const sendOne = () => sendAll([{ sql, values }], send, heard);
      const [rows] = await lastWord(answered(line, sendOne, timeout_ms), heard, () => farewell);
      return rows as Row[];
    },
    async enclosed({ before, statements, after, watch, timeout_ms }) {
      const all = [{ sql: before }, ...statements, ...after.map((sql) => ({ sql }))];
      const heard: Heard = {};
      const sendEnclosed = () => {
        wire.gather();
        return sendAll(all, send, heard);
      };
      const most_ms = timeout_ms * Math.max(1, statements.length);
      const answer = answered(line, sendEnclosed, most_ms, watch);
      const rows = await lastWord(answer, heard, () => farewell);
      return rows.slice(1, 1 + statements.length);
    },
    interrupt: () => interrupt(),
    end: () => leave(line, () => client.end()),
    destroy: () => void wire.destroy(),
  };
}

/** The server gives no answer: it closes the connection when it has told the other. */
async function askToCancel(
  options: ConnectOptions,
  pid: number,
  key: number,
  most_ms: number,
): Promise<void> {
  const { wire } = openWire(options);
  const word = Buffer.alloc(16);
  for (const [i, each] of [word.length, cancelCode, pid, key].entries())
    word.writeInt32BE(each | 0, i * 4);
  let sent = false;
  wire.once('connect', () => {
    sent = true;
    wire.write(word);
  });
  const closed = wire.lost.catch((error: unknown) => {
    if (!sent) throw wrapPostgresError(error);
  });
  const late = () => new AppError('connection_failed', 'not asked in time to end what runs');
  wire.connect(options.port, options.host);
  try {
    await withDeadline(closed, most_ms, options.clock, late);
  } finally {
    wire.destroy();
  }
}

/** The first failure among what was sent together. */
interface Heard {
  failure?: unknown;
}

/** As a warning, to each session but that whose process crashed. */
const ended = /^57P0[12]$/;

/** What a server says before it ends a session tells more than that the session is gone. */
async function lastWord<T>(answer: Promise<T>, heard: Heard, farewell: () => unknown): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const gone = error instanceof AppError && error.code === 'connection_failed';
    const said = [heard.failure, farewell()].find((each) => sqlState(each));
    throw gone && said ? wrapPostgresError(said) : error;
  }
}

type Answer = (error: unknown, result: unknown) => void;

/** Rejects with the first failure, which is the reason of those after it, once all are answered. */
function sendAll(
  statements: readonly Statement[],
  send: (statement: Statement, answer: Answer) => void,
  heard: Heard,
): Promise<Row[][]> {
  const { promise, resolve, reject } = Promise.withResolvers<Row[][]>();
  const waited = new Set(statements.keys());
  const rows: Row[][] = [];
  for (const [i, statement] of statements.entries())
    send(statement, (error, result) => {
      if (!waited.delete(i)) return;
      if (error) heard.failure ??= ofStatement(i - 1, error);
      else rows[i] = lastRows(result);
      if (waited.size > 0) return;
      if (heard.failure) reject(heard.failure);
      else resolve(rows);
    });
  return promise;
}

/** A text of several statements gives several results; the rows of the last are meant. */
function lastRows(result: unknown): Row[] {
  const last = Array.isArray(result)
    ? (result.at(-1) as { rows: Row[] })
    : (result as { rows: Row[] });
  return last.rows;
}
