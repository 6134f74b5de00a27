import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, dueAgain, makeTarget, prepareServer } from '../support/target.ts';

/**
 * Guesses at the types of a statement's values are the server's to judge: which is right is found
 * out whatever comes first, and what is known of other statements is not believed.
 */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE t (id int, a int, b int, c text); CREATE TABLE changing (a int, b int); ' +
      'GRANT SELECT ON t, changing TO dbintel',
  );
});
afterAll(() => server.stop());

/** Runs texts as an application does, then a cycle: plans of the texts that are like `which`. */
function collecting(of = server) {
  const target = makeTarget({
    port: of.port,
    spec: {
      collection: { minExecutionCount: 1, maxQueriesPerCycle: 200 },
      safety: { databaseTimeBudget: '100%', explains: { perSecond: 100, burst: 1_000 } },
    },
  });
  const cycles = cyclesOf(target, { engine: createPostgresEngine() });
  return async (which: RegExp, texts: readonly string[], values: readonly unknown[] = []) => {
    const client = await of.client();
    for (const text of texts) await client.query(text, [...values]);
    await client.end();
    cycles.state = dueAgain(cycles.state);
    const { batch } = await cycles.run();
    return batch.queries.flatMap(({ text, result }) =>
      which.test(text ?? '') && result.kind === 'explained' ? [result.plan] : [],
    );
  };
}

it('a column that has another type than before is asked of with that', async () => {
  const run = collecting();
  const read = (what: string, value: string) => `SELECT ${what} FROM changing WHERE a = ${value}`;
  await run(
    /changing/,
    ['a', 'b', 'a + b', 'a * b', 'b + 1'].map((what) => read(what, '5')),
  );
  await server.sql('ALTER TABLE changing ALTER a TYPE numeric');
  const wanted = /SELECT b, .* FROM changing/;
  const plans = await run(wanted, [read('b, a', '5.5'), read('b, b, a', '7.5')]);
  expect(plans).toHaveLength(2);
  for (const plan of plans) {
    expect(plan.lossiness).toEqual([]);
    expect(JSON.stringify(plan.root)).toContain('changing.a = $1');
  }
});

it('statements that no likely guess fits do not leave those behind them without one', async () => {
  const run = collecting();
  const columns = ['id', 'a', 'b', 'c', 'id, a', 'id, b', 'id, c', 'a, b'];
  const read = (rest: string) =>
    columns.map((what) => `SELECT ${what} FROM t WHERE a = $1 AND b < $2 ${rest}`);
  const many = read('AND id > 1 AND id > 2 AND id > 3 AND id < 7 AND b > 4 AND b > 5 AND a > 6');
  const few = read('AND id > 8');
  await run(/FROM t WHERE/, many, [1, 2]);
  await run(/FROM t WHERE/, few, [1, 2]);
  const later = ['a, c', 'b, c', 'b, a'].map(
    (what) => `SELECT ${what} FROM t WHERE a = $1 AND b < $2 AND id > 8`,
  );
  const plans = await run(/SELECT (a, c|b, c|b, a) FROM t WHERE/, later, [1, 2]);
  expect(plans).toHaveLength(3);
  expect(plans.flatMap(({ lossiness }) => lossiness)).toEqual([]);
});

it('types that somebody made are known of other statements, too', async () => {
  await server.sql(`
    CREATE SCHEMA own; CREATE TYPE own.mood AS ENUM ('ok', 'sad');
    CREATE DOMAIN own.positive AS int CHECK (VALUE > 0);
    CREATE TYPE mood AS ENUM ('other');
    CREATE TABLE felt (id int, m own.mood, p own.positive, u uuid, n numeric(8, 2), v varchar(9),
      c char(3), ms own.mood[], at timestamptz);
    GRANT USAGE ON SCHEMA own TO dbintel; GRANT SELECT ON felt TO dbintel`);
  const run = collecting();
  const conditions = [
    "m = 'ok'",
    'p = 5',
    "u = '00000000-0000-0000-0000-000000000001'",
    'n = 5.5',
    "v = 'x'",
    "c = 'x'",
    "ms = '{ok,sad}'",
    "at < '2026-01-01'",
  ];
  const read = (what: string) =>
    conditions.map((condition) => `SELECT ${what} FROM felt WHERE ${condition}`);
  for (const what of ['id', 'id, u', 'id, v', 'id, at']) {
    const plans = await run(new RegExp(`^SELECT ${what} FROM felt`), read(what));
    expect(plans.flatMap(({ lossiness }) => lossiness)).toEqual([]);
    expect(plans).toHaveLength(conditions.length);
  }
  const log = readFileSync(join(server.folder, 'server.log'), 'utf8');
  expect(log.match(/ERROR.*/g)).toBeNull();
});

