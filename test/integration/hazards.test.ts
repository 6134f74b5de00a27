import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { type CycleResult, runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState, type TargetState } from '../../src/collection/target-state.ts';
import { connect } from '../../src/engines/postgres/connection.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { parseStatement } from '../../src/engines/postgres/parse.ts';
import { preflight } from '../../src/engines/postgres/preflight.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { expectNothingLeft, until } from '../support/leaks.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { startProxy } from '../support/proxy.ts';
import {
  collectorPassword,
  cycleDepsFor,
  cyclesOf,
  limits,
  makeTarget,
  openSession,
  prepareServer,
  type TargetOptions,
} from '../support/target.ts';

/**
 * What production can do to a collector, and a collector to production. Bounds are asserted on the
 * server's own view.
 */
let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: { max_locks_per_transaction: '512' } });
  await prepareServer(server);
  await server.sql(
    'CREATE ROLE app LOGIN; CREATE TABLE healthy (id int PRIMARY KEY); INSERT INTO healthy ' +
      'SELECT generate_series(1, 100); GRANT SELECT ON healthy TO dbintel, app',
  );
});
afterEach(async () => {
  await expectNothingLeft(server);
  await server.sql('SELECT pg_stat_statements_reset()');
  await run('SELECT id FROM healthy WHERE id = 1', 'postgres');
  const { batch } = await collect({ database: 'postgres' });
  expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 1 });
  await expectNothingLeft(server);
});
afterAll(() => server.stop());

/**
 * A database of its own for each hazard, made as superuser; the application's role may do what
 * applications may.
 */
async function database(sql: string): Promise<string> {
  databases += 1;
  const name = `hazard_${databases}`;
  await server.sql(`CREATE DATABASE ${name}`);
  await server.sql(
    'CREATE EXTENSION pg_stat_statements; GRANT ALL ON SCHEMA public TO app; GRANT USAGE ' +
      'ON SCHEMA public TO dbintel',
    name,
  );
  await server.sql(
    `SET ROLE app; ${sql}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel`,
    name,
  );
  await server.sql('SELECT pg_stat_statements_reset()');
  return name;
}

/** As the application, five times or more: what ran less often is not selected. */
async function run(sql: string, name: string, times = 5): Promise<void> {
  const client = await server.client(name);
  await client.query('SET ROLE app');
  for (let i = 0; i < times; i += 1) await client.query(sql);
  await client.end();
}

type Options = Omit<TargetOptions, 'port'> & { port?: number };

function targetFor(options: Options) {
  const spec = { ...options.spec, databases: { include: [options.database ?? 'postgres'] } };
  return makeTarget({ port: server.port, ...options, spec });
}

async function collect(
  options: Options,
  state?: TargetState,
  signal = new AbortController().signal,
): Promise<CycleResult> {
  const target = targetFor(options);
  const settings = cycleSettings(target.spec);
  return runCycle(
    state ?? freshState(Date.now(), settings.explains, settings.databaseTime),
    cycleDepsFor(target),
    signal,
  );
}

const find = ({ batch }: CycleResult, part: string): BatchQuery => {
  const query = batch.queries.find(({ text }) => text?.includes(part));
  const there = batch.queries.map(({ text, result }) => [
    text,
    result.kind === 'refused' ? result.code : 'plan',
  ]);
  if (!query)
    throw new Error(
      `not selected: ${part}; there were ${JSON.stringify(there)}; ` +
        `${JSON.stringify(batch.cycle.outcome)}`,
    );
  return query;
};
const codeOf = (result: CycleResult, part: string) => {
  const query = find(result, part);
  return query.result.kind === 'refused' ? query.result.code : 'plan';
};

