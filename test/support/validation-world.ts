import { judgeFromHistory } from '../../src/app/judge-change.ts';
import type { Clock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import type { IndexDef } from '../../src/model/index-def.ts';
import { byCustomer, type ExecutorWorld, executorWorld, prepareBuilder } from './executor-world.ts';
import type { PostgresServer } from './postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from './target.ts';

/**
 * An approved index, real load before and after it, the collector that sees what the load did, and
 * a verdict from its history. Days pass at once; each hour's statements take the time that they
 * take.
 */
export const worlds = {
  /** The statement that it is for reads it, and is faster. */
  helps: { index: byCustomer, writes: false, ends: 'Kept improved' },
  /** The statement that it is for does not read it, and nothing else changes. */
  'does nothing': {
    index: { ...byCustomer, keys: [{ column: 'total' }] },
    writes: false,
    ends: 'Kept unproven',
  },
  /** The statement that it is for is faster; those that write pay more than that is worth. */
  hurts: {
    index: { ...byCustomer, keys: [{ column: 'customer' }, { column: 'note' }] },
    writes: true,
    ends: 'RolledBack regression',
  },
} as const satisfies Record<string, { index: IndexDef; writes: boolean; ends: string }>;
export type WorldKind = keyof typeof worlds;

const [hour_ms, day_ms] = [3_600_000, 86_400_000];
/** Of a day; so many slots of the same hour are compared. */
const hours = 8;
/** A hundred calls of a statement after it are the least. */
const callsAnHour = 14;
const rows = 20_000;
/** On another table, so that a machine with other work is not taken for the doing of the index. */
const elsewhere = ['count(*)', 'sum(id)', 'min(id)', 'max(id)', 'avg(id)'];

export async function prepareValidation(server: PostgresServer): Promise<void> {
  await prepareBuilder(server, rows);
  // Wide, in no order: what an index on it costs those that write.
  await server.sql(`UPDATE shop.orders SET note = repeat(md5(id::text), 30);
    CREATE TABLE shop.added AS SELECT md5(n::text) AS note FROM generate_series(1, 400) n;
    CREATE TABLE shop.parcels AS
      SELECT n AS id, n % 97 AS weight FROM generate_series(1, ${rows}) n;
    GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA shop TO PUBLIC;
    GRANT USAGE ON SCHEMA shop TO PUBLIC`);
  await server.sql('VACUUM ANALYZE');
  await prepareServer(server, 'postgres', ['shop']);
}

/** How it ended: phase and reason. */
export async function validateOne(
  server: PostgresServer,
  kind: WorldKind,
  run: number,
): Promise<string> {
  const { index, writes } = worlds[kind];
  const name = `dbi_run_${run}`;
  const world = executorWorld(server, { kind: 'create-index', name, index });
  const history = openSqliteHistory(':memory:');
  const { clock } = world.ports;
  const random = seededRandom(run);
  world.ports.judge = judgeFromHistory(history, clock, random);
  const target = makeTarget({
    port: server.port,
    spec: {
      advice: { mode: 'propose' },
      collection: { minExecutionCount: 1, maxQueriesPerCycle: 20 },
      safety: { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' },
    },
  });
  const client = await server.client();
  const cycles = cyclesOf(target, { clock });
  const look = async () => history.record((await cycles.run()).batch);
  /** What was written is gone at once. */
  const load = async () => {
    for (let i = 0; i < callsAnHour; i += 1) {
      await client.query('SELECT sum(total) FROM shop.orders WHERE customer = $1', [i]);
      for (const what of elsewhere) {
        await client.query(`SELECT ${what} FROM shop.parcels WHERE weight > $1`, [i]);
      }
      if (!writes) continue;
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO shop.orders SELECT 1000000 + row_number() OVER (), $1, 1,
          repeat(note, 30) FROM shop.added`,
        [i],
      );
      await client.query('ROLLBACK');
    }
  };
  const passHours = async (pass: boolean) => {
    for (let hour = 0; hour < hours; hour += 1) {
      await load();
      world.wait(hour_ms / 2);
      await look();
      world.wait(untilHour(clock));
      if (pass) await world.pass();
    }
  };
  try {
    await server.sql('SELECT pg_stat_statements_reset()');
    world.wait(untilHour(clock));
    await look();
    await passHours(false);
    world.proposal.evidence.statements = await readers(history, target.uid, clock);
    world.wait(day_ms - hours * hour_ms - hour_ms / 2);
    await world.approve();
    await world.pass();
    await world.pass();
    world.wait(untilHour(clock));
    await passHours(true);
    for (let day = 0; day < 9 && (await phaseOf(world)) === 'Observing'; day += 1) {
      world.wait(day_ms);
      await world.pass();
    }
    await world.settle();
    const { state } = await world.current();
    return `${state.phase} ${state.reason}`;
  } finally {
    await client.end();
    await history.close();
    world.close();
    await server.sql(`DROP INDEX IF EXISTS shop.${name}`);
    await server.sql('VACUUM shop.orders');
  }
}

const untilHour = (clock: Clock) => hour_ms - (clock.now() % hour_ms);
const phaseOf = async (world: ExecutorWorld) => (await world.current()).state.phase;

/** Those that read: what such an index is thought of for. */
async function readers(
  history: ReturnType<typeof openSqliteHistory>,
  target: string,
  clock: Clock,
): Promise<ExecutorWorld['proposal']['evidence']['statements']> {
  const all = await history.queries({ target, since: clock.now() - day_ms, limit: 50 });
  return all
    .filter(({ text = '' }) => /^SELECT sum\(total\)/i.test(text))
    .map(({ fingerprint }) => ({
      fingerprint,
      callsPerDay: 100,
      msPerDay: 100,
      costBefore: 2,
      costAfter: 1,
    }));
}