it('a type in a schema that may not be used is refused with that', async () => {
  await server.sql(
    'CREATE SCHEMA hidden; CREATE DOMAIN hidden.short AS varchar(9); CREATE TABLE hides ' +
      '(s hidden.short); GRANT INSERT ON hides TO dbintel',
  );
  await server.sql("INSERT INTO hides VALUES ('x')");
  const target = makeTarget({ port: server.port, spec: { collection: { minExecutionCount: 1 } } });
  const { batch } = await cyclesOf(target, { engine: createPostgresEngine() }).run();
  expect(batch.queries.find(({ text }) => text?.startsWith('INSERT INTO hides'))?.result).toEqual(
    expect.objectContaining({
      code: 'insufficient_privilege',
      detail: 'USAGE on schema hidden',
    }),
  );
});

describe.each(['14', '15', '18'] as const)('of %s', (version) => {
  let old: PostgresServer;
  beforeAll(async () => {
    old = await startPostgres({ version });
    await prepareServer(old);
    await old.sql(`
      CREATE FUNCTION checked(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
        IF current_user = 'dbintel' THEN RAISE LOG 'called by the collector'; END IF;
        RETURN true; END $$;
      CREATE DOMAIN watched AS int CHECK (checked(VALUE));
      CREATE DOMAIN there AS int NOT NULL;
      CREATE SCHEMA "o d.d[]"; CREATE DOMAIN "o d.d[]"."na""me[1]" AS there CHECK (checked(VALUE));
      CREATE DOMAIN several AS int[] NOT NULL CHECK (checked(VALUE[1]));
      CREATE TYPE pair AS (a int, b int);
      CREATE DOMAIN both_ AS pair NOT NULL CHECK (checked((VALUE).a));
      CREATE TABLE kept (id int, w watched, t there, o "o d.d[]"."na""me[1]", s several, p both_);
      INSERT INTO kept VALUES (1, 1, 1, 1, '{1}', '(1,2)');
      GRANT USAGE ON SCHEMA "o d.d[]" TO dbintel;
      GRANT SELECT, INSERT, UPDATE ON kept TO dbintel`);
  });
  afterAll(() => old.stop());

  it('thousands of literals are typed as few are, and cost no more than they weigh', async () => {
    const run = collecting(old);
    const list = Array.from({ length: 8_000 }, (_, i) => i).join();
    const before = process.memoryUsage.rss();
    const began = process.cpuUsage();
    const plans = await run(/relpages IN/, [
      `SELECT oid FROM pg_class WHERE relpages IN (${list})`,
    ]);
    expect(plans).toMatchObject([{ lossiness: version === '18' ? ['list_length_unknown'] : [] }]);
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(20_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(800 * 1_048_576);
  });

  it('no check of a domain is run, and none refuses what stands for a value', async () => {
    const run = collecting(old);
    for (let i = 0; i < 2; i += 1) {
      const plans = await run(/kept/, [
        "INSERT INTO kept VALUES (2, 3, 4, 5, '{6}', '(7,8)')",
        'UPDATE kept SET o = 5 WHERE id = 6',
        "UPDATE kept SET s = '{7,8}' WHERE id = 9",
        "UPDATE kept SET p = '(7,8)' WHERE id = 9",
        'UPDATE kept SET t = 5 WHERE id = 6',
        'UPDATE kept SET w = 7 WHERE id = 8',
        'SELECT id FROM kept WHERE id = 9::there',
      ]);
      expect(plans).toHaveLength(7);
    }
    const log = readFileSync(join(old.folder, 'server.log'), 'utf8');
    expect(log.match(/called by the collector|ERROR.*/g)).toBeNull();
  });
});
