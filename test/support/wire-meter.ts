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
    const read = engine === 'postgres' ? postgresReader() : mysqlReader();
    let answered = true;
    client.on('data', (chunk: Buffer) => {
      const { texts, roundTrips } = read(chunk, answered);
      counts.bytesSent += chunk.length;
      counts.roundTrips += roundTrips;
      answered = false;
      for (const text of texts) countText(counts, text);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      counts.bytesReceived += chunk.length;
      answered = true;
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

function countText(counts: WireCounts, text: string): void {
  const explains = text.match(explain)?.length ?? 0;
  counts.explains += explains;
  if (explains === 0 && !upkeep.test(text)) counts.queries += 1;
}

/** The texts of statements that run by a chunk, and the waits that it begins; no goodbyes. */
type Reader = (chunk: Buffer, answered: boolean) => { texts: string[]; roundTrips: number };

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

const terminate = 'X'.charCodeAt(0);

/** A simple query, or the portal that is bound to a statement that was parsed. */
function postgresReader(): Reader {
  const parsed = new Map<string, string>();
  let started = false;
  const messagesIn = framed((buffer) => {
    const head = started ? 1 : 0;
    if (buffer.length < head + 4) return undefined;
    const length = head + buffer.readInt32BE(head);
    if (length <= buffer.length) started = true;
    return length;
  });
  const strings = (body: Buffer) => body.toString('utf8').split('\0');
  return (chunk, answered) => {
    const before = started;
    const messages = messagesIn(chunk).slice(before ? 0 : 1);
    const texts = messages.flatMap((message) => {
      const body = message.subarray(5);
      const [first = '', second = ''] = strings(body);
      switch (String.fromCharCode(message[0] as number)) {
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
    });
    const goodbye = messages.length > 0 && messages.every(([type]) => type === terminate);
    return { texts, roundTrips: answered && !goodbye ? 1 : 0 };
  };
}

const [comQuit, comQuery, comPrepare] = [0x01, 0x03, 0x16];

/** A command is the first packet of an exchange, and is waited for; others are of the login. */
function mysqlReader(): Reader {
  const packetsIn = framed((buffer) =>
    buffer.length < 4 ? undefined : 4 + buffer.readUIntLE(0, 3),
  );
  return (chunk) => {
    const commands = packetsIn(chunk).filter(
      ([, , , sequence, command]) => sequence === 0 && command !== comQuit,
    );
    return {
      texts: commands.flatMap((packet) =>
        packet[4] === comQuery || packet[4] === comPrepare ? [packet.toString('utf8', 5)] : [],
      ),
      roundTrips: commands.length,
    };
  };
}
