import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort, type PostgresServer } from '../test/support/postgres-server.ts';
import { cyclesOf, makeTarget } from '../test/support/target.ts';

/**
 * A wire-level stand-in for ten thousand PostgreSQL servers, used for load alone: it answers what a
 * real server answered to the same messages, recorded in real cycles just before. Counters of
 * statements grow with every snapshot, so that each cycle finds work. It costs a fraction of a
 * server's CPU.
 */
export interface StandIn {
  port: number;
  /** Answers given; messages that were never recorded. */
  readonly answered: number;
  readonly unknown: number;
  close(): Promise<void>;
}

/** All statements in one cycle, so that there is an answer for every one of them. */
const [recordedCycles, eachCycle] = [3, 500];
/** Calls that each statement gained between two snapshots. */
const growth = 100;

export async function startStandIn(
  server: PostgresServer,
  database: string,
  workload: () => Promise<void>,
): Promise<StandIn> {
  const recording = await record(server, database, workload);
  const port = await freePort();
  const snapshots = new Map<string, number>();
  const sockets = new Set<Socket>();
  let [answered, unknown] = [0, 0];
  const listener = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let name = '';
    onUnits(
      socket,
      (startup) => {
        name = /database\0([^\0]+)/.exec(startup)?.[1] ?? '';
        socket.write(recording.greeting);
      },
      (key) => {
        const found = recording.answers.get(key) ?? recording.answers.get(shape(key));
        if (!found) {
          unknown += 1;
          if (process.env['STAND_IN_DEBUG']) console.error('not recorded:', key.slice(0, 300));
          socket.destroy();
          return;
        }
        answered += 1;
        if (key.includes('pg_stat_statements(false)'))
          snapshots.set(name, (snapshots.get(name) ?? 0) + 1);
        const times = snapshots.get(name) ?? 0;
        if (key.includes('pg_stat_statements(false)') || key.includes('pg_stat_statements_info'))
          socket.write(grown(found, times));
        else if (key.includes(' AS now'))
          socket.write(grown(found, 0)); // its clock goes on
        else socket.write(key.includes('pg_stat_statements(true)') ? onlyAsked(found, key) : found);
      },
    );
  });
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  return {
    port,
    get answered() {
      return answered;
    },
    get unknown() {
      return unknown;
    },
    close: () => closeServer(listener, sockets),
  };
}

const closeServer = (listener: Server, sockets: ReadonlySet<Socket>) =>
  new Promise<void>((resolve) => {
    for (const socket of sockets) socket.destroy();
    listener.close(() => resolve());
  });

interface Recording {
  greeting: Buffer;
  answers: Map<string, Buffer>;
}

/** Real cycles through a proxy that keeps every message with its answer. */
async function record(
  server: PostgresServer,
  database: string,
  workload: () => Promise<void>,
): Promise<Recording> {
  const answers = new Map<string, Buffer>();
  let greeting = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream])
      sockets.add(socket.setNoDelay(true).on('error', () => undefined));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    const asked: string[] = [];
    let first = true;
    onUnits(
      client,
      () => undefined,
      (key) => void asked.push(key),
    );
    client.on('data', (chunk: Buffer) => upstream.write(chunk));
    let answer: Buffer[] = [];
    onMessages(upstream, (message) => {
      answer.push(message);
      if (message[0] !== ready) return;
      const whole = Buffer.concat(answer);
      answer = [];
      if (first) greeting = Buffer.from(greet(whole));
      else {
        const key = asked.shift() ?? '';
        answers.set(key, whole);
        // Of several with one shape the fullest: rows that nobody asked for are passed over.
        if ((answers.get(shape(key))?.length ?? 0) < whole.length) answers.set(shape(key), whole);
      }
      first = false;
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  const target = makeTarget({
    port,
    database,
    spec: {
      databases: { include: [database] },
      collection: { maxQueriesPerCycle: eachCycle },
      safety: { explains: { perSecond: 1_000, burst: 1_000 } },
    },
  });
  const cycles = cyclesOf(target);
  for (let i = 0; i < recordedCycles; i += 1) {
    await workload();
    const { batch } = await cycles.run();
    if (batch.cycle.outcome.kind !== 'collected')
      throw new Error(`the recording failed: ${JSON.stringify(batch.cycle.outcome)}`);
  }
  await closeServer(proxy, sockets);
  return { greeting, answers };
}

const ready = 'Z'.charCodeAt(0);

/**
 * Without the exchange of passwords: whoever asks is let in. The process id stays, the client
 * compares it.
 */
function greet(whole: Buffer): Buffer {
  const kept: Buffer[] = [Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])];
  for (let at = 0; at < whole.length; ) {
    const end = at + 1 + whole.readInt32BE(at + 1);
    if (whole[at] !== 0x52) kept.push(whole.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/**
 * What differs from cycle to cycle and changes no answer: limits that are set; the order of ids
 * that are asked for, hence all that is bound.
 */
const shape = (key: string) =>
  key.startsWith('Q ')
    ? `~${key.replaceAll(/set_config\('\w+', '[^']*'/g, 'set_config').replaceAll(/\b\d+\b/g, 'N')}`
    : `~${key.slice(0, key.indexOf(' B '))}`;

/** A stream's messages: a type, a length, a body. */
function onMessages(
  socket: Socket,
  handle: (message: Buffer) => void,
  startup?: (text: string) => void,
): void {
  let rest: Buffer = Buffer.alloc(0);
  let starting = startup !== undefined;
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const head = starting ? 0 : 1;
      if (rest.length < head + 4) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (starting) {
        starting = false;
        startup?.(message.toString('latin1'));
      } else handle(message);
    }
  });
}

