import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';

import { connect } from '../../src/engines/postgres/connection.ts';
import { readTexts, type TextPlace } from '../../src/engines/postgres/texts.ts';
import type { PlanBatch } from '../../src/model/batch.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { expectNothingLeft } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { collectorPassword, cyclesOf, makeTarget, prepareServer } from '../support/target.ts';

/**
 * Texts of statements that cannot be read: for their encoding, or because there is too much of
 * them. A cycle goes on without.
 */
const spec = {
  collection: { maxQueriesPerCycle: 40 },
  safety: { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' },
};

/** How the statement came out that has this word in its text, or in this database. */
const resultOf = (
  { queries }: PlanBatch,
  found: (query: PlanBatch['queries'][number]) => boolean,
) => {
  const query = queries.find(found);
  return query && (query.result.kind === 'refused' ? query.result.code : 'plan');
};

async function connectAs(
  target: Target,
): Promise<TextPlace & { connection: Awaited<ReturnType<typeof connect>> }> {
  const { host, port } = target.spec.connection;
  const connection = await connect({
    host,
    port: port as number,
    database: 'postgres',
    credentials: { username: 'dbintel', password: collectorPassword },
    tlsMode: 'disable',
    name: 'dbintel/1/test/test',
    clock: systemClock,
    signal: new AbortController().signal,
    onTook: () => undefined,
  });
  return { connection, extension: { schema: 'public', version: '1.11' }, encoding: 'UTF8' };
}

async function run(server: PostgresServer, sql: string, database?: string, times = 6) {
  const client = await server.client(database);
  for (let i = 0; i < times; i += 1) await client.query(sql);
  return client;
}

describe('encodings', () => {
  let server: PostgresServer;
  /** A statement whose text has the byte 0xE9, which is é in LATIN1 and nothing in UTF-8. */
  const withByteE9 = (before: string, after: string) =>
    "SET pg_stat_statements.track = 'all'; DO $$ BEGIN FOR i IN 1..6 LOOP EXECUTE " +
    `convert_from('\\x${Buffer.from(before).toString('hex')}e9${Buffer.from(after).toString('hex')}'::bytea, ` +
    "'SQL_ASCII'); END LOOP; END $$";

  beforeAll(async () => {
    server = await startPostgres();
    await prepareServer(server);
    await server.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    await server.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    for (const database of ['postgres', 'ascii', 'latin'])
      await server.sql(
        'CREATE TABLE goods (id int PRIMARY KEY); GRANT SELECT ON goods TO dbintel',
        database,
      );
    await server.sql('CREATE EXTENSION pg_stat_statements', 'latin');
  });
  afterAll(async () => {
    await expectNothingLeft(server);
    await server.stop();
  });

  it('what is UTF-8 is read by a target in a LATIN1 database, and the other way round', async () => {
    await server.sql('SELECT pg_stat_statements_reset()');
    await (
      await run(server, "SELECT id AS in_utf8 FROM goods WHERE 'こんにちは' <> '' /* こんにちは */")
    ).end();
    await (await run(server, 'SELECT id AS "é" FROM goods', 'latin')).end();
    for (const database of ['latin', 'postgres']) {
      const target = makeTarget({ port: server.port, database, uid: `uid-${database}`, spec });
      const batch = (await cyclesOf(target).run()).batch;
      expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
      expect(resultOf(batch, ({ text }) => text?.includes('in_utf8') === true)).toBe('plan');
      expect(
        resultOf(
          batch,
          ({ text, stats }) => stats.database === 'latin' && text?.includes('é') === true,
        ),
      ).toBe('plan');
    }
  });

  it('one text that is of no encoding: running statements get plans, others a reason; then the remedy', async () => {
    await server.sql('SELECT pg_stat_statements_reset()');
    await server.sql(withByteE9('SELECT id FROM goods /* caf', ' */'), 'ascii');
    await (await run(server, 'SELECT id AS ended FROM goods')).end();
    const idle = await run(server, 'SELECT id AS idle FROM goods WHERE id = 1');
    const target = makeTarget({ port: server.port, spec });
    const cycles = cyclesOf(target);
    const { batch } = await cycles.run();
    await idle.end();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    expect(resultOf(batch, ({ text }) => text?.includes('idle') === true)).toBe('plan');
    const others = batch.queries.flatMap(({ result }) =>
      result.kind === 'refused' ? [result] : [],
    );
    expect(others.length).toBeGreaterThan(0);
    for (const each of others)
      expect(each).toEqual({
        kind: 'refused',
        code: 'text_unreadable',
        detail: 'a text in the statistics cannot be converted to UTF8',
      });

    await server.sql('CREATE EXTENSION pg_stat_statements', 'ascii');
    const after = (await cyclesOf(target).run()).batch;
    expect(resultOf(after, ({ text }) => text?.includes('ended') === true)).toBe('plan');
    expect(
      resultOf(
        after,
        ({ text, stats }) => stats.database === 'ascii' && text?.includes('goods') === true,
      ),
    ).toBe('plan');
  });

  it('a text in an encoding that none leads from to ours: read from a database that takes it, or a reason', async () => {
    for (const [database, encoding] of [
      ['cyrillic', 'KOI8R'],
      ['japanese', 'EUC_JP'],
    ] as const) {
      await server.sql(
        `CREATE DATABASE ${database} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`,
      );
      await server.sql(
        'CREATE TABLE goods (id int PRIMARY KEY); GRANT SELECT ON goods TO dbintel',
        database,
      );
    }
    await server.sql('CREATE EXTENSION pg_stat_statements', 'japanese');
    await server.sql('SELECT pg_stat_statements_reset()');
    await (await run(server, 'SELECT id AS "имя" FROM goods', 'cyrillic')).end();
    await (await run(server, 'SELECT id AS "名前" FROM goods', 'japanese')).end();
    const target = makeTarget({
      port: server.port,
      database: 'japanese',
      uid: 'uid-japanese',
      spec,
    });
    const readable = (await cyclesOf(target).run()).batch;
    expect(readable.cycle.outcome).toEqual({ kind: 'collected' });
    expect(resultOf(readable, ({ text }) => text?.includes('名前') === true)).toBe('plan');
    await server.sql('DROP EXTENSION pg_stat_statements');
    await server.sql('DROP EXTENSION IF EXISTS pg_stat_statements', 'ascii');
    const other = (await cyclesOf(target).run()).batch;
    expect(other.cycle.outcome).toEqual({ kind: 'collected' });
    expect(resultOf(other, ({ stats }) => stats.database === 'japanese')).toBe('text_unreadable');
    for (const database of ['postgres', 'ascii'])
      await server.sql('CREATE EXTENSION pg_stat_statements', database);
    for (const database of ['cyrillic', 'japanese'])
      await server.sql(`DROP DATABASE ${database} WITH (FORCE)`);
  });

  it('names that are of no encoding fail nothing', async () => {
    await server.sql('SELECT pg_stat_statements_reset()');
    await server.sql(withByteE9('CREATE ROLE "caf', '"').replace('1..6', '1..1'), 'ascii');
    await server.sql(
      withByteE9('CREATE TABLE "caf', '" (id int)').replace('1..6', '1..1'),
      'ascii',
    );
    await server.sql(withByteE9('SET ROLE "caf', '"; SELECT 1 AS one; RESET ROLE'), 'ascii');
    await server.sql(withByteE9('SELECT * FROM "caf', '"'), 'ascii');
    await (await run(server, 'SELECT id AS plain FROM goods', 'ascii')).end();
    for (const database of ['postgres', 'latin', 'ascii']) {
      const target = makeTarget({
        port: server.port,
        database,
        uid: `uid-names-${database}`,
        spec,
      });
      const batch = (await cyclesOf(target).run()).batch;
      expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
      expect(resultOf(batch, ({ text }) => text?.includes('plain') === true)).toBe('plan');
      expect(batch.queries.some(({ stats }) => stats.user === 'café')).toBe(true);
    }
  });
});

it('long texts of many statements and sessions are read within what an answer may hold', async () => {
  const server = await startPostgres({ settings: { track_activity_query_size: '1000000' } });
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE goods (id int PRIMARY KEY); GRANT SELECT ON goods TO dbintel; ' +
      'SELECT pg_stat_statements_reset()',
  );
  const comment = 'x'.repeat(60_000);
  const clients = await Promise.all(Array.from({ length: 40 }, () => server.client()));
  for (let i = 0; i < 200; i += 1)
    await clients[i % 40]?.query(
      `SELECT id ${', id'.repeat(i)} FROM goods WHERE id = 1 /* ${comment} */`,
    );
  const many = { ...spec, collection: { maxQueriesPerCycle: 300, minExecutionCount: 1 } };
  const target = makeTarget({ port: server.port, spec: many });
  const batch = (await cyclesOf(target).run()).batch;
  expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
  expect(batch.queries.filter(({ result }) => result.kind === 'explained').length).toBe(200);
  for (const client of clients) await client.end();
  await expectNothingLeft(server);
  await server.stop();
});

