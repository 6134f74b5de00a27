import { describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import { refused } from '../model/refusal.ts';
import type { Connection, ConnectOptions } from './connection.ts';
import { type Driver, expectServer, type Known } from './driver.ts';
import type { ReadyStatement } from './engine.ts';
import { openSession } from './session.ts';

/** A server in memory: every connection to `elsewhere` reaches another one. */
interface Spoken extends Connection {
  readonly options: ConnectOptions;
  say(words: string): void;
}

const limits = { timeout_ms: 100, lockTimeout_ms: 50, planBytes: 1_000 };
const statementIn = (database: string) => ({ key: database, database }) as ReadyStatement;

function createServer(answers: Partial<Driver<Spoken, Known>> = {}) {
  const log: string[] = [];
  const connections: Spoken[] = [];
  const driver: Driver<Spoken, Known> = {
    together: true,
    connectsTo: (database) => database ?? 'home',
    async connect(options) {
      const gone = Promise.withResolvers<void>();
      let usable = true;
      const leave = (how: string) => {
        if (usable) log.push(`${options.database}: ${how}`);
        usable = false;
        gone.resolve();
      };
      const connection: Spoken = {
        options,
        get usable() {
          return usable;
        },
        lost: gone.promise,
        say: (words) => {
          log.push(`${options.database}: ${words}`);
          options.onTook(10);
        },
        end: async () => leave('ended'),
        destroy: () => leave('cut'),
      };
      connections.push(connection);
      return connection;
    },
    async identify({ control, timeout_ms }, notes) {
      control.say(`who are you, within ${timeout_ms} ms`);
      return { server: { version: '1', role: 'primary', id: 'one' }, notes };
    },
    async join({ known }, worker) {
      expectServer(known, worker.options.database === 'elsewhere' ? 'two' : 'one');
      worker.say('limits');
    },
    lock: () => ({
      take: async () => ({ taken: true, others: [] }),
      release: async () => undefined,
      end: async () => undefined,
    }),
    async *prerequisites(_, all) {
      yield { name: `all: ${all}`, verdict: 'ok', observed: '' };
    },
    health: async () => {
      throw new AppError('internal', 'not asked here');
    },
    snapshot: async () => ({ at: 0, epoch: 'one', statements: [] }),
    texts: async (_, statements) => new Map(statements.map(({ key }) => [key, 'text'])),
    prepare: async () => [],
    async explain(session, { database }) {
      const worker = await session.workerFor(database);
      worker.say('EXPLAIN');
      return { ...refused('no_sample'), sent: 1 };
    },
    ...answers,
  };
  return { log, connections, driver };
}

const stop = new AbortController();
const open = (
  { driver }: ReturnType<typeof createServer>,
  {
    spec = {},
    signal = stop.signal,
    notes,
    clock = createFakeClock(),
  }: { spec?: object; signal?: AbortSignal; notes?: unknown; clock?: FakeClock } = {},
) =>
  openSession(
    {
      target: makeTarget({ engine: 'postgres', port: 1, spec: { ...spec } }),
      credentials: { username: 'u' },
      identity: { epoch: 3, holder: 'replica-one' },
      clock,
      random: seededRandom(1),
      signal,
      ...(notes === undefined ? {} : { notes }),
    },
    driver,
  );

describe('the worker', () => {
  it('serves one database after the other, each on a connection of its own', async () => {
    const server = createServer();
    const session = await open(server);
    for (const database of ['a', 'a', 'b', 'a'])
      await session.explain(statementIn(database), limits);
    await session.close();
    expect(server.log.slice(1)).toEqual([
      'a: limits',
      'a: EXPLAIN',
      'a: EXPLAIN',
      'a: ended',
      'b: limits',
      'b: EXPLAIN',
      'b: ended',
      'a: limits',
      'a: EXPLAIN',
      'postgres: ended',
      'a: ended',
    ]);
  });

  it('serves all of them where one connection reaches them all', async () => {
    const server = createServer({ connectsTo: () => '' });
    const session = await open(server);
    for (const database of ['a', 'b']) await session.explain(statementIn(database), limits);
    expect(server.connections).toHaveLength(2);
  });

  it('is another one when it was lost', async () => {
    const server = createServer();
    const session = await open(server);
    await session.explain(statementIn('a'), limits);
    server.connections[1]?.destroy();
    await session.explain(statementIn('a'), limits);
    expect(server.log.slice(-3)).toEqual(['a: cut', 'a: limits', 'a: EXPLAIN']);
  });

  it('is one, however many want it at once', async () => {
    const server = createServer();
    const session = await open(server);
    await Promise.all(['a', 'a', 'a'].map((each) => session.explain(statementIn(each), limits)));
    server.connections[1]?.destroy();
    await Promise.all(['a', 'a'].map((each) => session.explain(statementIn(each), limits)));
    expect(server.connections).toHaveLength(3);
  });

  it('on another server is cut, and nothing was set there', async () => {
    const server = createServer();
    const session = await open(server);
    await expect(session.explain(statementIn('elsewhere'), limits)).rejects.toMatchObject({
      code: 'several_servers',
    });
    expect(server.log.slice(1)).toEqual(['elsewhere: cut']);
  });

  it('outlives the control connection, which has the lock, for as long as a last word takes', async () => {
    const [server, clock] = [createServer(), createFakeClock()];
    const session = await open(server, { clock });
    await session.explain(statementIn('a'), limits);
    server.connections[0]?.destroy();
    await clock.advance(99);
    expect(server.log.at(-1)).not.toBe('a: cut');
    await clock.advance(1);
    expect(server.log.at(-1)).toBe('a: cut');
    await expect(session.explain(statementIn('a'), limits)).rejects.toMatchObject({
      code: 'connection_failed',
    });
    expect(server.connections).toHaveLength(2);
  });

  it('is not used where the control connection went while it was made ready', async () => {
    const server = createServer({
      join: async (session, worker) => {
        session.control.destroy();
        worker.say('limits');
      },
    });
    const session = await open(server);
    await expect(session.explain(statementIn('a'), limits)).rejects.toMatchObject({
      code: 'connection_failed',
    });
    expect(server.log.slice(1)).toEqual(['postgres: cut', 'a: limits', 'a: cut']);
  });
});

describe('opening', () => {
  it('says whose connection it is, where, and what came on all of them together', async () => {
    const server = createServer();
    const session = await open(server);
    await session.explain(statementIn('a'), limits);
    const [control, worker] = server.connections.map(({ options }) => options);
    expect(control).toMatchObject({ host: '127.0.0.1', port: 1, database: 'postgres' });
    expect(control?.name).toMatch(/^dbintel\/3\/uid-of-t\/replica-$/);
    expect(worker?.received).toBe(control?.received);
  });

  it('cuts what is there where the server is not what it should be', async () => {
    const server = createServer({
      identify: async () => {
        throw new AppError('unsupported_version', 'too old');
      },
    });
    await expect(open(server)).rejects.toMatchObject({ code: 'unsupported_version' });
    expect(server.log).toEqual(['postgres: cut']);
  });
});

describe('the session', () => {
  it('counts what all statements took', async () => {
    const session = await open(createServer());
    expect(session.databaseMs).toBe(10);
    await session.explain(statementIn('a'), limits);
    expect(session.databaseMs).toBe(30);
  });

  it('keeps notes from one cycle to the next', async () => {
    expect((await open(createServer(), { notes: { seen: 1 } })).notes).toEqual({ seen: 1 });
  });

  it('asks for no texts where none are kept', async () => {
    const statements = [{ key: 'k', nativeId: '1', database: 'a', user: 'u' }];
    const kept = await open(createServer());
    expect((await kept.texts(statements)).size).toBe(1);
    const none = await open(createServer(), { spec: { privacy: { queryText: 'none' } } });
    expect((await none.texts(statements)).size).toBe(0);
  });

  it('rehearses for people what a cycle does not try', async () => {
    const session = await open(createServer());
    expect((await session.prerequisites())[0]?.name).toBe('all: false');
    expect((await Array.fromAsync(session.rehearse()))[0]?.name).toBe('all: true');
  });
});