describe('functions of others', () => {
  const evil =
    'CREATE TABLE loot (who text); CREATE FUNCTION evil() RETURNS int ' +
    "LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_notify('evil', current_user); " +
    "RAISE EXCEPTION 'executed as %', current_user; END $$";
  it.each([
    ['named in the text', '', 'SELECT evil() AS marker'],
    ['behind a view', 'CREATE VIEW v AS SELECT evil() AS marker', 'SELECT marker FROM v'],
    [
      'behind a view on a view',
      'CREATE VIEW v AS SELECT evil() AS marker; CREATE VIEW w AS SELECT marker FROM v',
      'SELECT marker FROM w',
    ],
    [
      'in a check constraint',
      'CREATE TABLE t (marker int); ALTER TABLE t ADD CONSTRAINT c CHECK (marker <> evil()) ' +
        'NOT VALID',
      'SELECT marker FROM t',
    ],
    [
      'in an index',
      "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; " +
        'CREATE TABLE t (marker int); CREATE INDEX ON t (f(marker))',
      'SELECT marker FROM t',
    ],
    [
      'in a policy',
      'CREATE TABLE t (marker int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ' +
        'CREATE POLICY p ON t USING (marker = evil())',
      'SELECT marker FROM t',
    ],
    [
      'as an operator',
      "CREATE FUNCTION eq(text, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT evil() " +
        "= 1'; CREATE OPERATOR === (FUNCTION = eq, LEFTARG = text, RIGHTARG = int)",
      "SELECT 1 AS marker WHERE 'a'::text === 1",
    ],
    [
      'as a column',
      'CREATE TABLE t (a int); CREATE FUNCTION marker(t) RETURNS int ' +
        "LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
      'SELECT t.marker FROM t',
    ],
    [
      'in a domain',
      "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'; " +
        'CREATE DOMAIN d AS int CHECK (f(VALUE)); CREATE TABLE t (marker d)',
      'SELECT marker FROM t',
    ],
  ])('%s: never executed, coded', async (_, setup, text) => {
    const name = await database(`${evil}; ${setup}`);
    // The application itself runs a harmless stand-in, so that the statement is known; then the
    // function turns.
    await server.sql(
      "CREATE OR REPLACE FUNCTION evil() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'ALTER FUNCTION evil() OWNER TO app',
      name,
    );
    await run(text, name);
    await server.sql(
      `CREATE OR REPLACE ${evil.slice(evil.indexOf('FUNCTION'))}; ` +
        'ALTER FUNCTION evil() OWNER TO app',
      name,
    );
    const listener = await server.client(name);
    const heard: string[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await listener.query('LISTEN evil');
    const result = await collect({ database: name });
    await listener.end();
    expect(codeOf(result, 'marker')).toBe('untrusted_function');
    expect(heard).toEqual([]);
  });

  it('allowed by name it is planned; what it writes is refused by the server', async () => {
    const name = await database(
      'CREATE TABLE loot (who text); CREATE FUNCTION writes() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN INSERT INTO loot VALUES (current_user); ' +
        'RETURN 1; END $$; CREATE TABLE t (a int)',
    );
    await server.sql('GRANT INSERT ON loot TO dbintel', name);
    await server.sql(
      "CREATE OR REPLACE FUNCTION writes() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
      name,
    );
    await run('SELECT a FROM t WHERE a = writes()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION writes() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN INSERT INTO loot VALUES (current_user); ' +
        'RETURN 1; END $$',
      name,
    );
    const result = await collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.writes'] } },
    });
    expect(codeOf(result, 'writes')).not.toBe('plan');
    expect(await server.sql('SELECT * FROM loot', name)).toEqual([]);
  });

  it('one that sleeps ends with the statement timeout', async () => {
    const name = await database(
      "CREATE FUNCTION sleepy() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'CREATE TABLE t (a int)',
    );
    await run('SELECT a FROM t WHERE a = sleepy()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION sleepy() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(30); RETURN 1; END $$',
      name,
    );
    const started = performance.now();
    const result = await collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.sleepy'] } },
    });
    expect(codeOf(result, 'sleepy')).toBe('statement_timeout');
    expect(result.batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'statement_timeout',
    });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('one that fails while it is planned is no question of types, whatever error it chooses', async () => {
    const name = await database(
      "CREATE FUNCTION fails() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'CREATE TABLE t (a int)',
    );
    await run('SELECT a FROM t WHERE a = fails() AND a > 3', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION fails() RETURNS int ' +
        "LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '42883'; " +
        'END $$',
      name,
    );
    const result = await collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.fails'] } },
    });
    expect(find(result, 'fails').result).toMatchObject({
      code: 'parameter_type_unknown',
      detail: 'SQLSTATE 42883',
    });
  });

  it('one that swallows cancel is gone within timeout + 1 s', async () => {
    const name = await database(
      "CREATE FUNCTION stubborn() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'CREATE TABLE t (a int)',
    );
    await run('SELECT a FROM t WHERE a = stubborn()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION stubborn() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(30); ' +
        'EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
      name,
    );
    const cycle = collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.stubborn'] } },
    });
    const running =
      'SELECT extract(epoch FROM clock_timestamp() - query_start) * 1000 AS ms ' +
      "FROM pg_stat_activity WHERE usename = 'dbintel' AND state = 'active' " +
      "AND query LIKE '%stubborn%'";
    await until(async () => (await server.sql(running)).length > 0, 3_000, 'the EXPLAIN runs');
    let longest = 0;
    await until(
      async () => {
        const [row] = await server.sql(running);
        longest = Math.max(longest, Number(row?.['ms'] ?? 0));
        return row === undefined;
      },
      5_000,
      'its backend is gone',
    );
    expect(longest).toBeLessThan(500 + 1_000);
    expect(codeOf(await cycle, 'stubborn')).toBe('statement_timeout');
  });
});

