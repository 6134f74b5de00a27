import type { Socket } from 'node:net';
import { type Conversation, type Dice, endless, misbehave } from './hostile-server.ts';

/** A “PostgreSQL” that may say anything: as a server would for a while, then not. */
const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
};
const text = (value: string) => Buffer.from(`${value}\0`);
const message = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};
const ready = message('Z', Buffer.from('I'));
const complete = message('C', text('SELECT 1'));
export const description = (names: string[]) =>
  message(
    'T',
    int16(names.length),
    ...names.map((name) =>
      Buffer.concat([text(name), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
    ),
  );
export const row = (values: (string | null)[]) =>
  message(
    'D',
    int16(values.length),
    ...values.map((value) =>
      value === null
        ? int32(-1)
        : Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]),
    ),
  );
const login = (code: number, ...rest: Buffer[]) => message('R', int32(code), ...rest);
export const hello = Buffer.concat([
  login(0),
  message('S', text('server_version'), text('18.4')),
  message('K', int32(1), int32(7)),
  ready,
]);
const failure = (fields: string) => message('E', Buffer.from(fields));

const columns =
  'pid,version,major,standby,id,lock_slots,track,schema,name,calls,total,now,reset,active,queryid,query'.split(
    ',',
  );
const absurd: (string | null)[] = [
  null,
  '',
  '0',
  '-1',
  '1e400',
  'NaN',
  '9'.repeat(400),
  't',
  'f',
  '{}',
  '[null]',
  '[{"Plan":null}]',
  '\ufffd',
  'x'.repeat(70_000),
  '18',
  '18.4',
];

/** What is no answer. Each is a kind; the dice fill it. */
const offences: ((dice: Dice, socket: Socket) => Buffer | undefined)[] = [
  () => Buffer.from('440000000678 78'.replace(' ', ''), 'hex'),
  (dice) => message(dice.pick('RKZTDCENSAtGHWdcvnsI123'.split('')), dice.bytes(200)),
  (dice) =>
    Buffer.concat([
      Buffer.from(dice.pick('DTERSKZN'.split(''))),
      int32(dice.pick([0, 1, 3, 4, 5, 7, 65_536, 0x7fffffff, -1, -2_000])),
      dice.bytes(60),
    ]),
  (dice) => message('D', int16(dice.pick([-1, 0, 1, 1_664, 32_767])), dice.bytes(30)),
  (dice) => message('T', int16(dice.pick([-1, 1, 1_665, 32_767])), dice.bytes(30)),
  (dice) =>
    failure(
      dice.pick([
        'SFATAL\0',
        'S',
        '',
        'C\0\0',
        `M${'x'.repeat(5_000)}`,
        'SERROR\0C42601\0Mnear "CANARY"\0\0',
      ]),
    ),
  () => Buffer.concat([failure('SERROR\0C57014'), ready]),
  (dice) => Buffer.concat(Array.from({ length: dice.below(50) + 2 }, () => ready)),
  () => Buffer.concat([row(['1']), description(['a']), complete]),
  () => Buffer.concat([description(['a', 'b']), row(['1']), complete, ready]),
  () => Buffer.concat([login(0), login(0), ready]),
  (dice) => login(dice.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1]), dice.bytes(20)),
  () => login(10, text('SCRAM-SHA-256'), Buffer.from([0])),
  () => message('G', Buffer.from([0]), int16(3), int16(0), int16(0), int16(0)),
  () => message('v', int32(196_608), int32(2), text('_pq_.x'), text('_pq_.y')),
  (dice) =>
    Buffer.concat([description(['a']), row(['1']), complete, ready]).subarray(
      0,
      dice.below(60) + 1,
    ),
  (_, socket) =>
    endless(
      socket,
      description(['a']),
      Buffer.concat(Array.from({ length: 2_000 }, () => row(['x'.repeat(20)]))),
    ),
  (_, socket) =>
    endless(
      socket,
      Buffer.alloc(0),
      Buffer.concat(
        Array.from({ length: 2_000 }, () => message('N', Buffer.from('SNOTICE\0Mx\0\0'))),
      ),
    ),
  (_, socket) =>
    endless(
      socket,
      Buffer.alloc(0),
      Buffer.concat(Array.from({ length: 9_000 }, () => message('2'))),
    ),
  (_, socket) =>
    endless(
      socket,
      message('D', int16(1), int32(0x3fffffff)).subarray(0, 11),
      Buffer.alloc(65_536),
    ),
];

export const talkPostgres: Conversation = async (socket, dice, incoming) => {
  let step = dice.below(6);
  const offend = () => misbehave(socket, dice, offences);
  await incoming();
  if (step-- === 0) return offend();
  if (dice.below(4) === 0) {
    socket.write(
      dice.pick([
        login(3),
        login(5, dice.bytesOf(4)),
        login(10, text('SCRAM-SHA-256'), Buffer.from([0])),
      ]),
    );
    await incoming();
    if (step-- <= 0) return offend();
    socket.write(
      login(11, Buffer.from(dice.pick(['r=x,s=eA==,i=4096', 'r=,s=,i=1000000000', 'x', '']))),
    );
    await incoming();
  }
  const pid = dice.below(2_000);
  socket.write(
    Buffer.concat([
      login(0),
      message('S', text('server_version'), text('18.4')),
      message('K', int32(pid), int32(7)),
      ready,
    ]),
  );
  // Otherwise it would be taken for a pooler, and asked nothing more.
  const value = (name: string) =>
    name === 'pid' && dice.below(8) ? String(pid) : dice.pick(absurd);
  for (; step > 0; step -= 1) {
    await incoming();
    const names =
      dice.below(3) === 0 ? Array.from({ length: dice.below(1_600) }, () => '__proto__') : columns;
    const rows = Array.from({ length: dice.below(3) }, () => row(names.map(value)));
    const answer = Buffer.concat([description(names), ...rows, complete, ready]);
    if (dice.below(8) === 0)
      for (const byte of answer.subarray(0, 300)) socket.write(Buffer.from([byte]));
    else socket.write(answer);
  }
  await incoming();
  return offend();
};
