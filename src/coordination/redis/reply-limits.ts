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
/** `message`, a channel and what is said; no other push has fewer. */
const leastOfPush = 3;

/**
 * Told each chunk as it comes; throws with the reason when a limit is passed, or when it answers
 * what nobody asked: the client would fail once for each of these. Reads as far as it must to know
 * where a reply ends.
 */
export function createReplyCounter({ waiting, subscribed }: Expected): (chunk: Buffer) => void {
  /** Elements that are still to come, by depth; empty between replies. */
  const open: number[] = [];
  let [bytes, elements, skip, line, awaited, push] = [0, 0, 0, '', 0, false];

  const finish = () => {
    for (let left = open.pop(); left !== undefined; left = open.pop())
      if (left > 1) {
        open.push(left - 1);
        return;
      }
    if (!push && !subscribed() && (awaited -= 1) < 0)
      throw new Error('it answers what nobody asked');
    [bytes, elements, push] = [0, 0, false];
  };
  const begin = (count: number) => {
    elements += count;
    if (elements > replyLimits.elements)
      throw new Error(`a reply of more than ${replyLimits.elements} elements`);
    if (open.length >= replyLimits.depth)
      throw new Error(`a reply of more than ${replyLimits.depth} levels`);
    if (count > 0) open.push(count);
    else finish();
  };
  const readLine = () => {
    const [type, value] = [line[0] ?? '', line.slice(1)];
    line = '';
    if (push && (type === '_' || value === '-1')) throw new Error(nonsense);
    if (lines.includes(type)) return finish();
    if (!/^(-1|\d{1,15})$/.test(value)) throw new Error(nonsense);
    const length = Number(value);
    if (texts.includes(type)) {
      if (bytes + length > replyLimits.bytes)
        throw new Error(`a reply of more than ${replyLimits.bytes / mebibyte} MiB`);
      skip += length < 0 ? 0 : length + 2;
      return length < 0 ? finish() : undefined;
    }
    if (type === '>') {
      if (open.length > 0 || length < leastOfPush) throw new Error(nonsense);
      push = true;
    }
    if (lists.includes(type)) return begin(Math.max(0, length));
    if (type === '%') return begin(2 * Math.max(0, length));
    throw new Error(nonsense);
  };

  /**
   * Where the client looks next: it takes whatever byte follows the carriage return for the line's
   * end.
   */
  let afterLine = false;
  return (chunk) => {
    awaited = waiting();
    for (let at = 0; at < chunk.length; ) {
      const from = at;
      if (afterLine) {
        at += 1;
        afterLine = false;
        readLine();
      } else if (skip > 0) {
        at += Math.min(skip, chunk.length - at);
        skip -= at - from;
        if (skip === 0) finish();
      } else {
        const end = chunk.indexOf(carriageReturn, at);
        at = end < 0 ? chunk.length : end + 1;
        afterLine = end >= 0;
        if (line.length < keptOfLine)
          line += chunk.subarray(from, end < 0 ? at : end).toString('latin1', 0, keptOfLine);
      }
      // What ended a reply is no longer counted.
      if (open.length > 0 || skip > 0 || line || afterLine) bytes += at - from;
      if (bytes > replyLimits.bytes)
        throw new Error(`a reply of more than ${replyLimits.bytes / mebibyte} MiB`);
    }
  };
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