/**
 * What a client asks, up to where it waits for an answer: a simple query, or everything before a
 * Sync.
 */
function onUnits(
  socket: Socket,
  startup: (text: string) => void,
  ask: (key: string) => void,
): void {
  let parts: string[] = [];
  onMessages(
    socket,
    (message) => {
      const type = String.fromCharCode(message[0] as number);
      const body = message.subarray(5);
      if (type === 'Q') ask(`Q ${body.toString('utf8')}`);
      else if (type === 'P' || type === 'B') parts.push(`${type} ${body.toString('utf8')}`);
      else if (type === 'S') {
        ask(parts.join(' '));
        parts = [];
      } else if (type === 'X') socket.end();
    },
    startup,
  );
}

/** Of the texts of all statements those whose ids stand in the question. */
function onlyAsked(answer: Buffer, key: string): Buffer {
  const asked = new Set(key.match(/-?\d{6,}/g));
  return rewritten(answer, (row, columns) => {
    const id = valuesOf(row)[columns.indexOf('id')]?.toString();
    return id === undefined || asked.has(id) ? row : undefined;
  });
}

/** The same rows with more calls, more time, and a later now. */
const grown = (answer: Buffer, times: number) =>
  rewritten(answer, (row, columns) => grownRow(row, columns, times));

function rewritten(
  answer: Buffer,
  change: (row: Buffer, columns: readonly string[]) => Buffer | undefined,
): Buffer {
  const out: Buffer[] = [];
  let columns: string[] = [];
  for (let at = 0; at < answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    const message = answer.subarray(at, end);
    if (message[0] === 0x54) columns = columnNames(message);
    const kept = message[0] === 0x44 ? change(message, columns) : message;
    if (kept) out.push(kept);
    at = end;
  }
  return Buffer.concat(out);
}

function columnNames(message: Buffer): string[] {
  const names: string[] = [];
  let at = 7;
  for (let left = message.readInt16BE(5); left > 0; left -= 1) {
    const end = message.indexOf(0, at);
    names.push(message.toString('utf8', at, end));
    at = end + 1 + 18;
  }
  return names;
}

function valuesOf(row: Buffer): (Buffer | undefined)[] {
  const values: (Buffer | undefined)[] = [];
  let at = 7;
  for (let left = row.readInt16BE(5); left > 0; left -= 1) {
    const length = row.readInt32BE(at);
    values.push(length < 0 ? undefined : row.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
}

function grownRow(message: Buffer, columns: readonly string[], times: number): Buffer {
  const values = valuesOf(message);
  const number = (name: string) => Number(values[columns.indexOf(name)]?.toString());
  const change = (name: string, value: number) => {
    const i = columns.indexOf(name);
    if (i >= 0) values[i] = Buffer.from(String(value));
  };
  const mean = number('mean');
  change('calls', number('calls') + growth * times);
  change('total', number('total') + growth * times * mean);
  change('now', Date.now());
  const body = values.flatMap((value) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(value ? value.length : -1);
    return value ? [head, value] : [head];
  });
  const whole = Buffer.concat([Buffer.from([0x44, 0, 0, 0, 0, 0, 0]), ...body]);
  whole.writeInt32BE(whole.length - 1, 1);
  whole.writeInt16BE(values.length, 5);
  return whole;
}
