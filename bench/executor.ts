import {
  asItBegins,
  byCustomer,
  commandsOf,
  type ExecutorWorld,
  executorWorld,
  killedAfter,
  prepareBuilder,
} from '../test/support/executor-world.ts';
import { until } from '../test/support/leaks.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { quantileOf, type Section } from './harness.ts';

/**
 * The approval loop on a real server, hurt in every way, a hundred times each: what is left of it.
 * Hours of waiting pass at once; what runs on the server takes the time that it takes.
 */
const runs = Number(process.env['RUNS'] ?? 100);
const rows = 100_000;

type Hurt = (server: PostgresServer, world: ExecutorWorld, run: number) => Promise<string>;

const hurts: Record<string, Hurt> = {
  'the executor is killed at a random moment': killExecutor,
  'the backend is killed in the build': killBackend,
  'a writer holds the table': behindWriter,
  'an old snapshot in the last phase': behindSnapshot,
  'the approval is taken back as it begins': revokedAsItBegins,
  'the approval is taken back in the build': revokedMeanwhile,
  'something got slower': regression,
};

export async function executorBench(): Promise<Section> {
  const server = await startPostgres();
  try {
    await prepareBuilder(server, rows);
    const found: Section['rows'] = [];
    for (const [name, hurt] of Object.entries(hurts)) found.push(await many(server, name, hurt));
    return {
      title: 'Index changes that go wrong',
      how:
        `PostgreSQL ${server.version}, ${rows} rows, ${runs} runs each: an approved index is ` +
        'built while it is hurt, then one executor goes on; counted is what is left',
      rows: found,
    };
  } finally {
    await server.stop();
  }
}

async function many(server: PostgresServer, name: string, hurt: Hurt): Promise<Section['rows'][0]> {
  const ends = new Map<string, number>();
  const times: number[] = [];
  let [invalid, unapproved] = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    const world = executorWorld(server);
    await world.pass();
    if ((await left(server, world.name)).length) unapproved += 1;
    await world.approve();
    const began = performance.now();
    const end = await hurt(server, world, run);
    times.push(performance.now() - began);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    const indexes = await left(server, world.name);
    invalid += indexes.filter((each) => !each.valid).length;
    if (indexes.length) await server.sql(`DROP INDEX shop."${world.name}"`);
    world.close();
  }
  const ended = [...ends].map(([phase, count]) => `${phase} ${count}`).join(', ');
  return [
    name,
    `${ended}; invalid left ${invalid}, without approval ${unapproved}; ` +
      `${(quantileOf(times, 0.5) / 1_000).toFixed(1)} s p50, ` +
      `${(Math.max(...times) / 1_000).toFixed(1)} s longest`,
    '0 invalid, 0 without approval',
  ];
}

const left = (server: PostgresServer, name: string) =>
  server.sql(`SELECT i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname = '${name}'`) as Promise<{ valid: boolean }[]>;
const builders = (server: PostgresServer) =>
  server.sql(`SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dbintel-executor/%'
    AND query LIKE 'CREATE INDEX%' AND state = 'active'`) as Promise<{ pid: number }[]>;

async function killExecutor(server: PostgresServer, world: ExecutorWorld, run: number) {
  await killedAfter(server, world, (run * 7) % 400);
  await until(async () => (await builders(server)).length === 0, 30_000, 'the server has ended');
  return world.settle();
}

async function killBackend(server: PostgresServer, world: ExecutorWorld) {
  await world.pass();
  const writer = await hold(server);
  const building = world.pass().catch(() => undefined);
  await until(async () => (await builders(server)).length > 0, 5_000, 'it is being built');
  for (const { pid } of await builders(server))
    await server.sql(`SELECT pg_terminate_backend(${pid})`);
  await building;
  await release(writer);
  return world.settle();
}

const hold = async (server: PostgresServer) => {
  const writer = await server.client();
  await writer.query(`BEGIN; UPDATE shop.${byCustomer.table} SET total = 1 WHERE id = 1`);
  return writer;
};
const release = async (client: Awaited<ReturnType<typeof hold>>) => {
  await client.query('ROLLBACK');
  await client.end();
};

async function behindWriter(server: PostgresServer, world: ExecutorWorld) {
  await world.pass();
  const writer = await hold(server);
  await world.pass();
  await release(writer);
  return world.settle();
}

async function behindSnapshot(server: PostgresServer, world: ExecutorWorld) {
  await world.pass();
  const reader = await server.client();
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
  await world.pass();
  await release(reader);
  return world.settle();
}

/** Between the look and the first command: nothing is to be done on the server at all. */
async function revokedAsItBegins(_: PostgresServer, world: ExecutorWorld) {
  const said = commandsOf(world);
  await world.pass();
  asItBegins(world, () => world.revoke());
  const phase = await world.settle();
  return said.length ? `${phase} after ${said.join(', ')}` : phase;
}

async function revokedMeanwhile(server: PostgresServer, world: ExecutorWorld) {
  await world.pass();
  const building = world.pass();
  await until(
    async () => (await builders(server)).length > 0 || (await left(server, world.name)).length > 0,
    5_000,
    'it is being built',
  );
  await world.revoke();
  await building;
  return world.settle();
}

async function regression(_: PostgresServer, world: ExecutorWorld) {
  world.verdict.now = { kind: 'regression', reason: 'regression' };
  return world.settle();
}