describe('locks', () => {
  it('of a table whose owner waits for it exclusively: not joined', async () => {
    const name = await database('CREATE TABLE busy (a int)');
    await run('SELECT a FROM busy WHERE a = 1', name);
    const [holder, waiter] = [await server.client(name), await server.client(name)];
    await holder.query('BEGIN; LOCK busy IN ACCESS SHARE MODE');
    const waiting = waiter.query('BEGIN; LOCK busy IN ACCESS EXCLUSIVE MODE');
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'",
          )
        ).length > 0,
      3_000,
      'someone waits',
    );
    expect(codeOf(await collect({ database: name }), 'busy')).toBe('lock_timeout');
    await holder.query('ROLLBACK');
    await waiting;
    // Held by someone: we wait for the lock timeout, no longer.
    expect(codeOf(await collect({ database: name }), 'busy')).toBe('lock_timeout');
    await Promise.all([holder.end(), waiter.end()]);
  });

  it('production waits behind an ALTER behind our EXPLAIN no longer than timeout + 0.3 s', async () => {
    const name = await database(
      'CREATE TABLE t (a int); CREATE FUNCTION slow() RETURNS int ' +
        "LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    );
    await run('SELECT a FROM t WHERE a = slow()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ' +
        'PERFORM pg_sleep(30); RETURN 1; END $$',
      name,
    );
    const [owner, production] = [await server.client(name), await server.client(name)];
    const cycle = collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.slow'] } },
    });
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' " +
              "AND query LIKE '%slow%' AND state = 'active'",
          )
        ).length > 0,
      3_000,
      'the EXPLAIN runs',
    );
    const altered = owner.query('ALTER TABLE t ADD COLUMN b int');
    const started = performance.now();
    await production.query('SELECT * FROM t');
    const waited = performance.now() - started;
    expect(waited).toBeLessThan(500 + 300);
    await Promise.all([altered, cycle]);
    await Promise.all([owner.end(), production.end()]);
  });

  it('of thousands of partitions: counted before, refused, not taken', async () => {
    const name = await database(
      'CREATE TABLE big (tenant int, a int) PARTITION BY LIST (tenant); ' +
        "DO $$ BEGIN FOR i IN 1..5000 LOOP EXECUTE format('CREATE TABLE big_%s " +
        "PARTITION OF big FOR VALUES IN (%s)', i, i); END LOOP; END $$",
    );
    await run('SELECT a FROM big WHERE tenant = 7', name);
    await run('WITH big AS (SELECT * FROM big) SELECT a AS hidden FROM big WHERE tenant = 7', name);
    let most = 0;
    let done = false;
    const watcher = (async () => {
      while (!done) {
        const [row] = await server.sql(
          'SELECT count(*) AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid) ' +
            "WHERE a.usename = 'dbintel'",
        );
        most = Math.max(most, Number(row?.['n']));
      }
    })();
    const result = await collect({ database: name });
    done = true;
    await watcher;
    for (const text of ['SELECT a FROM big', 'WITH big AS'])
      expect(find(result, text).result).toMatchObject({
        code: 'too_many_relations',
        detail: expect.stringMatching(/^5\d\d\d locks/),
      });
    expect(most).toBeLessThanOrEqual(100);
  });
});

