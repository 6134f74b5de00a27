import { connect, createServer, type Socket } from 'node:net';
import type { EngineName } from '../../src/model/engine-name.ts';

/**
 * A proxy that counts what passes between a collector and its server, by the messages themselves:
 * what the collector says of itself is not asked.
 */
export interface WireCounts {
  connections: number;
  /** Times that a connection waits for the server; of MySQL and MariaDB without the login. */
  roundTrips: number;
  explains: number;
  /** Other questions: catalogs, counters, texts. Neither limits nor ends of transactions. */
  queries: number;
  bytesSent: number;
  bytesReceived: number;
}

export interface WireMeter {
  port: number;
  /** What passed since it was asked last. */
  take(): WireCounts;
  close(): Promise<void>;
}

const nothing = (): WireCounts => ({
  connections: 0,
  roundTrips: 0,
  explains: 0,
  queries: 0,
  bytesSent: 0,
  bytesReceived: 0,
});

export async function startWireMeter(engine: EngineName, server: number): Promise<WireMeter> {
  let counts = nothing();
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    counts.connections += 1;
    const upstream = connect(server, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.setNoDelay(true));
    const wire = engine === 'postgres' ? readPostgres() : readMysql();
    client.on('data', (chunk: Buffer) => {
      const { texts, roundTrips } = wire.asked(chunk);
      counts.bytesSent += chunk.length;
      counts.roundTrips += roundTrips;
      for (const text of texts) countText(counts, text);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      counts.bytesReceived += chunk.length;
      wire.answered(chunk);
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => undefined).on('close', () => void other.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as { port: number }).port,
    take() {
      const taken = counts;
      counts = nothing();
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

const explain = /\bEXPLAIN \(|\bEXPLAIN FORMAT|\bsafe_explain\b/g;
/** Limits, the beginnings and the ends of transactions, the server’s lock. */
const upkeep =
  /^\s*(BEGIN|START|COMMIT|ROLLBACK|SET|RESET|DEALLOCATE|SELECT (pg_catalog\.set_config)\()/;
/** Of what follows it in one message. */
const kindOfTransaction = /^\s*SET TRANSACTION [^;]*;/;

function countText(counts: WireCounts, text: string): void {
  const explains = text.match(explain)?.length ?? 0;
  counts.explains += explains;
  if (explains === 0 && !upkeep.test(text.replace(kindOfTransaction, ''))) counts.queries += 1;
}

interface Wire {
  /** The texts of statements that run by a chunk, and the waits that it begins. */
  asked(chunk: Buffer): { texts: string[]; roundTrips: number };
  answered(chunk: Buffer): void;
}

/** Splits a stream into messages; those that are not whole yet wait for the next chunk. */
function framed(lengthOf: (buffer: Buffer) => number | undefined): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Buffer[] = [];
    for (let length = lengthOf(rest); length && length <= rest.length; length = lengthOf(rest)) {
      messages.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return messages;
  };
}

/** A message of either side that has a type: that, and its length. */
const typedLength = (buffer: Buffer) => (buffer.length < 5 ? undefined : 1 + buffer.readInt32BE(1));
const typeOf = ([type = 0]: Buffer) => String.fromCharCode(type);

/**
 * A statement is a simple query, or the portal that is bound to one that was parsed. What is sent
 * before the last answer has come is one wait with it; so is all of a login.
 */
function readPostgres(): Wire {
  const parsed = new Map<string, string>();
  let [started, unanswered] = [false, 0];
  const messagesIn = framed((buffer) => {
    if (started) return typedLength(buffer);
    return buffer.length < 4 ? undefined : buffer.readInt32BE(0);
  });
  const answersIn = framed(typedLength);
  const textOf = (message: Buffer): string[] => {
    const [first = '', second = ''] = message.toString('utf8', 5).split('\0');
    switch (typeOf(message)) {
      case 'Q':
        return [first];
      case 'P':
        parsed.set(first, second);
        return [];
      case 'B':
        return [parsed.get(second) ?? ''];
      default:
        return [];
    }
  };
  return {
    asked(chunk) {
      const before = unanswered;
      if (!started) {
        messagesIn(chunk);
        [started, unanswered] = [true, 1];
        return { texts: [], roundTrips: 1 };
      }
      const messages = messagesIn(chunk);
      unanswered += messages.filter((each) => 'QS'.includes(typeOf(each))).length;
      const begins = before === 0 && unanswered > 0;
      return { texts: messages.flatMap(textOf), roundTrips: begins ? 1 : 0 };
    },
    answered(chunk) {
      unanswered -= answersIn(chunk).filter((each) => typeOf(each) === 'Z').length;
    },
  };
}

const [comQuit, comQuery, comPrepare] = [0x01, 0x03, 0x16];

/** A command is the first packet of an exchange, and is waited for; others are of the login. */
function readMysql(): Wire {
  const packetsIn = framed((buffer) =>
    buffer.length < 4 ? undefined : 4 + buffer.readUIntLE(0, 3),
  );
  return {
    asked(chunk) {
      const commands = packetsIn(chunk).filter(
        ([, , , sequence, command]) => sequence === 0 && command !== comQuit,
      );
      const texts = commands.flatMap((packet) =>
        packet[4] === comQuery || packet[4] === comPrepare ? [packet.toString('utf8', 5)] : [],
      );
      return { texts, roundTrips: commands.length };
    },
    answered: () => undefined,
  };
}
