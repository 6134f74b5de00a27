import type { Socket } from 'node:net';
import { type Conversation, type Dice, endless, misbehave } from './hostile-server.ts';

/** A “MySQL” or “MariaDB” that may say anything: as a server would for a while, then not. */
const lengthOf = (size: number) => Buffer.from([size & 255, (size >> 8) & 255, (size >> 16) & 255]);
export const packet = (sequence: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([lengthOf(body.length), Buffer.from([sequence & 255]), body]);
};
const short = (value: string) =>
  Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
export const textValue = (value: string | null) => {
  if (value === null) return Buffer.from([0xfb]);
  const bytes = Buffer.from(value);
  return bytes.length < 251
    ? Buffer.concat([Buffer.from([bytes.length]), bytes])
    : Buffer.concat([Buffer.from([0xfd]), lengthOf(bytes.length), bytes]);
};
const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
const eof = Buffer.from([0xfe, 0, 0, 2, 0]);
const failure = (message: string) =>
  Buffer.concat([Buffer.from([0xff, 0x28, 0x04]), Buffer.from(`#42000${message}`)]);
const plugins = [
  'caching_sha2_password',
  'mysql_native_password',
  'sha256_password',
  'mysql_clear_password',
  'client_ed25519',
  '__proto__',
  '',
];

export const sslFlag = 0x0800;
export function greeting(plugin: string, version: string, tls: boolean): Buffer {
  // long password, connect with db, 4.1, transactions, secure connection
  const flags = 0xa20d | (tls ? sslFlag : 0);
  return packet(
    0,
    Buffer.from([10]),
    Buffer.from(`${version}\0`),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('12345678\0'),
    Buffer.from([flags & 255, flags >> 8, 255, 2, 0, 0x08, 0, 21]),
    Buffer.alloc(10),
    Buffer.from('123456789012\0'),
    Buffer.from(`${plugin}\0`),
  );
}

const column = (name: string) =>
  Buffer.concat([
    short('def'),
    short(''),
    short(''),
    short(''),
    short(name),
    short(''),
    Buffer.from([12, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0]),
  ]);
const absurd: (string | null)[] = [
  null,
  '',
  '0',
  '-1',
  '1e400',
  'NaN',
  '9'.repeat(400),
  '{}',
  '{"query_block":{"table":null}}',
  'x'.repeat(70_000),
  '9.7.0',
  '11.4.5-MariaDB',
];

const usual: Record<string, string | undefined> = {
  __proto__: null,
  id: '1',
  version: '11.4.5-MariaDB',
} as never;

function answer(names: string[], rows: (string | null)[][]): Buffer {
  let sequence = 0;
  const next = (...parts: Buffer[]) => packet((sequence += 1), ...parts);
  const count =
    names.length < 251
      ? Buffer.from([names.length])
      : Buffer.concat([Buffer.from([0xfc]), lengthOf(names.length).subarray(0, 2)]);
  return Buffer.concat([
    next(count),
    ...names.map((name) => next(column(name))),
    next(eof),
    ...rows.map((row) => next(...row.map(textValue))),
    next(eof),
  ]);
}

/** What is no answer. Each is a kind; the dice fill it. */
const offences: ((dice: Dice, socket: Socket) => Buffer | undefined)[] = [
  (dice) => packet(dice.below(4), dice.bytes(200)),
  (dice) =>
    Buffer.concat([
      lengthOf(dice.pick([0, 1, 5, 0xffffff, 0xfffffe, 70_000])),
      Buffer.from([dice.below(3)]),
      dice.bytes(100),
    ]),
  () => packet(1),
  () => Buffer.concat([packet(1, ok), packet(7, ok), packet(0, ok)]),
  () => packet(2, Buffer.from([0xfe]), Buffer.from('mysql_clear_password\0')),
  (dice) => packet(2, Buffer.from([0xfe]), Buffer.from(`${dice.pick(plugins)}\0`), dice.bytes(30)),
  () => packet(2, Buffer.from([1, 4])),
  () =>
    packet(
      2,
      Buffer.from([1]),
      Buffer.from('-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n'),
    ),
  (dice) => packet(2, Buffer.from([2]), dice.bytes(10)),
  () => packet(1, Buffer.from([0xfb]), Buffer.from('/etc/passwd')),
  () => packet(1, Buffer.from([0xfc, 255, 255])),
  () => packet(1, Buffer.from([0xfe, 255, 255, 255, 255, 255, 255, 255, 127])),
  (dice) => packet(1, failure(dice.pick(['', 'near "CANARY"', 'x'.repeat(60_000)]))),
  () => Buffer.from('4a00000100', 'hex'),
  (dice) => answer(['a', 'b'], [['1']]).subarray(0, dice.below(80) + 1),
  (dice) =>
    Buffer.concat([
      packet(1, Buffer.from([2])),
      packet(2, dice.bytes(20)),
      packet(3, column('a')),
      packet(4, eof),
      packet(5, textValue('1')),
      packet(6, eof),
    ]),
  (_, socket) =>
    endless(
      socket,
      Buffer.concat([packet(1, Buffer.from([1])), packet(2, column('a')), packet(3, eof)]),
      rows(),
    ),
  (_, socket) =>
    endless(
      socket,
      Buffer.concat([packet(1, Buffer.from([1])), packet(2, column('a')), packet(3, eof)]),
      bigPackets(),
    ),
];

export const resultHead = (names: string[]) =>
  Buffer.concat([
    packet(1, Buffer.from([names.length])),
    ...names.map((name, i) => packet(2 + i, column(name))),
    packet(2 + names.length, eof),
  ]);

/** 256 rows, numbered on from 4, again and again. */
const rows = () =>
  Buffer.concat(Array.from({ length: 2_560 }, (_, i) => packet(4 + i, textValue('x'.repeat(20)))));
const bigPackets = () => Buffer.concat([Buffer.from([255, 255, 255, 4]), Buffer.alloc(65_536)]);

export const talkMysql: Conversation = async (socket, dice, incoming, { tls, secure }) => {
  let step = dice.below(6);
  const offend = () => misbehave(socket, dice, offences);
  if (step-- === 0) return offend();
  socket.write(
    greeting(
      dice.pick(plugins),
      dice.pick(['9.7.0', '8.0.40', '11.4.5-MariaDB', '5.5.5-10.11.5-MariaDB', '']),
      tls,
    ),
  );
  await incoming();
  let stream = socket;
  if (tls) {
    stream = await secure();
    if (step-- <= 0) return misbehave(stream, dice, offences);
    await incoming();
  }
  if (step-- <= 0) return misbehave(stream, dice, offences);
  stream.write(packet(tls ? 3 : 2, ok));
  // Otherwise it would be taken for a pooler or for nobody, and asked nothing more.
  const value = (name: string) => (dice.below(8) ? usual[name] : undefined) ?? dice.pick(absurd);
  for (; step > 0; step -= 1) {
    await incoming();
    const names =
      dice.below(4) === 0
        ? Array.from({ length: dice.below(300) }, () => '__proto__')
        : ['id', 'version', 'value', 'name', 'Variable_name', 'Value'];
    stream.write(
      answer(
        names,
        Array.from({ length: dice.below(3) }, () => names.map(value)),
      ),
    );
  }
  await incoming();
  return misbehave(stream, dice, offences);
};
