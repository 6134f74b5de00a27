import { dictionary } from '../../base/dictionary.ts';
import { AppError } from '../../base/errors.ts';
import type { LoginMethod } from '../../dialects/index.ts';
import { createFramer, nonsense } from '../wire/framing.ts';
import type { ReceivedByConnection } from '../wire/received.ts';

/**
 * What a server sends, message by message, before the driver reads it: the driver trusts every
 * length and count (an ErrorResponse without its last byte is read for ever), and gives the
 * password to whoever asks for it. Only what a server says to a client like us passes.
 */
export interface MessagePolicy {
  /**
   * Ways to log in that the target names; undefined: those that do not hand over the password, and
   * all where the connection is encrypted.
   */
  requireAuth: readonly LoginMethod[] | undefined;
  encrypted: boolean;
}

/** No row has more columns (MaxTupleAttributeNumber). */
const columnLimit = 1_664;
/** What a row or a value of it weighs in our memory beside its bytes. */
const rowWeight = 32;
const valueWeight = 8;
const columnWeight = 128;

/** One connection: what was said so far. */
interface Conversation extends MessagePolicy {
  readonly received: ReceivedByConnection;
  authenticated: boolean;
  /** That the server knows the password as well. */
  proof: 'none' | 'wanted' | 'given';
  /** Some way to log in was gone through. */
  exchanged: boolean;
  /** Of the rows that follow. */
  columns: number;
}

export function createMessageReader(policy: MessagePolicy, received: ReceivedByConnection) {
  const talk: Conversation = {
    ...policy,
    received,
    authenticated: false,
    proof: 'none',
    exchanged: false,
    columns: 0,
  };
  return createFramer({
    head: 5,
    sizeAt(bytes, at) {
      const size = bytes.readUInt32BE(at + 1);
      if (size < 4) throw nonsense('a message shorter than its own length');
      received.announce(size);
      return size + 1;
    },
    inspect: (bytes, from, to) => inspect(talk, bytes, from, to),
  });
}

function permit(talk: Conversation, method: LoginMethod): void {
  const permitted = talk.requireAuth
    ? talk.requireAuth.includes(method)
    : method !== 'password' || talk.encrypted;
  if (!permitted) throw notPermitted(method, talk.requireAuth, talk.encrypted);
  talk.exchanged = true;
}

function authentication(talk: Conversation, bytes: Buffer, from: number, to: number): void {
  if (talk.authenticated) throw nonsense('a login within the session');
  if (to - from < 9) throw nonsense('an authentication request of no kind');
  switch (bytes.readInt32BE(from + 5)) {
    case 0:
      if (!talk.exchanged) permit(talk, 'none');
      if (talk.proof === 'wanted')
        throw nonsense('it leaves out the proof that it knows the password');
      talk.authenticated = true;
      break;
    case 3:
      permit(talk, 'password');
      break;
    case 5:
      permit(talk, 'md5');
      break;
    case 10:
      permit(talk, 'scram-sha-256');
      if (!isListOfNames(bytes, from + 9, to))
        throw nonsense('an authentication request without end');
      talk.proof = 'wanted';
      break;
    case 11:
      if (talk.proof !== 'wanted') throw nonsense('an authentication step out of order');
      break;
    case 12:
      if (talk.proof !== 'wanted') throw nonsense('an authentication step out of order');
      talk.proof = 'given';
      break;
    default:
      throw new AppError(
        'authentication_failed',
        'the server wants a way to log in that is not supported; use scram-sha-256',
      );
  }
}

function row(talk: Conversation, bytes: Buffer, from: number, to: number): void {
  if (to - from < 7) throw nonsense('a row of no columns and no end');
  const count = bytes.readInt16BE(from + 5);
  if (count !== talk.columns) throw nonsense('a row of other columns than announced');
  talk.received.add(rowWeight + valueWeight * count);
  let at = from + 7;
  for (let i = 0; i < count; i += 1) {
    if (at + 4 > to) throw nonsense('a row that is cut off');
    const size = bytes.readInt32BE(at);
    if (size < -1) throw nonsense('a value of negative length');
    at += 4 + Math.max(0, size);
  }
  if (at !== to) throw nonsense('a row whose lengths do not fit');
}

function description(talk: Conversation, bytes: Buffer, from: number, to: number): void {
  if (to - from < 7) throw nonsense('columns of no number');
  const count = bytes.readInt16BE(from + 5);
  if (count < 0 || count > columnLimit) throw nonsense(`${count} columns`);
  let at = from + 7;
  for (let i = 0; i < count; i += 1) at = endOfText(bytes, at, to) + 18;
  if (at !== to) throw nonsense('columns whose lengths do not fit');
  talk.columns = count;
  talk.received.add(columnWeight * count);
}

function inspect(talk: Conversation, bytes: Buffer, from: number, to: number): void {
  const type = String.fromCharCode(bytes[from] as number);
  const size = to - from;
  switch (type) {
    case 'R':
      return authentication(talk, bytes, from, to);
    case 'D':
      return row(talk, bytes, from, to);
    case 'T':
      return description(talk, bytes, from, to);
    case 'E':
    case 'N':
      return fields(bytes, from + 5, to);
    case 'S':
      return exactly(endOfText(bytes, endOfText(bytes, from + 5, to), to), to);
    case 'A':
      return exactly(endOfText(bytes, endOfText(bytes, from + 9, to), to), to);
    case 'C':
      return exactly(endOfText(bytes, from + 5, to), to);
    case 'K':
      return exactly(size, 13);
    case 'Z':
      return exactly(size, 6);
    case 't':
      if (size < 7) throw nonsense('parameters of no number');
      return exactly(7 + 4 * bytes.readUInt16BE(from + 5), size);
    case '1':
    case '2':
    case '3':
    case 'n':
    case 's':
    case 'I':
      return exactly(size, 5);
    default: // COPY, a function call's result, another protocol: nothing that we ask for
      throw nonsense('a message of a kind that is not asked for');
  }
}

function exactly(found: number, wanted: number): void {
  if (found !== wanted) throw nonsense('a message whose lengths do not fit');
}

/** Just behind a text that ends with NUL. */
function endOfText(bytes: Buffer, from: number, to: number): number {
  const end = bytes.indexOf(0, from);
  if (from > to || end < 0 || end >= to) throw nonsense('a text without end');
  return end + 1;
}

/** ErrorResponse, NoticeResponse: texts, each behind one letter; a NUL is the last. */
function fields(bytes: Buffer, from: number, to: number): void {
  let at = from;
  while (at < to && bytes[at] !== 0) at = endOfText(bytes, at + 1, to);
  exactly(at + 1, to);
}

function isListOfNames(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && bytes[at] !== 0) at = endOfText(bytes, at, to);
  return at + 1 === to;
}

const names = dictionary<string>({
  none: 'lets anyone in without a password',
  password: 'asks for the password in clear',
});

function notPermitted(
  method: LoginMethod,
  requireAuth: readonly LoginMethod[] | undefined,
  encrypted: boolean,
): AppError {
  const asks = names[method] ?? `asks for ${method}`;
  const why = requireAuth
    ? `connection.requireAuth names only ${requireAuth.join(', ')}`
    : `connection.tls.mode is ${encrypted ? 'on' : 'disable'}`;
  return new AppError(
    'authentication_failed',
    `the server ${asks}, and ${why}; it was not sent. Allow it with connection.requireAuth: ` +
      `[${method}]`,
  );
}
