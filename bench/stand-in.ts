import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort, type PostgresServer } from '../test/support/postgres-server.ts';
import { cyclesOf, makeTarget } from '../test/support/target.ts';
import { askAgain } from './ask-again.ts';
import { messageAt, onMessages, onUnits, ready, rewritten, rowOf, valuesOf } from './messages.ts';

/**
 * A wire-level stand-in for ten thousand PostgreSQL servers, used for load alone: it answers what a
 * real server answered to the same messages, recorded in real cycles just before. What is asked
 * about a statement hangs on what others have taught: a message that was not recorded is asked of
 * the real server once, in its conversation. Counters of statements grow with every snapshot, so
 * that each cycle finds work. It costs a fraction of a server's CPU.
 */
export interface StandIn {
  port: number;
  /** Answers given; messages that the real server was asked for; those that it did not answer. */
  readonly answered: number;
  readonly asked: number;
  readonly unknown: number;
  /** The real server, too. */
  close(): Promise<void>;
}

/** All statements in one cycle, so that there is an answer for every one of them. */
const [recordedCycles, eachCycle] = [3, 500];
/** Calls that each statement gained between two snapshots. */
const growth = 100;
/** Whoever asks is let in: the stand-in holds conversations without passwords. */
export const standInAccess = 'host all all 127.0.0.1/32 trust\n';

/** `server` was started with `standInAccess`. */
export async function startStandIn(
  server: PostgresServer,
  database: string,
  workload: () => Promise<void>,
): Promise<StandIn> {
  const recording = await record(server, database, workload);
  const port = await freePort();
  const snapshots = new Map<string, number>();
  const sockets = new Set<Socket>();
  let answered = 0;
  const live = createAsking(server.port, recording);
  const listener = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let name = '';
    const conversation = [recording.startup];
    let before: Promise<unknown> | undefined;
    const reply = (key: string, found: Buffer) => {
      answered += 1;
      if (key.includes('pg_stat_statements(false)'))
        snapshots.set(name, (snapshots.get(name) ?? 0) + 1);
      socket.write(asOf(snapshots.get(name) ?? 0, key, found));
    };
    onUnits(
      socket,
      (startup) => {
        name = /database\0([^\0]+)/.exec(startup.toString('latin1'))?.[1] ?? '';
        socket.write(recording.greeting);
      },
      (key, unit) => {
        conversation.push(unit);
        const found = recorded(recording, key);
        if (found && !before) return reply(key, found);
        const held = [...conversation];
        const turn = Promise.resolve(before)
          .then(() => found ?? live.ask(key, held))
          .then((answer) => reply(key, answer))
          .catch(() => socket.destroy())
          .finally(() => {
            if (before === turn) before = undefined;
          });
        before = turn;
      },
    );
  });
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  return {
    port,
    get answered() {
      return answered;
    },
    get asked() {
      return live.asked;
    },
    get unknown() {
      return live.unknown;
    },
    async close() {
      await closeServer(listener, sockets);
      await server.stop();
    },
  };
}

/** What was not recorded, one question after the other; each answer is kept. */
function createAsking(port: number, recording: Recording) {
  let [asked, unknown] = [0, 0];
  let last: Promise<unknown> = Promise.resolve();
  return {
    get asked() {
      return asked;
    },
    get unknown() {
      return unknown;
    },
    ask(key: string, conversation: readonly Buffer[]): Promise<Buffer> {
      const answer = last.then(async () => {
        const known = recorded(recording, key);
        if (known) return known;
        asked += 1;
        const found = await askAgain(port, conversation);
        keep(recording, key, found);
        return found;
      });
      last = answer.catch((error: unknown) => {
        unknown += 1;
        if (process.env['STAND_IN_DEBUG']) console.error(error, key.slice(0, 300));
      });
      return answer;
    },
  };
}

/** The answer after so many snapshots. */
function asOf(times: number, key: string, found: Buffer): Buffer {
  if (key.includes('pg_stat_statements(false)') || key.includes('pg_stat_statements_info'))
    return grown(found, times);
  if (key.includes(' AS now')) return grown(found, 0); // its clock goes on
  return asksTexts(key) ? onlyAsked(found, key) : found;
}

