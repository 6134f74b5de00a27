import {
  asItBegins,
  commandsOf,
  type ExecutorWorld,
  executorWorld,
  killedAfter,
} from '../test/support/executor-world.ts';
import { until } from '../test/support/leaks.ts';
import { prepareMysqlBuilder } from '../test/support/mysql-builder.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../test/support/mysql-server.ts';
import { quantileOf, type Section } from './harness.ts';

/**
 * The approval loop on MySQL and MariaDB, hurt in every way. An ALTER TABLE is atomic there: what
 * could be left is an index that nobody approved, that is not marked, or that plans do not use.
 */
const runs = Number(process.env['RUNS'] ?? 30);
const rows = 100_000;

type Hurt = (server: MysqlServer, world: ExecutorWorld, run: number) => Promise<string>;

const hurts: Record<string, Hurt> = {
  'the executor is killed at a random moment': killExecutor,
  'the session is killed in the build': killSession,
  'a writer holds the table': behindWriter,
  'the approval is taken back as it begins': revokedAsItBegins,
  'the approval is taken back in the build': revokedMeanwhile,
  'something got slower': regression,
};

export async function executorMysqlBench(): Promise<Section> {
  const found: Section['rows'] = [];
  for (const product of mysqlVersions) {
    const server = await startMysql({ product });
    try {
      await prepareMysqlBuilder(server, rows);
      for (const [name, hurt] of Object.entries(hurts)) found.push(await many(server, name, hurt));
    } finally {
      await server.stop();
    }
  }
  return {
    title: 'Index changes that go wrong: MySQL and MariaDB',
    how:
      `${mysqlVersions.join(', ')}, ${rows} rows, ${runs} runs each, on a machine shared with ` +
      'others: an approved index is built while it is hurt, then one executor goes on; counted ' +
      'is what is left',
    rows: found,
  };
}

async function many(server: MysqlServer, name: string, hurt: Hurt): Promise<Section['rows'][0]> {
  const ends = new Map<string, number>();
  const times: number[] = [];
  let [unsound, unapproved] = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    const world = executorWorld(server, undefined, { engine: server.engine });
    await world.pass();
    if ((await left(server)).length) unapproved += 1;
    await world.approve();
    const began = performance.now();
    const end = await hurt(server, world, run);
    times.push(performance.now() - began);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    const indexes = await left(server);
    const wanted = end === 'Observing' ? 1 : 0;
    if (indexes.length !== wanted || !indexes.every(({ sound }) => sound)) unsound += 1;
    for (const index of indexes)
      await server.sql(`ALTER TABLE shop.orders DROP INDEX \`${index.name}\``);
    world.close();
  }
  const ended = [...ends].map(([phase, count]) => `${phase} ${count}`).join(', ');
  return [
    `${server.product}: ${name}`,
    `${ended}; not as it should be ${unsound}, without approval ${unapproved}; ` +
      `${(quantileOf(times, 0.5) / 1_000).toFixed(1)} s p50, ` +
      `${(Math.max(...times) / 1_000).toFixed(1)} s longest`,
    '0 not as it should be, 0 without approval',
  ];
}

/** What is there besides the primary key; marked, and used by plans, it is sound. */
async function left(server: MysqlServer): Promise<{ name: string; sound: boolean }[]> {
  const used = server.engine === 'mysql' ? "IS_VISIBLE = 'YES'" : "IGNORED = 'NO'";
  const found = await server.sql(`SELECT INDEX_NAME AS name,
      INDEX_COMMENT LIKE 'dbintel:%' AND ${used} AS sound
    FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = 'shop' AND INDEX_NAME <> 'PRIMARY' AND SEQ_IN_INDEX = 1`);
  return found.map(({ name, sound }) => ({ name: String(name), sound: Number(sound) === 1 }));
}

const builders = async (server: MysqlServer): Promise<number[]> =>
  (
    await server.sql(`SELECT ID AS id FROM information_schema.PROCESSLIST
      WHERE USER = 'builder' AND INFO LIKE 'ALTER TABLE%'`)
  ).map(({ id }) => Number(id));
const isFree = async (server: MysqlServer): Promise<boolean> => {
  const [row] = await server.sql("SELECT IS_FREE_LOCK('dbintel-executor') AS free");
  return Number(row?.['free']) === 1;
};

async function killExecutor(server: MysqlServer, world: ExecutorWorld, run: number) {
  await killedAfter(server, world, (run * 23) % 700);
  await until(() => isFree(server), 30_000, 'the server has ended it');
  return world.settle();
}

async function killSession(server: MysqlServer, world: ExecutorWorld) {
  await world.pass();
  const writer = await hold(server);
  const building = world.pass().catch(() => undefined);
  await until(async () => (await builders(server)).length > 0, 5_000, 'it is being built');
  for (const id of await builders(server)) await server.sql(`KILL ${id}`);
  await building;
  await release(writer);
  return world.settle();
}

const hold = async (server: MysqlServer) => {
  const writer = await server.client('shop');
  await writer.query('BEGIN');
  await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
  return writer;
};
const release = async (client: Awaited<ReturnType<typeof hold>>) => {
  await client.query('ROLLBACK');
  await client.end();
};

async function behindWriter(server: MysqlServer, world: ExecutorWorld) {
  await world.pass();
  const writer = await hold(server);
  await world.pass();
  await release(writer);
  return world.settle();
}

/** Between the look and the first command: nothing is to be done on the server at all. */
async function revokedAsItBegins(_: MysqlServer, world: ExecutorWorld) {
  const said = commandsOf(world);
  await world.pass();
  asItBegins(world, () => world.revoke());
  const phase = await world.settle();
  return said.length ? `${phase} after ${said.join(', ')}` : phase;
}

async function revokedMeanwhile(server: MysqlServer, world: ExecutorWorld) {
  await world.pass();
  const building = world.pass();
  await until(
    async () => (await builders(server)).length > 0 || (await left(server)).length > 0,
    10_000,
    'it is being built',
  );
  await world.revoke();
  await building;
  return world.settle();
}

async function regression(_: MysqlServer, world: ExecutorWorld) {
  world.verdict.now = { kind: 'regression', reason: 'regression' };
  return world.settle();
}
