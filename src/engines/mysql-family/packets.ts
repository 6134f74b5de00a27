import { AppError } from '../../base/errors.ts';
import type { LoginMethod } from '../../dialects/index.ts';
import { createFramer, nonsense } from '../wire/framing.ts';
import type { ReceivedByConnection } from '../wire/received.ts';

/**
 * What a server sends, packet by packet, before the driver reads it: the driver takes packets out
 * of order, compiles a reader for as many columns as the server says, and without TLS encrypts the
 * password with whatever key the server shows. Only what a server says to a client like us passes.
 */
export interface PacketPolicy {
  /**
   * Ways to log in that the target names; undefined: those that do not hand over the password, and
   * all but the clear one where the connection is encrypted.
   */
  requireAuth: readonly LoginMethod[] | undefined;
  encrypted: boolean;
}

export interface PacketReader {
  read(chunk: Buffer): Buffer | undefined;
  /** Told of each packet that the driver sends, header first. */
  onWrite(packet: Buffer): void;
  /** From here on encrypted; nothing may come between the request for it and this. */
  onSecure(): void;
}

const columnLimit = 4_096; // of a table and of a row
/** What a row or a value of it weighs in our memory beside its bytes. */
const rowWeight = 32;
const valueWeight = 8;
const columnWeight = 512;
/** A login has three or four rounds; each asks for an answer made of the password. */
const roundLimit = 8;

const greets = 10;
const ok = 0x00;
const moreData = 0x01;
const nextFactor = 0x02;
const localFile = 0xfb;
const authSwitch = 0xfe;
const failed = 0xff;
const fullAuthentication = 4;
/** Of a server's status flags. */
const moreResults = 0x0008;
/**
 * A column's catalog, schema, table, original table, name and original name; then what has a fixed
 * size.
 */
const columnTexts = 6;
const columnTail = 13;

/** One connection: where in the protocol it is. */
interface Conversation extends PacketPolicy {
  readonly received: ReceivedByConnection;
  state: 'greeting' | 'securing' | 'login' | 'idle' | 'header' | 'columns' | 'rows' | 'over';
  /** Number of the packet that comes next. */
  expected: number;
  /** The way to log in that is gone through. */
  method: string;
  rounds: number;
  /** Of the rows that follow, and how many of them were described. */
  columns: number;
  described: number;
}

export function createPacketReader(
  policy: PacketPolicy,
  received: ReceivedByConnection,
): PacketReader {
  const talk: Conversation = {
    ...policy,
    received,
    state: 'greeting',
    expected: 0,
    method: 'mysql_native_password',
    rounds: 0,
    columns: 0,
    described: 0,
  };
  const read = createFramer({
    head: 4,
    sizeAt(bytes, at) {
      const size = bytes.readUIntLE(at, 3);
      received.announce(size);
      return size + 4;
    },
    inspect: (bytes, from, to) => inspect(talk, bytes, from, to),
  });
  return {
    read,
    onWrite(packet) {
      talk.expected = ((packet[3] ?? 0) + 1) % 256;
      if (talk.state === 'idle' || talk.state === 'over') talk.state = 'header';
    },
    onSecure() {
      talk.state = 'login';
    },
  };
}

/** A way to log in that gives the server the password. */
function permitClear(talk: Conversation, asked: LoginMethod): void {
  const permitted = talk.requireAuth
    ? talk.requireAuth.includes(asked)
    : talk.encrypted && asked !== 'mysql_clear_password';
  if (!permitted) throw notPermitted(asked, talk.requireAuth, talk.encrypted);
}

function greeting(talk: Conversation, bytes: Buffer, at: number, to: number): void {
  if (bytes[at] === failed) return;
  if (bytes[at] !== greets || to - at < 32) throw nonsense('a greeting of another protocol');
  const name = lastText(bytes, at, to);
  if (name === 'caching_sha2_password' || (talk.encrypted && name === 'sha256_password'))
    talk.method = name;
  // As part of our answer to the greeting the driver sends the password itself.
  if (talk.encrypted && name === 'sha256_password') permitClear(talk, 'sha256_password');
  talk.state = talk.encrypted ? 'securing' : 'login';
}

function login(talk: Conversation, bytes: Buffer, at: number, to: number): void {
  talk.rounds += 1;
  if (talk.rounds > roundLimit) throw nonsense('a login without end');
  switch (bytes[at]) {
    case ok:
      if (talk.requireAuth && !talk.requireAuth.includes(talk.method as LoginMethod))
        throw notPermitted(talk.method, talk.requireAuth, talk.encrypted);
      talk.state = 'idle';
      return;
    case failed:
      return;
    case authSwitch:
      return switchTo(talk, firstText(bytes, at + 1, to));
    case moreData:
      if (bytes[at + 1] === fullAuthentication && to - at === 2)
        permitClear(talk, 'caching_sha2_password');
      return;
    case nextFactor:
      throw new AppError(
        'authentication_failed',
        'the server wants a second factor; the collector’s account must have one',
      );
    default:
      throw nonsense('a packet that is no part of a login');
  }
}

function switchTo(talk: Conversation, name: string): void {
  talk.method = name;
  switch (name) {
    case 'mysql_native_password':
    case 'caching_sha2_password':
      if (talk.requireAuth && !talk.requireAuth.includes(name))
        throw notPermitted(name, talk.requireAuth, talk.encrypted);
      return;
    case 'sha256_password':
    case 'mysql_clear_password':
      return permitClear(talk, name);
    default:
      throw new AppError(
        'authentication_failed',
        'the account uses a way to log in that is not supported; use caching_sha2_password',
      );
  }
}