describe('texts', () => {
  it('a huge one is refused by its size, before the parser sees it', async () => {
    const name = await database('CREATE TABLE t (a int)');
    const cases = Array.from({ length: 4_000 }, (_, i) => `WHEN a = ${i} THEN ${i}`).join(' ');
    await run(`SELECT CASE ${cases} END AS huge FROM t`, name);
    expect(find(await collect({ database: name }), 'CASE WHEN a').result).toMatchObject({
      code: 'too_large',
      detail: expect.stringContaining('limit 65536'),
    });
  });

  it('two statements, a NUL, a cut text: none of them reaches the server', () => {
    expect(parseStatement('SELECT 1; DROP TABLE t', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement('SELECT 1\0', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement("SELECT * FROM t WHERE a = 'cut", 65_536)).toMatchObject({
      code: 'unparsable',
    });
    expect(parseStatement('CREATE TABLE x AS SELECT 1', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement('SELECT 1 INTO x', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement('EXPLAIN ANALYZE DELETE FROM t', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement(`SELECT ${'1 + '.repeat(20_000)}1`, 200_000)).toBeDefined();
  });

  it('a plan larger than its limit is refused with its size, and the batch lives on', async () => {
    const name = await database('CREATE TABLE t (a int)');
    const union = Array.from({ length: 300 }, () => 'SELECT a FROM t').join(' UNION ALL ');
    await run(`SELECT count(*) AS wide FROM (${union}) u`, name);
    await run('SELECT a FROM t WHERE a = 3', name);
    const result = await collect({
      database: name,
      spec: { safety: { limits: { plan: '32Ki' } } },
    });
    expect(find(result, 'wide').result).toMatchObject({
      code: 'too_large',
      detail: expect.stringMatching(/^plan of \d+ bytes, limit 32768$/),
    });
    expect(codeOf(result, 'WHERE a = $1')).toBe('plan');
  });

  it('without rights on a table: coded, with the right that is missing', async () => {
    const name = await database('CREATE TABLE secret (a int)');
    await server.sql('REVOKE ALL ON secret FROM dbintel', name);
    await run('SELECT a FROM secret WHERE a = 1', name);
    expect(find(await collect({ database: name }), 'secret').result).toEqual({
      kind: 'refused',
      code: 'insufficient_privilege',
      detail: 'SELECT on public.secret',
    });
  });

  it('names in several schemas: the user’s own search_path decides, or it is said', async () => {
    const name = await database('SELECT 1');
    await server.sql(
      'CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (a int PRIMARY KEY); ' +
        'CREATE TABLE two.t (a int); GRANT USAGE ON SCHEMA one, two TO app, dbintel; GRANT ' +
        'SELECT ON one.t, two.t TO app, dbintel',
      name,
    );
    const client = await server.client(name);
    await client.query('SET ROLE app; SET search_path = one');
    for (let i = 0; i < 5; i += 1) await client.query('SELECT a FROM t WHERE a = 1');
    await client.end();
    expect(find(await collect({ database: name }), 'FROM t').result).toMatchObject({
      code: 'ambiguous_schema',
    });
    await server.sql(`ALTER ROLE app IN DATABASE ${name} SET search_path = one`);
    const result = await collect({ database: name });
    expect(find(result, 'FROM t').result).toMatchObject({
      plan: { root: { relation: { schema: 'one' } } },
    });
  });
});

describe('servers', () => {
  it('with a pooler in between are refused, and nothing is left in it', async () => {
    const bouncer = await startPgBouncer(server, 'dbintel', collectorPassword);
    const { batch } = await collect({ port: bouncer.port, database: 'postgres' });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'pooled_connection' });
    const backends = await server.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'dbintel'");
    expect(await server.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).toEqual([]);
    expect(backends.length).toBeLessThanOrEqual(1); // the pooler's own
    await bouncer.stop();
  });

  it('that forward nothing any more: the cycle ends by itself', async () => {
    const proxy = await startProxy(server);
    const cycle = collect({ port: proxy.port, database: 'postgres' });
    await until(async () => proxy.connections > 0, 2_000, 'a connection');
    proxy.mode = 'silent';
    const started = performance.now();
    expect((await cycle).batch.cycle.outcome.kind).toBe('failed');
    expect(performance.now() - started).toBeLessThan(10_000);
    await proxy.close();
  });

  it('whose client stands still while receiving: its backend is gone within 5 s', async () => {
    const name = await database('CREATE TABLE t (a int)');
    await server.sql(
      'CREATE TABLE many (a int) PARTITION BY LIST (a); ' +
        "DO $$ BEGIN FOR i IN 1..1500 LOOP EXECUTE format('CREATE TABLE many_%s " +
        "PARTITION OF many FOR VALUES IN (%s)', i, i); END LOOP; END $$; " +
        'ALTER TABLE many OWNER TO app; GRANT SELECT ON many TO dbintel',
      name,
    );
    await run('SELECT a FROM many m1 JOIN many m2 USING (a) JOIN many m3 USING (a)', name);
    const proxy = await startProxy(server);
    const target = targetFor({
      port: proxy.port,
      database: name,
      spec: { safety: { limits: { relations: '100%' }, statementTimeout: { max: '5s' } } },
    });
    const session = await openSession(target);
    await session.lock();
    const seen = (await session.snapshot()).statements.filter(({ database }) => database === name);
    const prepared = (await session.prepare(seen)).find(({ text }) => text?.includes('many m1'));
    if (prepared?.kind !== 'ready') throw new Error(JSON.stringify(prepared));
    const explaining = session
      .explain(prepared, { ...limits, timeout_ms: 5_000, planBytes: 1e9 })
      .then(
        () => 'answered',
        () => 'failed',
      );
    const mine =
      "SELECT state FROM pg_stat_activity WHERE usename = 'dbintel' " +
      "AND query ~ 'EXPLAIN [(]FORMAT|dbintel[.]answer'";
    await until(async () => (await server.sql(mine)).length > 0, 5_000, 'the EXPLAIN runs');
    proxy.mode = 'silent';
    const started = performance.now();
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' " +
              "AND query ~ 'EXPLAIN [(]FORMAT|dbintel[.]answer' AND state = 'active'",
          )
        ).length === 0,
      10_000,
      'the backend has given up',
    );
    expect(performance.now() - started).toBeLessThan(5_000 + 1_000);
    await explaining;
    await session.close();
    await proxy.close();
  });

  it('lost in the middle of a cycle: the plans that were made are kept', async () => {
    const name = await database('CREATE TABLE t (a int, b int)');
    for (const column of ['a', 'b'])
      for (const operator of ['=', '<', '>'])
        await run(`SELECT a FROM t WHERE ${column} ${operator} 1`, name);
    const target = targetFor({ database: name });
    const settings = cycleSettings(target.spec);
    let explained = 0;
    const analyse = async () => {
      explained += 1;
      if (explained === 3)
        await server.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbintel'",
        );
      return [];
    };
    const { batch, state } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target, { analyse }),
      new AbortController().signal,
    );
    expect(batch.cycle).toMatchObject({
      outcome: { kind: 'failed', error: 'connection_failed' },
      explained: 3,
    });
    const plans = batch.queries.filter(({ result }) => result.kind === 'explained');
    expect(plans.map(({ stats }) => stats.key).toSorted()).toEqual(
      [...state.explained.keys()].toSorted(),
    );
  });

  it('killed in mid-cycle: coded, and the next cycle works after its restart', async () => {
    const session = await openSession(targetFor({ database: 'postgres' }));
    server.kill();
    await expect(session.snapshot()).rejects.toMatchObject({
      code: expect.stringMatching(/connection_failed|server_in_recovery/),
    });
    await session.close();
    const { batch } = await collect({ database: 'postgres' });
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: expect.stringMatching(/connection_failed|server_in_recovery/),
    });
    await server.restart();
  });

  it('whose connection slots are all taken', async () => {
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 0');
    expect((await collect({ database: 'postgres' })).batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
    });
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 4');
  });

  it('whose password was changed: read again, and used', async () => {
    await server.sql("ALTER ROLE dbintel PASSWORD 'rotated'");
    const asked: boolean[] = [];
    const target = targetFor({ database: 'postgres' });
    const settings = cycleSettings(target.spec);
    const credentials = async (fresh: boolean) => {
      asked.push(fresh);
      return { username: 'dbintel', password: fresh ? 'rotated' : collectorPassword };
    };
    const { batch } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target, { credentials }),
      new AbortController().signal,
    );
    expect(asked).toEqual([false, true]);
    expect(batch.cycle.outcome.kind).toBe('collected');
    const stale = await collect({ database: 'postgres' });
    expect(stale.batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'authentication_failed',
    });
    await server.sql(`ALTER ROLE dbintel PASSWORD '${collectorPassword}'`);
  });

  it('without the extension in the database', async () => {
    await server.sql('CREATE DATABASE bare');
    const { batch, prerequisites } = await collect({ database: 'bare' });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'prerequisite_missing' });
    expect(prerequisites?.find(({ name }) => name === 'extension')).toMatchObject({
      verdict: 'failed',
      remediation: expect.stringContaining('CREATE EXTENSION pg_stat_statements'),
    });
  });

  it('with an extension older than themselves', async () => {
    await server.sql('CREATE DATABASE aged');
    await server.sql(
      "CREATE EXTENSION pg_stat_statements VERSION '1.9'; CREATE TABLE t (a int); GRANT " +
        'SELECT ON t TO app, dbintel',
      'aged',
    );
    await run('SELECT a FROM t WHERE a = 1', 'aged');
    expect(codeOf(await collect({ database: 'aged' }), 'FROM t')).toBe('plan');
  });

  it('with a login trigger that writes', async () => {
    const name = await database('CREATE TABLE logins (who text)');
    await server.sql(
      'GRANT INSERT ON logins TO dbintel; CREATE FUNCTION on_login() RETURNS event_trigger ' +
        'LANGUAGE plpgsql AS $$ BEGIN INSERT INTO logins VALUES (session_user); END $$; ' +
        'CREATE EVENT TRIGGER t ON login EXECUTE FUNCTION on_login(); CREATE TABLE x (a int); ' +
        'GRANT SELECT ON x TO app, dbintel',
      name,
    );
    await run('SELECT a FROM x WHERE a = 1', name);
    expect(codeOf(await collect({ database: name }), 'FROM x')).toBe('plan');
  });

  it('with row-level security: the plan says that it is ours', async () => {
    const name = await database(
      'CREATE TABLE t (a int, owner text); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ' +
        'CREATE POLICY p ON t USING (owner = current_user)',
    );
    await run('SELECT a FROM t WHERE a = 1', name);
    expect(find(await collect({ database: name }), 'FROM t').result).toMatchObject({
      plan: { lossiness: ['rls_differs'] },
    });
  });

  it('whose statistics were reset or evicted between two cycles', async () => {
    const target = targetFor({ database: 'postgres' });
    const cycles = cyclesOf(target);
    await run('SELECT id FROM healthy WHERE id = 2', 'postgres');
    await cycles.run();
    await server.sql('SELECT pg_stat_statements_reset()');
    await run('SELECT id FROM healthy WHERE id < 3', 'postgres');
    const { batch } = await cycles.run();
    expect(batch.cycle).toMatchObject({ window: { sinceStatisticsBegan: true } });
    expect(batch.queries.some(({ text }) => text?.includes('id < $1'))).toBe(true);
  });
});