const closeServer = (listener: Server, sockets: ReadonlySet<Socket>) =>
  new Promise<void>((resolve) => {
    for (const socket of sockets) socket.destroy();
    listener.close(() => resolve());
  });

interface Recording {
  /** What a client says first, and what it hears then. */
  startup: Buffer;
  greeting: Buffer;
  answers: Map<string, Buffer>;
  /** Statements whose texts have been asked for. */
  texts: Set<string>;
}

function recorded({ answers, texts }: Recording, key: string): Buffer | undefined {
  if (asksTexts(key) && !idsIn(key).every((id) => texts.has(id))) return undefined;
  return answers.get(key) ?? answers.get(shape(key));
}

/**
 * Of several with one shape the fullest, of texts all: rows that nobody asked for are passed over.
 */
function keep({ answers, texts }: Recording, key: string, answer: Buffer): void {
  const before = answers.get(shape(key));
  if (asksTexts(key)) {
    answers.set(shape(key), before ? withRows(before, answer) : answer);
    for (const id of idsIn(key)) texts.add(id);
    return;
  }
  answers.set(key, answer);
  if ((before?.length ?? 0) < answer.length) answers.set(shape(key), answer);
}

const asksTexts = (key: string) => key.includes('pg_stat_statements(true)');
const idsIn = (key: string): string[] => key.match(/-?\d{6,}/g) ?? [];

/** The rows of both. */
function withRows(answer: Buffer, other: Buffer): Buffer {
  const rows: Buffer[] = [];
  rewritten(other, (row) => void rows.push(row));
  const end = messageAt(answer, 'C');
  return Buffer.concat([answer.subarray(0, end), ...rows, answer.subarray(end)]);
}

/** Real cycles through a proxy that keeps every message with its answer. */
async function record(
  server: PostgresServer,
  database: string,
  workload: () => Promise<void>,
): Promise<Recording> {
  const recording: Recording = {
    startup: Buffer.alloc(0),
    greeting: Buffer.alloc(0),
    answers: new Map(),
    texts: new Set(),
  };
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
      (message) => void (recording.startup = Buffer.from(message)),
      (key) => void asked.push(key),
    );
    client.on('data', (chunk: Buffer) => upstream.write(chunk));
    let answer: Buffer[] = [];
    onMessages(upstream, (message) => {
      answer.push(message);
      if (message[0] !== ready) return;
      const whole = Buffer.concat(answer);
      answer = [];
      const key = first ? undefined : (asked.shift() ?? '');
      if (key !== undefined) keep(recording, key, asGreeted(whole, key, recording.greeting));
      else if (recording.greeting.length === 0) recording.greeting = whole;
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
  return recording;
}

/** Whichever of the recorded connections it was, its process is the one that the greeting names. */
function asGreeted(answer: Buffer, key: string, greeting: Buffer): Buffer {
  if (!key.includes('pg_backend_pid() AS pid')) return answer;
  const pid = String(greeting.readInt32BE(messageAt(greeting, 'K') + 5));
  return rewritten(answer, (row, columns) =>
    rowOf(valuesOf(row).with(columns.indexOf('pid'), Buffer.from(pid))),
  );
}

/**
 * What differs from cycle to cycle and changes no answer: limits that are set; the order of ids
 * that are asked for, hence all that is bound.
 */
const shape = (key: string) =>
  key.startsWith('Q ')
    ? `~${key.replaceAll(/set_config\('\w+', '[^']*'/g, 'set_config').replaceAll(/\b\d+\b/g, 'N')}`
    : `~${key.slice(0, key.indexOf(' B '))}`;

/** Of the texts of all statements those whose ids stand in the question. */
function onlyAsked(answer: Buffer, key: string): Buffer {
  const asked = new Set(idsIn(key));
  return rewritten(answer, (row, columns) => {
    const [id] = valuesOf(row)[columns.indexOf('id')]?.toString().split('/').slice(-1) ?? [];
    return id === undefined || asked.has(id) ? row : undefined;
  });
}

/** The same rows with more calls, more time, and a later now. */
const grown = (answer: Buffer, times: number) =>
  rewritten(answer, (row, columns) => grownRow(row, columns, times));

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
  return rowOf(values);
}