/** The first packet of an answer: nothing, an error, or how many columns follow. */
function header(talk: Conversation, bytes: Buffer, at: number, to: number): void {
  const first = bytes[at] as number;
  if (first === failed) {
    talk.state = 'over';
    return;
  }
  if (first === ok) {
    const counted = endOfNumber(bytes, endOfNumber(bytes, at + 1, to), to);
    end(talk, bytes, counted, to);
    return;
  }
  if (first === localFile) throw nonsense('it asks for a file of ours');
  talk.columns =
    first < localFile
      ? first
      : first === 0xfc && to - at >= 3
        ? bytes.readUInt16LE(at + 1)
        : Number.NaN;
  if (!(talk.columns <= columnLimit)) throw nonsense('more columns than a row can have');
  if (at + (first < localFile ? 1 : 3) !== to)
    throw nonsense('a number of columns that does not end');
  talk.received.add(columnWeight * talk.columns);
  talk.described = 0;
  talk.state = 'columns';
}

/** The end of a result, by its flags: a procedure's is followed by others. */
function end(talk: Conversation, bytes: Buffer, flags: number, to: number): void {
  if (to - flags < 2) throw nonsense('an end without flags');
  talk.state = bytes.readUInt16LE(flags) & moreResults ? 'header' : 'over';
}

function column(talk: Conversation, bytes: Buffer, at: number, to: number): void {
  if (bytes[at] === failed) {
    talk.state = 'over';
    return;
  }
  if (talk.described === talk.columns) {
    if (!isEnd(bytes, at, to)) throw nonsense('more columns than announced');
    talk.state = 'rows';
    return;
  }
  talk.described += 1;
  let next = at;
  for (let i = 0; i < columnTexts; i += 1) next = endOfValue(bytes, next, to);
  // what MariaDB tells of its own types
  if (to - next !== columnTail) next = endOfValue(bytes, next, to);
  if (to - next !== columnTail) throw nonsense('a column whose lengths do not fit');
}

function row(talk: Conversation, bytes: Buffer, at: number, to: number): void {
  if (bytes[at] === failed) {
    talk.state = 'over';
    return;
  }
  if (isEnd(bytes, at, to)) return end(talk, bytes, at + 3, to);
  talk.received.add(rowWeight + valueWeight * talk.columns);
  let next = at;
  for (let i = 0; i < talk.columns; i += 1)
    next = bytes[next] === localFile ? next + 1 : endOfValue(bytes, next, to);
  if (next !== to) throw nonsense('a row whose lengths do not fit');
}

function inspect(talk: Conversation, bytes: Buffer, from: number, to: number): void {
  const at = from + 4;
  if (to === at) throw nonsense('an empty packet');
  if (bytes[from + 3] !== talk.expected && !(bytes[at] === failed && talk.state === 'idle'))
    throw nonsense('a packet out of order');
  talk.expected = (talk.expected + 1) % 256;
  switch (talk.state) {
    case 'greeting':
      return greeting(talk, bytes, at, to);
    case 'securing':
      throw nonsense('a packet in clear where encryption begins');
    case 'login':
      return login(talk, bytes, at, to);
    case 'idle':
      if (bytes[at] !== failed) throw nonsense('an answer that nobody asked for');
      return;
    case 'header':
      return header(talk, bytes, at, to);
    case 'columns':
      return column(talk, bytes, at, to);
    case 'rows':
      return row(talk, bytes, at, to);
    case 'over':
      if (bytes[at] !== failed) throw nonsense('more than one answer');
      return;
    default:
      return talk.state satisfies never;
  }
}

/** Not a row: one of a single value as long as this would begin with a length of eight bytes. */
const isEnd = (bytes: Buffer, at: number, to: number) => bytes[at] === authSwitch && to - at === 5;

/** Just behind a value: its length, then itself. */
function endOfValue(bytes: Buffer, at: number, to: number): number {
  const begin = endOfNumber(bytes, at, to);
  const lengthBytes = begin - at - 1;
  const size = lengthBytes
    ? bytes.readUIntLE(at + 1, Math.min(3, lengthBytes))
    : (bytes[at] as number);
  // Eight bytes say a length that no packet has.
  if (lengthBytes > 3 || begin + size > to) throw nonsense('a value longer than its packet');
  return begin + size;
}

/** Just behind a number, whose first byte says how long it is. */
function endOfNumber(bytes: Buffer, at: number, to: number): number {
  const first = at < to ? (bytes[at] as number) : failed;
  const size = first < localFile ? 1 : { 252: 3, 253: 4, 254: 9 }[first];
  if (size === undefined || at + size > to) throw nonsense('a number that is cut off');
  return at + size;
}

/** Up to a NUL or the end. */
function firstText(bytes: Buffer, from: number, to: number): string {
  const end = bytes.subarray(from, to).indexOf(0);
  return bytes.toString('latin1', from, end < 0 ? to : from + end);
}

/** The last text of a packet, with or without a NUL at its end. */
function lastText(bytes: Buffer, from: number, to: number): string {
  const body = bytes.subarray(from, bytes[to - 1] === 0 ? to - 1 : to);
  return body.toString('latin1', body.lastIndexOf(0) + 1);
}

function notPermitted(
  asked: string,
  requireAuth: readonly LoginMethod[] | undefined,
  encrypted: boolean,
): AppError {
  const gives = asked === 'mysql_native_password' ? 'asks for' : 'asks for the password itself by';
  const why = requireAuth
    ? `connection.requireAuth names only ${requireAuth.join(', ')}`
    : encrypted
      ? 'that is sent to nobody unasked'
      : 'connection.tls.mode is disable';
  return new AppError(
    'authentication_failed',
    `the server ${gives} ${asked}, and ${why}; it was not sent. Allow it with ` +
      `connection.requireAuth: [${asked}]`,
  );
}
