import { describe, expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import type { LoginMethod } from '../../dialects/index.ts';
import { createReceived } from '../wire/received.ts';
import { createPacketReader, type PacketReader } from './packets.ts';

/** Packets of one answer are numbered; the next of ours begins anew. */
const packet = (number: number, ...body: (Buffer | string | number)[]) => {
  const bytes = Buffer.concat(
    body.map((part) =>
      typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string),
    ),
  );
  const head = Buffer.alloc(4);
  head.writeUIntLE(bytes.length, 0, 3);
  head[3] = number;
  return Buffer.concat([head, bytes]);
};
const greeting = (method: string) => packet(0, 10, '8.0.40\0', '\0'.repeat(40), `${method}\0`);
const loggedIn = packet(2, 0, '\0\0\x02\0\0\0');
const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
const described = (number: number) =>
  packet(number, ...Array.from({ length: 6 }, () => text('a')), Buffer.alloc(13, 12));
const end = (number: number, flags = 0) => packet(number, 0xfe, 0, 0, flags, 0);

type Step = Buffer | 'sent' | 'secure';
const how = { encrypted: false, requireAuth: undefined as LoginMethod[] | undefined };

/** `passed`, or the code with which the connection would be cut. */
function hear(steps: readonly Step[], policy: Partial<typeof how> = {}): string {
  const counted = createReceived().connection();
  counted.begin();
  const reader: PacketReader = createPacketReader({ ...how, ...policy }, counted);
  try {
    for (const each of steps)
      if (each === 'sent') reader.onWrite(packet(0, 3, 'SELECT 1'));
      else if (each === 'secure') reader.onSecure();
      else reader.read(each);
    return 'passed';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  } finally {
    counted.end();
  }
}

const native = [greeting('mysql_native_password')];
const answersOurs = packet(1, '');
const secure: Step[] = [greeting('caching_sha2_password'), 'secure'];

describe('a login', () => {
  it.each<[string, Step[], Partial<typeof how>, string]>([
    ['by a scrambled password', [...native, packet(1, 0, '\0\0\0\0')], {}, 'passed'],
    [
      'in clear where encryption begins',
      [...native, loggedIn],
      { encrypted: true },
      'connection_failed',
    ],
    [
      'that wants the password itself, encrypted',
      [...secure, packet(1, 1, 4)],
      { encrypted: true },
      'passed',
    ],
    [
      'that wants it in clear',
      [greeting('caching_sha2_password'), packet(1, 1, 4)],
      {},
      'authentication_failed',
    ],
    [
      'that turns to a clear one',
      [...native, packet(1, 0xfe, 'mysql_clear_password\0')],
      {},
      'authentication_failed',
    ],
    [
      'that turns to one which the target names',
      [...native, packet(1, 0xfe, 'mysql_clear_password\0')],
      { requireAuth: ['mysql_clear_password'] },
      'passed',
    ],
    [
      'that the target does not name',
      [...native, packet(1, 0, '\0\0\0\0')],
      { requireAuth: ['caching_sha2_password'] },
      'authentication_failed',
    ],
    ['with a second factor', [...native, packet(1, 2)], {}, 'authentication_failed'],
    [
      'without end',
      [...native, ...Array.from({ length: 9 }, (_, i) => packet(i + 1, 1, 3))],
      {},
      'connection_failed',
    ],
    ['of another protocol', [packet(0, 9, '\0'.repeat(40))], {}, 'connection_failed'],
    [
      'whose packets are out of order',
      [...native, packet(5, 0, '\0\0\0\0')],
      {},
      'connection_failed',
    ],
    ['with an empty packet', [...native, answersOurs], {}, 'connection_failed'],
  ])('%s', (_, steps, policy, expected) => expect(hear(steps, policy)).toBe(expected));
});

describe('an answer', () => {
  const asked: Step[] = [...native, packet(1, 0, '\0\0\0\0'), 'sent'];
  const oneColumn = [...asked, packet(1, 1), described(2), end(3)];
  it.each<[string, Step[], string]>([
    ['of rows', [...oneColumn, packet(4, text('x')), packet(5, 0xfb), end(6)], 'passed'],
    [
      'of several results, as a procedure’s',
      [...oneColumn, end(4, 8), packet(5, 0, '\0\0\0\0')],
      'passed',
    ],
    [
      'of more results than announced',
      [...oneColumn, end(4), packet(5, 0, '\0\0\0\0')],
      'connection_failed',
    ],
    [
      'that nobody asked for',
      [...native, packet(1, 0, '\0\0\0\0'), packet(2, 1)],
      'connection_failed',
    ],
    [
      'that asks for a file of ours',
      [...asked, packet(1, 0xfb, '/etc/passwd')],
      'connection_failed',
    ],
    [
      'of more columns than announced',
      [...asked, packet(1, 1), described(2), described(3)],
      'connection_failed',
    ],
    [
      'of more columns than a row has',
      [...asked, packet(1, 0xfc, 0xff, 0xff)],
      'connection_failed',
    ],
    ['with a row whose lengths do not fit', [...oneColumn, packet(4, 9, 'x')], 'connection_failed'],
    ['with an error', [...asked, packet(1, 0xff, 'x')], 'passed'],
    ['with an error between its rows', [...oneColumn, packet(4, 0xff, 'x')], 'passed'],
  ])('%s', (_, steps, expected) => expect(hear(steps)).toBe(expected));
});
