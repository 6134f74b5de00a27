import { describe, expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import type { LoginMethod } from '../../dialects/index.ts';
import { createReceived } from '../wire/received.ts';
import { createMessageReader } from './messages.ts';

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int16 = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const message = (type: string, ...parts: (Buffer | string)[]) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};
const asks = (kind: number, ...more: (Buffer | string)[]) => message('R', int32(kind), ...more);
const welcome = asks(0);
const columns = (count: number) =>
  message('T', int16(count), ...Array.from({ length: count }, () => `c\0${'\0'.repeat(18)}`));
const row = (...values: (string | null)[]) =>
  message(
    'D',
    int16(values.length),
    ...values.flatMap((value) =>
      value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), value],
    ),
  );

/** `passed`, or the code with which the connection would be cut. */
function hear(
  messages: readonly Buffer[],
  { requireAuth, encrypted = true }: { requireAuth?: LoginMethod[]; encrypted?: boolean } = {},
): string {
  const counted = createReceived().connection();
  counted.begin();
  const read = createMessageReader({ requireAuth, encrypted }, counted);
  try {
    for (const each of messages) read(each);
    return 'passed';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  } finally {
    counted.end();
  }
}

const scram = [asks(10, 'SCRAM-SHA-256\0\0'), asks(11, 'x'), asks(12, 'y')];

describe('a login', () => {
  it.each<[string, Buffer[], Parameters<typeof hear>[1], string]>([
    ['by a proof that both know the password', [...scram, welcome], {}, 'passed'],
    [
      'that leaves out the server’s proof',
      [...scram.slice(0, 2), welcome],
      {},
      'connection_failed',
    ],
    ['with a proof that nobody began', [asks(12, 'y')], {}, 'connection_failed'],
    ['that hands over the password, encrypted', [asks(3), welcome], {}, 'passed'],
    ['that hands it over in clear', [asks(3)], { encrypted: false }, 'authentication_failed'],
    [
      'in a way that the target does not name',
      [asks(3)],
      { requireAuth: ['scram-sha-256'] },
      'authentication_failed',
    ],
    [
      'without any, where one is required',
      [welcome],
      { requireAuth: ['scram-sha-256'] },
      'authentication_failed',
    ],
    ['in a way that is not supported', [asks(7)], {}, 'authentication_failed'],
    ['again within the session', [asks(3), welcome, asks(3)], {}, 'connection_failed'],
  ])('%s', (_, messages, how, expected) => expect(hear(messages, how)).toBe(expected));
});

describe('an answer', () => {
  it.each<[string, Buffer[], string]>([
    ['of rows as announced', [columns(2), row('a', null), row('', 'b')], 'passed'],
    ['of other columns than announced', [columns(2), row('a')], 'connection_failed'],
    ['of more columns than a row has', [message('T', int16(1_665))], 'connection_failed'],
    [
      'with a value of negative length',
      [columns(1), message('D', int16(1), int32(-2))],
      'connection_failed',
    ],
    [
      'whose lengths do not fit',
      [columns(1), message('D', int16(1), int32(9), 'x')],
      'connection_failed',
    ],
    ['with an error', [message('E', 'SERROR\0C42P01\0\0')], 'passed'],
    ['with an error that does not end', [message('E', 'SERROR\0')], 'connection_failed'],
    ['of a kind that nobody asked for', [message('G', '\0\0\0')], 'connection_failed'],
  ])('%s', (_, messages, expected) => expect(hear(messages)).toBe(expected));

  it('that is announced larger than anything we read is not waited for', () =>
    expect(hear([Buffer.concat([Buffer.from('D'), int32(2 ** 30)])])).toBe('too_large'));
});
