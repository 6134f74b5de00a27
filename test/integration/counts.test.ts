import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import { until } from '../support/leaks.ts';
import { startMysql } from '../support/mysql-server.ts';
import { forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, dueAgain, makeTarget, prepareMysql, prepareServer } from '../support/target.ts';
import { startWireMeter, type WireCounts, type WireMeter } from '../support/wire-meter.ts';

/**
 * What a cycle sends, counted on the wire: a regression shows without a clock. Counts are exact;
 * bytes, which hang on ports and numbers, have an upper bound. Where a change lowers a number, the
 * table says the lower one from then on.
 */
type Scene = 'nothing new' | '10 new' | '30 new' | '40 known, due again';
/** Where more is sent while answers come, how often nothing is under way hangs on both. */
interface AtMost {
  atMost: number;
}
const atMost = (count: number): AtMost => ({ atMost: count });

type Counts = readonly [
  connections: number,
  roundTrips: number | AtMost,
  explains: number,
  queries: number,
  mostBytesSent: number,
  mostBytesReceived: number,
];

/**
 * Of MySQL and MariaDB a table that is not known yet costs seven statements: each reads one
 * catalog. Joined in fewer they take the server longer, MariaDB by far: it opens every table.
 */
const expected: Record<EngineName, Record<Scene, Counts>> = {
  postgres: {
    'nothing new': [1, 8, 0, 8, 12_600, 15_000],
    '10 new': [2, atMost(22), 20, 23, 90_000, 40_000],
    '30 new': [2, atMost(32), 60, 19, 155_000, 95_000],
    '40 known, due again': [2, 19, 40, 18, 75_000, 60_000],
  },
  mysql: {
    'nothing new': [1, 12, 0, 12, 14_100, 20_000],
    '10 new': [2, 46, 10, 36, 16_000, 29_000],
    '30 new': [2, 78, 30, 48, 23_200, 55_000],
    '40 known, due again': [2, 99, 40, 59, 26_100, 65_000],
  },
  mariadb: {
    'nothing new': [1, 14, 0, 11, 7_000, 9_000],
    '10 new': [2, 49, 10, 33, 15_000, 22_000],
    '30 new': [2, 81, 30, 45, 17_000, 32_000],
    '40 known, due again': [2, 101, 40, 55, 20_000, 40_000],
  },
};

interface Application {
  port: number;
  run(texts: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const texts = columns
  .flatMap((one) => columns.map((other) => `SELECT ${one} FROM counted WHERE ${other} = 1`))
  .slice(0, 40);
const [few, others] = [texts.slice(0, 10), texts.slice(10)];
const createTable = (name: string) =>
  `CREATE TABLE ${name} (${columns.map((column) => `${column} int`)})`;
const runs = 5;

const start: Record<EngineName, () => Promise<Application>> = {
  postgres: startOnPostgres,
  mysql: () => startOnMysql('mysql-9'),
  mariadb: () => startOnMysql('mariadb-11.4'),
};

async function startOnPostgres(): Promise<Application> {
  const server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    `${createTable('counted')}; ANALYZE counted; GRANT SELECT ON counted TO dbintel`,
  );
  // Not counted itself.
  await server.sql("SET pg_stat_statements.track = 'none'; SELECT pg_stat_statements_reset()");
  return {
    port: server.port,
    async run(wanted) {
      const client = await server.client();
      for (const text of wanted) for (let i = 0; i < runs; i += 1) await client.query(text);
      await client.end();
    },
    stop: () => server.stop(),
  };
}

async function startOnMysql(product: 'mysql-9' | 'mariadb-11.4'): Promise<Application> {
  const server = await startMysql({ product });
  await makeShop(server);
  await server.sql(`${createTable('shop.counted')};`);
  await prepareMysql(server, ['shop']);
  await forgetStatements(server);
  // One session, and nothing beside it that the server would count.
  const client = await server.client('shop');
  return {
    port: server.port,
    run: async (wanted) => {
      for (const text of wanted) for (let i = 0; i < runs; i += 1) await client.query(text);
    },
    stop: () => server.stop(),
  };
}

describe.each(Object.keys(start) as EngineName[])('%s', (engine) => {
  let application: Application;
  let meter: WireMeter;
  beforeAll(async () => {
    application = await start[engine]();
    meter = await startWireMeter(engine, application.port);
  });
  afterAll(async () => {
    await meter?.close();
    await application?.stop();
  });

  it('sends what the table says, and no more', async () => {
    const target = makeTarget({
      engine,
      port: meter.port,
      spec: {
        collection: { maxQueriesPerCycle: 50, minExecutionCount: 1 },
        safety: {
          explains: { perSecond: 100, burst: 1_000 },
          databaseTimeBudget: '100%',
          // How many EXPLAINs one write has hangs on the timeout: it stays at its least here.
          statementTimeout: { min: '500ms', max: '5s' },
        },
      },
    });
    const cycles = cyclesOf(target, { engine: createEngines()[engine] });
    const cycle = async (explained: number): Promise<WireCounts> => {
      meter.take();
      const { batch } = await cycles.run();
      expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained });
      return meter.take();
    };
    const counted = async (scene: Scene, explained: number) =>
      expectCounts(scene, await cycle(explained), expected[engine][scene]);
    /** Once it is plain that they are new: MariaDB says in whole seconds since when it counts. */
    const appear = async (wanted: readonly string[]) => {
      const looked_s = second();
      await until(async () => second() > looked_s, 2_000, 'the second is over');
      await application.run(wanted);
    };
    await cycle(0);
    await appear(few);
    await counted('10 new', few.length);
    await appear(others);
    await counted('30 new', others.length);
    await application.run(texts);
    cycles.state = dueAgain(cycles.state);
    await counted('40 known, due again', texts.length);
    await counted('nothing new', 0);
  });
});

const second = () => Math.floor(Date.now() / 1_000);

function expectCounts(scene: Scene, seen: WireCounts, wanted: Counts): void {
  const [connections, trips, explains, queries, mostSent, mostReceived] = wanted;
  const exactly = typeof trips === 'number' ? trips : seen.roundTrips;
  const most = typeof trips === 'number' ? trips : trips.atMost;
  expect.soft(seen, scene).toMatchObject({ connections, roundTrips: exactly, explains, queries });
  expect.soft(seen.roundTrips, `${scene}: round trips`).toBeLessThanOrEqual(most);
  expect.soft(seen.bytesSent, `${scene}: bytes sent`).toBeLessThanOrEqual(mostSent);
  expect.soft(seen.bytesReceived, `${scene}: bytes received`).toBeLessThanOrEqual(mostReceived);
}