describe('a file of texts that is too large', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version: '17' });
    await prepareServer(server);
    await server.sql(
      'CREATE TABLE goods (id int PRIMARY KEY); GRANT SELECT ON goods TO dbintel; ' +
        'SELECT pg_stat_statements_reset()',
    );
    const client = await run(server, 'SELECT id AS ended FROM goods');
    const comment = 'x'.repeat(600_000);
    for (let i = 1; i <= 130; i += 1)
      await client.query(`SELECT ${Array.from({ length: i }, () => '1').join()} /* ${comment} */`);
    await client.end();
  });
  afterAll(async () => {
    await expectNothingLeft(server);
    await server.stop();
  });

  it('is not read: running statements get plans, others a reason with its size; the circuit stays closed', async () => {
    await server.sql('GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text, boolean) TO dbintel');
    const idle = await run(server, 'SELECT id AS idle FROM goods WHERE id = 1');
    const target = makeTarget({ port: server.port, spec });
    const cycles = cyclesOf(target);
    const { batch } = await cycles.run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    expect(resultOf(batch, ({ text }) => text?.includes('idle') === true)).toBe('plan');
    const codes = batch.queries.flatMap(({ result }) =>
      result.kind === 'refused' ? [result] : [],
    );
    expect(codes).toContainEqual({
      kind: 'refused',
      code: 'texts_too_large',
      detail: expect.stringMatching(/^the file of texts is 7\d MiB$/),
    });
    for (let i = 0; i < 3; i += 1)
      expect((await cycles.run()).batch.cycle.safety.circuit).toBe('closed');
    await idle.end();
    await server.sql(
      'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text, boolean) FROM dbintel',
    );
  });

  it('is read once where its size is not known before, and then no more', async () => {
    // A slow machine needs its time for 70 MiB.
    const safety = { ...spec.safety, statementTimeout: { max: '5s' } };
    const patient = { ...spec, safety };
    const target = makeTarget({ port: server.port, uid: 'uid-unknown-size', spec: patient });
    const cycles = cyclesOf(target);
    const { batch } = await cycles.run();
    expect(resultOf(batch, ({ text }) => text?.includes('ended') === true)).toBe('plan');
    await (await run(server, 'SELECT id AS later FROM goods ORDER BY id DESC')).end();
    const next = (await cycles.run()).batch;
    expect(next.queries.map(({ result }) => result)).toContainEqual({
      kind: 'refused',
      code: 'texts_too_large',
      detail: expect.stringMatching(/^the file of texts is 7\d MiB$/),
    });
  });

  it('is left alone for longer and longer where reading it takes too long', async () => {
    const clock = createFakeClock();
    const target = makeTarget({ port: server.port, spec });
    const home = await connectAs(target);
    const options = {
      home,
      maySeeSize: false,
      timeout_ms: 5,
      textLimit: 65_536,
      fileLimit: 1e9,
      clock,
      elsewhere: async () => undefined,
    };
    const notes = { texts: { until: 0, failures: 0 } };
    const read = () => readTexts(['1/1'], { ...options, notes });
    expect((await read()).otherwise).toEqual({
      kind: 'refused',
      code: 'texts_too_large',
      detail: 'the file of texts, of unknown size, was not read within 5 ms',
    });
    expect(notes.texts.until - clock.now()).toBe(3_600_000);
    notes.texts.until = 0;
    await read();
    expect(notes.texts.until - clock.now()).toBe(7_200_000);
    // Nothing is asked of the server: it could not answer.
    await home.connection.end();
    expect((await read()).otherwise?.code).toBe('texts_too_large');
    expect(notes.texts.until - clock.now()).toBe(7_200_000);
  });
});

describe('strings with backslashes', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version: '14' });
    await prepareServer(server);
  });
  afterAll(() => server.stop());

  it('are kept by no text, whatever the session made of a backslash', async () => {
    const client = await server.client();
    for (const text of [
      "DO E'BEGIN '\n'PERFORM \\'CANARY\\'; END'",
      "SET application_name = E'a' -- note\n 'b\\' CANARY'",
      'SET standard_conforming_strings = off',
      "SET application_name = 'it\\'s CANARY'",
      "DO 'BEGIN PERFORM \\'CANARY\\'; END'",
      "EXPLAIN SELECT 'it\\'' || 'CANARY'",
      "SELECT relname || 'a\\' CANARY' FROM pg_class GROUP BY relname || 'a\\' CANARY'",
    ])
      await client.query(text);
    await client.end();
    const target = makeTarget({
      port: server.port,
      spec: { ...spec, collection: { ...spec.collection, minExecutionCount: 1 } },
    });
    const { batch } = await cyclesOf(target).run();
    expect(batch.queries.length).toBeGreaterThanOrEqual(7);
    expect(JSON.stringify(batch)).not.toContain('CANARY');
  });
});
