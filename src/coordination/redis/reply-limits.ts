import type { Socket } from 'node:net';

/**
 * How much one reply of Redis may be. The client collects a reply until it is whole, however large
 * it announces itself: here it is counted before the client sees it, and a connection that brings
 * too much, or what is no reply at all, is destroyed.
 */
const mebibyte = 1_048_576;
export const replyLimits = {
  /** The largest of ours, a survey of a thousand shards and a target's state, are some 200 KiB. */
  bytes: 4 * mebibyte,
  /** Of all lists of one reply together: an element of no bytes costs the client a hundred. */
  elements: 100_000,
  /** Slots of a cluster are lists in lists in a list. */
  depth: 8,
};
/** A length is written in some digits; what a line says beyond is counted, not kept. */
const keptOfLine = 32;

const carriageReturn = 13;
const lines = '+-:,#(_';
const texts = '$!=';
const lists = '*~>';

export interface Expected {
  /** Commands that are sent and not answered. */
  waiting(): number;
  /** In the old protocol messages to a subscriber look like answers. */
  subscribed(): boolean;
}

const nonsense = 'a reply that makes no sense';
const tooLarge = `a reply of more than ${replyLimits.bytes / mebibyte} MiB`;
/** `message`, a channel and what is said; no other push has fewer. */
const leastOfPush = 3;

/** Where the counter is in what comes. */
interface Reading {
  readonly expected: Expected;
  /** Elements that are still to come, by depth; empty between replies. */
  readonly open: number[];
  /** Of this reply. */
  bytes: number;
  elements: number;
  push: boolean;
  /** Bytes of a text that are still to come. */
  skip: number;
  line: string;
  /**
   * The client takes whatever byte follows the carriage return for the line's end: it looks next
   * behind that.
   */
  afterLine: boolean;
  /** Commands whose answers are still to come. */
  awaited: number;
}

/**
 * Told each chunk as it comes; throws with the reason when a limit is passed, or when it answers
 * what nobody asked: the client would fail once for each of these. Reads as far as it must to know
 * where a reply ends.
 */
export function createReplyCounter(expected: Expected): (chunk: Buffer) => void {
  const reading: Reading = {
    expected,
    open: [],
    bytes: 0,
    elements: 0,
    push: false,
    skip: 0,
    line: '',
    afterLine: false,
    awaited: 0,
  };
  return (chunk) => {
    reading.awaited = expected.waiting();
    for (let at = 0; at < chunk.length; ) {
      const from = at;
      at = advance(reading, chunk, from);
      // What ended a reply is no longer counted.
      if (isWithin(reading)) reading.bytes += at - from;
      if (reading.bytes > replyLimits.bytes) throw new Error(tooLarge);
    }
  };
}

const isWithin = ({ open, skip, line, afterLine }: Reading): boolean =>
  open.length > 0 || skip > 0 || line !== '' || afterLine;

/** Reads on from `at`; gives how far. */
function advance(reading: Reading, chunk: Buffer, at: number): number {
  if (reading.afterLine) {
    reading.afterLine = false;
    readLine(reading);
    return at + 1;
  }
  if (reading.skip > 0) {
    const skipped = Math.min(reading.skip, chunk.length - at);
    reading.skip -= skipped;
    if (reading.skip === 0) finish(reading);
    return at + skipped;
  }
  const end = chunk.indexOf(carriageReturn, at);
  reading.afterLine = end >= 0;
  const until = end < 0 ? chunk.length : end;
  if (reading.line.length < keptOfLine)
    reading.line += chunk.subarray(at, until).toString('latin1', 0, keptOfLine);
  return end < 0 ? until : until + 1;
}

/** A line is whole: it is a reply or an element, or announces some. */
function readLine(reading: Reading): void {
  const [type, value] = [reading.line[0] ?? '', reading.line.slice(1)];
  reading.line = '';
  if (reading.push && (type === '_' || value === '-1')) throw new Error(nonsense);
  if (lines.includes(type)) return finish(reading);
  if (!/^(-1|\d{1,15})$/.test(value)) throw new Error(nonsense);
  const length = Number(value);
  if (texts.includes(type)) return beginText(reading, length);
  if (type === '>') {
    if (reading.open.length > 0 || length < leastOfPush) throw new Error(nonsense);
    reading.push = true;
  }
  if (lists.includes(type)) return beginList(reading, Math.max(0, length));
  if (type === '%') return beginList(reading, 2 * Math.max(0, length));
  throw new Error(nonsense);
}

function beginText(reading: Reading, length: number): void {
  if (reading.bytes + length > replyLimits.bytes) throw new Error(tooLarge);
  if (length < 0) finish(reading);
  else reading.skip += length + 2;
}

function beginList(reading: Reading, count: number): void {
  reading.elements += count;
  if (reading.elements > replyLimits.elements)
    throw new Error(`a reply of more than ${replyLimits.elements} elements`);
  if (reading.open.length >= replyLimits.depth)
    throw new Error(`a reply of more than ${replyLimits.depth} levels`);
  if (count > 0) reading.open.push(count);
  else finish(reading);
}

/** An element is whole, and with the last one each list that ends with it; then the reply. */
function finish(reading: Reading): void {
  const { open, push, expected } = reading;
  for (let left = open.pop(); left !== undefined; left = open.pop())
    if (left > 1) {
      open.push(left - 1);
      return;
    }
  if (!push && !expected.subscribed()) reading.awaited -= 1;
  if (reading.awaited < 0) throw new Error('it answers what nobody asked');
  Object.assign(reading, { bytes: 0, elements: 0, push: false });
}

/** From here on what comes is counted before anybody reads it. */
export function limitReplies(stream: Socket, expected: Expected): void {
  const count = createReplyCounter(expected);
  const push = stream.push.bind(stream);
  stream.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (stream.destroyed) return false;
    try {
      if (chunk) count(chunk);
    } catch (error) {
      stream.destroy(new Error(`${(error as Error).message}; the connection was cut`));
      return false;
    }
    return push(chunk, encoding);
  };
}