it('a statement whose table was dropped says so', async () => {
  const name = await database('CREATE TABLE gone (a int)');
  await run('SELECT a FROM gone', name);
  await server.sql('DROP TABLE gone', name);
  expect(codeOf(await collect({ database: name }), 'gone')).toBe('undefined_relation');
});

it('a silent foreign server is never called', async () => {
  let calls = 0;
  const silent = createServer(() => {
    calls += 1;
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const name = await database('SELECT 1');
  await server.sql(
    `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS
  (host '127.0.0.1', port '${port}', use_remote_estimate 'true');
    CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'p'); CREATE FOREIGN
      TABLE remote (a int) SERVER far; CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM
      remote; GRANT SELECT ON remote, v, t TO dbintel, app;
    CREATE FOREIGN DATA WRAPPER other; CREATE SERVER elsewhere FOREIGN DATA WRAPPER other; CREATE
      FOREIGN TABLE unknown (a int) SERVER elsewhere;
    CREATE SERVER near FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port
      '${port}'); CREATE USER MAPPING FOR PUBLIC SERVER near OPTIONS (user 'u', password 'p');
    CREATE FOREIGN TABLE quiet (a int) SERVER near; CREATE FOREIGN TABLE loud (a int) SERVER near
      OPTIONS (use_remote_estimate 'true');
    CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN
      TABLE lines (a text) SERVER files OPTIONS (filename '/dev/null');
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel, app`,
    name,
  );
  const target = targetFor({ database: name });
  const connection = await connect({
    host: '127.0.0.1',
    port: target.spec.connection.port as number,
    database: name,
    credentials: { username: 'dbintel', password: collectorPassword },
    tlsMode: 'disable',
    name: 'test',
    clock: systemClock,
    signal: new AbortController().signal,
    onTook: () => undefined,
  });
  const texts = ['remote WHERE a = $1', 'v', 'unknown', 'loud', 'quiet WHERE a = $1', 'lines'];
  const parsed = texts
    .map((each) => `SELECT a FROM ${each}`)
    .map((text) => parseStatement(text, 65_536))
    .flatMap((each) => (each.kind === 'refused' ? [] : [each]));
  const verdicts = await preflight(
    connection,
    parsed.map((each) => ({ parsed: each, user: 'app' })),
    { allowFunctions: [], lockLimit: 100, idsTellTables: false },
    1_000,
  );
  await connection.end();
  expect(verdicts.map((verdict) => (verdict.kind === 'refused' ? verdict.code : 'ok'))).toEqual([
    ...Array.from({ length: 4 }, () => 'remote_estimate'),
    'ok',
    'ok',
  ]);
  expect(verdicts[2]).toMatchObject({ detail: 'unknown (other)' });
  expect(calls).toBe(0);
  await new Promise((resolve) => silent.close(resolve));
});

it('a thousand EXPLAINs leave no entry in pg_stat_statements', async () => {
  const name = await database('CREATE TABLE t (a int, b int)');
  await run('SELECT a FROM t WHERE a = 1 AND b = 2', name);
  await using session = await openSession(targetFor({ database: name }));
  const seen = (await session.snapshot()).statements.filter(({ database }) => database === name);
  const prepared = (await session.prepare(seen)).find(({ text }) => text?.includes('FROM t'));
  if (prepared?.kind !== 'ready') throw new Error(JSON.stringify(prepared));
  const before = Number(
    (await server.sql('SELECT count(*) AS n FROM pg_stat_statements'))[0]?.['n'],
  );
  for (let i = 0; i < 1_000; i += 1)
    expect(await session.explain(prepared, limits)).toHaveProperty('plan');
  const after = Number(
    (await server.sql('SELECT count(*) AS n FROM pg_stat_statements'))[0]?.['n'],
  );
  expect(after - before).toBeLessThanOrEqual(1); // the counting itself
  expect(
    await server.sql(
      'SELECT 1 FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
        "WHERE r.rolname = 'dbintel'",
    ),
  ).toEqual([]);
});

it('an emergency stop ends a running EXPLAIN on the server within 2 s', async () => {
  const name = await database(
    'CREATE TABLE t (a int); CREATE FUNCTION slow() RETURNS int ' +
      "LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
  );
  await run('SELECT a FROM t WHERE a = slow()', name);
  await server.sql(
    'CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ' +
      'LOOP BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN query_canceled THEN NULL; END; ' +
      'END LOOP; END $$',
    name,
  );
  const stop = new AbortController();
  const cycle = collect(
    {
      database: name,
      spec: {
        safety: { allowFunctions: ['public.slow'], statementTimeout: { min: '5s', max: '5s' } },
      },
    },
    undefined,
    stop.signal,
  );
  const running =
    "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' AND state = 'active' " +
    "AND query LIKE '%slow%'";
  await until(async () => (await server.sql(running)).length > 0, 3_000, 'the EXPLAIN runs');
  const started = performance.now();
  stop.abort(new AppError('emergency_stop', 'incident 4711'));
  await until(async () => (await server.sql(running)).length === 0, 3_000, 'it is gone');
  expect(performance.now() - started).toBeLessThan(2_000);
  expect((await cycle).batch.cycle.outcome).toMatchObject({
    kind: 'skipped',
    reason: 'emergency_stop',
  });
});

it('a former owner’s session is ended by its successor, a peer’s is not', async () => {
  const engine = createPostgresEngine();
  const target = targetFor({ database: 'postgres' });
  const former = await openSession(target, { engine, epoch: 3 });
  expect(await former.lock()).toBe(true);
  const successor = await openSession(target, { engine, epoch: 4 });
  expect(await successor.lock()).toBe(true);
  await expect(former.health()).rejects.toMatchObject({ code: 'connection_failed' });
  const late = await openSession(target, { engine, epoch: 3 });
  expect(await late.lock()).toBe(false);
  await Promise.all([former.close(), successor.close(), late.close()]);
});
