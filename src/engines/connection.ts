import type { Clock } from '../base/clock.ts';
import { untilAborted, withDeadline } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { LoginMethod } from '../dialects/index.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Received, ReceivedByConnection } from './wire/received.ts';
import type { TlsMode } from './wire/tls.ts';
import type { Wire } from './wire/wire.ts';

/**
 * What connections of all engines have in common: logging in, waiting for an answer and leaving all
 * end in time, what a statement took is told, and errors say where they came from. What is said on
 * one is its engine's.
 */
export interface Connection {
  readonly usable: boolean;
  /** Settles when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  /** Closes politely; a peer that does not answer is cut off. */
  end(): Promise<void>;
  /** Cuts the socket at once. */
  destroy(): void;
}

export interface ConnectOptions {
  host: string;
  port: number;
  /** Where an engine has one for each connection; the others look away. */
  database: string;
  credentials: Credentials;
  tlsMode: TlsMode;
  requireAuth?: readonly LoginMethod[] | undefined;
  /** What the server shows as the program that is connected. */
  name: string;
  /** What the server may send in the cycle; of this connection alone where absent. */
  received?: Received;
  clock: Clock;
  signal: AbortSignal;
  /** Told how long each statement took. */
  onTook: (ms: number) => void;
}

const connectTimeout_ms = 5_000;
const noConnection = `no connection within ${connectTimeout_ms} ms`;
/** Nobody was let in, nor refused. */
export const isUnanswered = ({ code, message }: AppError): boolean =>
  code === 'connection_failed' && message.includes(noConnection);
/** How much longer than a statement's own limit we wait before the socket is cut. */
export const clientGrace_ms = 1_000;
/** Of a statement for which nobody says otherwise. */
export const statementTimeout_ms = 5_000;

/**
 * `login` resolves when the driver is logged in; one that gets no answer may wait for `awaited`.
 * Throws AppError.
 */
export async function logIn(
  wire: Wire,
  login: () => Promise<unknown>,
  options: ConnectOptions,
  wrap: (error: unknown) => AppError,
  awaited = '',
): Promise<void> {
  let reached = '';
  wire.once('connect', () => {
    reached = `; the server was reached, but did not answer the login${awaited}`;
  });
  try {
    const late = () => new AppError('connection_failed', `${noConnection}${reached}`);
    const connected = Promise.race([login(), wire.lost]);
    await untilAborted(
      withDeadline(connected, connectTimeout_ms, options.clock, late),
      options.signal,
    );
  } catch (error) {
    wire.destroy();
    throw describeWhere(wrap(error), options);
  }
}

/** Says on what it failed: the address, and for a refused login the user. */
function describeWhere(
  { code, message, cause }: AppError,
  { host, port, credentials }: ConnectOptions,
): AppError {
  const who = code === 'authentication_failed' ? `, user "${credentials.username}"` : '';
  return new AppError(code, `${host}:${port}${who}: ${message}`, { cause });
}

export interface Line {
  wire: Wire;
  counted: ReceivedByConnection;
  clock: Clock;
  onTook: (ms: number) => void;
  /** What the driver or the server threw → AppError. */
  wrap: (error: unknown) => AppError;
  /**
   * Told when the connection is cut for want of an answer: what waits for a lock on the server does
   * not notice by itself. Waited for, so that nothing outlives the session; it never rejects.
   */
  onCut?: () => Promise<void>;
  /** Settles when what was sent last has been answered; absent where nothing was. */
  answering?: Promise<unknown>;
}

/** Watches over what is awaited from the moment that the server is at it; settles as it does. */
export type Watch = <T>(work: Promise<T>) => Promise<T>;
const unwatched: Watch = (work) => work;

/** The connection went before it was sent, or before its turn: the server never came to it. */
export class NotBegun extends AppError {
  constructor() {
    super('connection_failed', 'the connection was lost before its turn');
  }
}

/**
 * Sends something at once. A server answers in the order of what it was sent, so only when all
 * before it is answered does its time begin: then it is waited for `timeout_ms` and a grace, and
 * the connection is cut. Throws NotBegun, or AppError: statement_timeout, connection_failed, what
 * `wrap` makes of it.
 */
export function answered<T>(
  line: Line,
  send: () => Promise<T>,
  timeout_ms: number,
  watch = unwatched,
): Promise<T> {
  const { wire, answering } = line;
  if (wire.destroyed) return Promise.reject(new NotBegun());
  const answer = inTurn(line, wire.orLost(send()), answering, { timeout_ms, watch });
  line.answering = answer.catch(() => undefined);
  return answer;
}

async function inTurn<T>(
  { wire, counted, clock, onTook, wrap, onCut }: Line,
  work: Promise<T>,
  before: Promise<unknown> | undefined,
  { timeout_ms, watch }: { timeout_ms: number; watch: Watch },
): Promise<T> {
  if (before) {
    work.catch(() => undefined); // heard in its turn
    await before;
    if (wire.destroyed) throw new NotBegun();
  }
  const started = clock.monotonic();
  counted.begin();
  const wait_ms = timeout_ms + clientGrace_ms;
  let cut: Promise<void> | undefined;
  const late = () => {
    wire.destroy();
    cut = onCut?.();
    return new AppError(
      'statement_timeout',
      `no answer within ${wait_ms} ms; the connection was cut`,
    );
  };
  try {
    return await watch(wrapped(withDeadline(work, wait_ms, clock, late), wrap));
  } finally {
    counted.done();
    onTook(clock.monotonic() - started);
    await cut;
  }
}

async function wrapped<T>(work: Promise<T>, wrap: Line['wrap']): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw wrap(error);
  }
}

/** `farewell` says good-bye, and settles when the server has taken it. */
export async function leave(
  { wire, clock }: Pick<Line, 'wire' | 'clock'>,
  farewell: () => Promise<unknown>,
): Promise<void> {
  if (wire.destroyed) return;
  const late = () => new AppError('connection_failed', 'did not close');
  await withDeadline(Promise.race([farewell(), wire.lost]), clientGrace_ms, clock, late).catch(
    () => undefined,
  );
  wire.destroy();
}
