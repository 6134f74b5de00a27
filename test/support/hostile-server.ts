import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { seededRandom } from '../../src/base/random.ts';

/**
 * Fake servers whose every conversation comes from a seed and its number on that port: the same
 * seed says the same again.
 */
export interface Dice {
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
  /** Up to so many. */
  bytes(most: number): Buffer;
  bytesOf(count: number): Buffer;
}

export function createDice(seed: number): Dice {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const bytesOf = (count: number) => Buffer.from(Array.from({ length: count }, () => below(256)));
  return {
    below,
    pick: (values) => values[below(values.length)] as never,
    bytes: (most) => bytesOf(below(most)),
    bytesOf,
  };
}

const tlsRequestSize = 36;

/** What one connection hears. `incoming` resolves with each thing that the client says. */
export type Conversation = (
  socket: Socket,
  dice: Dice,
  incoming: () => Promise<Buffer>,
  encryption: { tls: boolean; secure(): Promise<Socket> },
) => Promise<void> | void;

export interface HostileServer {
  port: number;
  conversations: number;
  /** Numbers of the conversations in which the client said `secret` in clear. */
  leaks: number[];
  close(): Promise<void>;
}

export interface HostileOptions {
  talk: Conversation;
  seed: number;
  /** Offers TLS with this certificate; PostgreSQL's answer to the question for it is given here. */
  tls?: { cert: string; key: string; asks: boolean };
  secret: string;
}

/**
 * Ends a conversation as no server does. A few stay silent: those cost the client its whole
 * deadline.
 */
export function misbehave(
  socket: Socket,
  dice: Dice,
  offences: readonly ((dice: Dice, socket: Socket) => Buffer | undefined)[],
): void {
  const last = dice.below(200);
  if (last === 0) return; // silent
  if (last < 12) return void socket.end();
  if (last < 24) return void socket.destroy();
  if (last < 40) return void socket.write(dice.bytes(4_096));
  const said = dice.pick(offences)(dice, socket);
  if (said) socket.write(said);
  if (dice.below(50) !== 0 && said) socket.end();
}

/**
 * Sends `again` as long as the client takes it. So many do at one time, the others of their kind
 * hang up: the machine that sends is the one that is tested.
 */
const endlessAtOnce = 3;
let sending = 0;
export function endless(socket: Socket, first: Buffer, again: Buffer): undefined {
  if (sending >= endlessAtOnce) return void socket.end(first);
  sending += 1;
  socket.once('close', () => {
    sending -= 1;
  });
  socket.write(first);
  const more = () => {
    while (!socket.destroyed && socket.writable) if (!socket.write(again)) return;
  };
  socket.on('drain', more);
  more();
}

export async function startHostileServer({
  talk,
  seed,
  tls,
  secret,
}: HostileOptions): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const context = tls && createSecureContext(tls);
  const state: HostileServer = { port: 0, conversations: 0, leaks: [], close };
  const server: Server = createServer({ allowHalfOpen: true }, (plain) => {
    const number = state.conversations++;
    sockets.add(plain);
    plain.on('close', () => sockets.delete(plain));
    converse(plain, number).catch(() => plain.destroy());
  });

  async function converse(plain: Socket, number: number): Promise<void> {
    const dice = createDice(seed + number);
    const heard: Buffer[] = [];
    let waiting: ((chunk: Buffer) => void) | undefined;
    /** What came in one chunk with the request for TLS of MySQL. */
    let early = Buffer.alloc(0);
    const listen = (stream: Socket) => {
      stream.on('error', () => undefined);
      stream.on('data', (chunk) => {
        if (chunk.includes(secret)) state.leaks.push(number);
        if (stream === plain && tls && !tls.asks) early = chunk.subarray(tlsRequestSize);
        if (!waiting) return void heard.push(chunk);
        waiting(chunk);
        waiting = undefined;
      });
    };
    const incoming = () =>
      new Promise<Buffer>((resolve) => {
        const known = heard.shift();
        if (known) resolve(known);
        else waiting = resolve;
      });
    const secure = async () => {
      plain.removeAllListeners('data').pause(); // flowing, it would lose what is put back
      if (early.length) plain.unshift(early);
      const secured = new TLSSocket(plain, {
        isServer: true,
        ...(context ? { secureContext: context } : {}),
      });
      listen(secured);
      return secured;
    };
    listen(plain);
    if (!tls?.asks) return talk(plain, dice, incoming, { tls: tls !== undefined, secure });
    await incoming();
    if (dice.below(10) === 0) {
      plain.write(
        dice.pick([Buffer.from('N'), Buffer.from('E'), Buffer.from('SSS'), dice.bytes(50)]),
      );
      if (dice.below(2)) plain.end();
      return undefined;
    }
    plain.write('S');
    return talk(await secure(), dice, incoming, { tls: true, secure });
  }

  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
  state.port = (server.address() as { port: number }).port;
  return state;
}
