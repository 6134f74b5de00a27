import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { connect } from '../../src/engines/postgres/connection.ts';
import { sqlState } from '../../src/engines/postgres/errors.ts';
import { functionSchema, functionSignature } from '../../src/engines/postgres/explain-function.ts';
import { callSql } from '../../src/engines/postgres/function-check.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { expectNothingLeft, until } from '../support/leaks.ts';
import {
  type PostgresServer,
  postgresVersions,
  startPostgres,
} from '../support/postgres-server.ts';
import { dbintel } from '../support/program.ts';
import {
  collectorPassword,
  cycleDepsFor,
  makeTarget,
  openSession,
  prepareFunctions,
} from '../support/target.ts';

/**
 * `explain.via: function`: plans with the rights of the role whose statement it is. One server for
 * each version.
 */

/**
 * What code that planning runs may try, to become the collector, to write, or to leave something
 * behind; each must be refused.
 */
const escapes = [
  'SET ROLE dbintel',
  'SET LOCAL ROLE dbintel',
  'SET ROLE NONE',
  'RESET ROLE',
  'SET SESSION AUTHORIZATION dbintel',
  'SET SESSION AUTHORIZATION DEFAULT',
  'RESET SESSION AUTHORIZATION',
  "SELECT set_config('role', 'dbintel', true)",
  "SELECT set_config('session_authorization', 'dbintel', false)",
  'DISCARD ALL',
  'SET TRANSACTION READ WRITE',
  "SELECT set_config('transaction_read_only', 'off', true)",
  'INSERT INTO loot VALUES (1)',
  'CREATE TEMP TABLE loot_of_session ()',
  'SELECT a FROM vault.secret',
  "SELECT dbintel_explain.report('SELECT 1', NULL, 0, true, false)",
  'ALTER ROLE dbintel NOLOGIN',
  'COMMIT',
];

/** It reports itself, and what it could do, in the server's log; only to our session. */
const evilSql = `
CREATE TABLE loot (a int);
CREATE FUNCTION try_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE attempt text; verdict text;
BEGIN
  FOREACH attempt IN ARRAY
    ARRAY[${escapes.map((sql) => `'${sql.replaceAll("'", "''")}'`).join(', ')}] LOOP
    BEGIN EXECUTE attempt; verdict := 'done'; EXCEPTION WHEN OTHERS THEN verdict := SQLSTATE; END;
    RAISE LOG 'evil % as % attempt % verdict %', session_user, current_user, attempt, verdict;
  END LOOP;
  -- What is not refused is taken back with the transaction.
  PERFORM set_config('enable_seqscan', 'off', false), set_config('search_path', 'nowhere', false),
    set_config('statement_timeout', '0', false), pg_advisory_lock(666);
  EXECUTE 'PREPARE dbintel_statement_left AS SELECT 1';
  EXECUTE 'LISTEN evil';
END $$;
CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  IF session_user = 'dbintel' THEN PERFORM try_all(); END IF; RETURN $1; END $$;`;

/**
 * Where planning runs somebody's code: what is set up as the application's role, and its statement.
 */
const places: Record<string, [setup: string, text: string]> = {
  'in the text': ['', 'SELECT 1 AS p1 WHERE evil(1) = 1'],
  'behind a view': ['CREATE VIEW v2 AS SELECT evil(2) AS p2', 'SELECT p2 FROM v2 WHERE p2 = 2'],
  'a CTE of the view’s name': [
    'CREATE VIEW v3 AS SELECT evil(3) AS p3',
    'WITH v3 AS (SELECT * FROM v3) SELECT count(p3) FROM v3',
  ],
  'a policy': [
    'CREATE TABLE t4 (p4 int); ALTER TABLE t4 ENABLE ROW LEVEL SECURITY; ' +
      'ALTER TABLE t4 FORCE ROW LEVEL SECURITY; CREATE POLICY p ON t4 USING (p4 = evil(4))',
    'SELECT p4 FROM t4',
  ],
  'an operator under BETWEEN': [
    `CREATE TYPE five AS (a int); CREATE FUNCTION ge(five, five) RETURNS bool LANGUAGE sql
  IMMUTABLE AS 'SELECT evil(5) = 5'; CREATE FUNCTION le(five, five) RETURNS bool LANGUAGE sql
  IMMUTABLE AS 'SELECT evil(5) = 5';
     CREATE OPERATOR >= (FUNCTION = ge, LEFTARG = five, RIGHTARG = five); CREATE OPERATOR <=
       (FUNCTION = le, LEFTARG = five, RIGHTARG = five)`,
    'SELECT 1 AS p5 WHERE row(1)::five BETWEEN row(0)::five AND row(2)::five',
  ],
  'an index predicate': [
    'CREATE TABLE t6 (p6 int); CREATE INDEX ON t6 (p6) WHERE evil(p6) = 6',
    'SELECT p6 FROM t6 WHERE p6 = 6 AND evil(6) = 6',
  ],
  'a domain': ['CREATE DOMAIN seven AS int CHECK (evil(VALUE) > 0)', 'SELECT 7::seven AS p7'],
  'a cast': [
    'CREATE TYPE eight AS (a int); CREATE FUNCTION to_eight(int) RETURNS eight ' +
      "LANGUAGE sql IMMUTABLE AS 'SELECT row(evil($1))::eight'; " +
      'CREATE CAST (int AS eight) WITH FUNCTION to_eight(int)',
    'SELECT (8::eight).a AS p8',
  ],
  'a name of the catalog': [
    'CREATE VIEW pg_tables AS SELECT evil(9) AS p9',
    'SELECT p9 FROM pg_tables WHERE p9 = 9',
  ],
  'an estimate': [
    "CREATE FUNCTION stable_ten(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT evil($1)'; " +
      'CREATE TABLE t10 (p10 int); INSERT INTO t10 SELECT generate_series(1, 100); ANALYZE t10',
    'SELECT p10 FROM t10 WHERE p10 < stable_ten(10)',
  ],
};

/** What the application runs, and a part of its normalised text. */
const ordinary: Record<string, [text: string, part: string]> = {
  select: ['SELECT v AS o_select FROM item WHERE id = 7', 'o_select'],
  insert: [
    "INSERT INTO item (id, v) VALUES (1000, 'x') ON CONFLICT (id) DO NOTHING",
    'INSERT INTO item',
  ],
  update: ["UPDATE item SET v = 'x7' WHERE id = 7", 'UPDATE item'],
  delete: ["DELETE FROM item WHERE id = -1 AND v = 'none'", 'DELETE FROM item WHERE id = $1 AND'],
  'for update': [
    'SELECT v AS o_for_update FROM item i WHERE id = 8 FOR UPDATE OF i',
    'o_for_update',
  ],
  'a CTE that deletes': [
    'WITH gone AS (DELETE FROM item WHERE id = -2 RETURNING v) SELECT v FROM gone',
    'WITH gone',
  ],
  'comments with semicolons': [
    '/* a;b */ SELECT count(id) AS o_comment FROM item WHERE id = 9 /* c;d */ -- e;f',
    'o_comment',
  ],
  'a policy that reads a setting of the role': [
    'SELECT note AS o_policy FROM guarded WHERE id = 3',
    'o_policy',
  ],
};
const merge: [string, string] = [
  'MERGE INTO item USING item s ON item.id = s.id AND s.id = 5 WHEN MATCHED THEN UPDATE ' +
    "SET v = 'x5'",
  'MERGE INTO',
];
const ordinaryOf = (version: string) => ({
  ...ordinary,
  ...(Number(version) >= 15 ? { merge } : {}),
});

describe.each(postgresVersions)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  let queries: readonly BatchQuery[];
  const find = (part: string) => {
    const found = queries.find(({ text }) => text?.includes(part));
    if (!found)
      throw new Error(`not selected: ${part}; ${JSON.stringify(queries.map(({ text }) => text))}`);
    return found;
  };
  const rootOf = (part: string) => {
    const { result } = find(part);
    if (result.kind === 'refused') throw new Error(`${part}: ${JSON.stringify(result)}`);
    return result.plan;
  };
  const spec = {
    explain: { via: 'function' },
    databases: { include: ['postgres'] },
    collection: { maxQueriesPerCycle: 100, minExecutionCount: 1 },
    safety: { explains: { perSecond: 1_000, burst: 1_000 }, databaseTimeBudget: '100%' },
  };
  const target = () => makeTarget({ port: server.port, spec });
  const evilLines = () =>
    [
      ...readFileSync(join(server.folder, 'server.log'), 'utf8').matchAll(
        /evil (\S+) as (\S+) attempt (.*) verdict (\S+)/g,
      ),
    ].map(([, session, user, attempt, verdict]) => ({ session, user, attempt, verdict }));
  async function collect() {
    const settings = cycleSettings(target().spec);
    const state = freshState(Date.now(), settings.explains, settings.databaseTime);
    return (await runCycle(state, cycleDepsFor(target()), new AbortController().signal)).batch;
  }
  const asRole = (username: string) =>
    connect({
      host: '127.0.0.1',
      port: server.port,
      database: 'postgres',
      credentials: { username, password: collectorPassword },
      tlsMode: 'disable',
      name: 'test',
      clock: systemClock,
      signal: new AbortController().signal,
      onTook: () => undefined,
    });
  /** One call as the collector, as it makes them; its answer, or the error's SQLSTATE. */
  async function call(
    text: string,
    {
      parameters = 0,
      describe: types = false,
      role = 'app',
      begin = 'BEGIN READ ONLY',
      sql = callSql(role),
    } = {},
  ) {
    const collector = await asRole('dbintel');
    try {
      const values = [text, 'shop', String(parameters), 'true', String(types)];
      const [rows] = await collector.enclosed({
        before: begin,
        statements: [{ sql, values }],
        after: ['ROLLBACK', 'DEALLOCATE ALL'],
        timeout_ms: 5_000,
      });
      return rows?.[0]?.['answer'];
    } catch (error) {
      return sqlState((error as Error).cause);
    } finally {
      await collector.end();
    }
  }
  const prerequisites = async () => {
    await using session = await openSession(target());
    return (await session.prerequisites()).filter(({ name }) => name.startsWith('function'));
  };

  /**
   * mallory may create where report's own path looks, and report's sessions do not; and elsewhere,
   * by the name of a temporary table of report.
   */
  async function preparePaths(): Promise<void> {
    await server.sql(`CREATE ROLE mallory; CREATE SCHEMA common; GRANT ALL ON SCHEMA common TO
  PUBLIC; CREATE SCHEMA trap AUTHORIZATION mallory; CREATE SCHEMA safe AUTHORIZATION report;
      ALTER ROLE report IN DATABASE postgres SET search_path = common, safe; GRANT ALL ON SCHEMA
        trap TO PUBLIC`);
    await server.sql(`SET SESSION AUTHORIZATION mallory; SET search_path = trap;
      CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
        IF session_user = 'dbintel' THEN RAISE LOG 'evil % as % attempt stranger verdict done',
          session_user, current_user; END IF; RETURN $1; END $$;
      CREATE VIEW common.lured AS SELECT evil(1) AS lured_a; GRANT SELECT ON common.lured TO
        PUBLIC; CREATE FUNCTION common.power(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
        'SELECT trap.evil(3)::float8'; CREATE VIEW trap.vanished AS SELECT evil(2) AS lured_b;
        GRANT SELECT ON trap.vanished TO PUBLIC`);
    const client = await server.client();
    await client.query(
      'SET SESSION AUTHORIZATION report; SET search_path = safe; ' +
        'CREATE TABLE lured (lured_a int); CREATE TEMP TABLE vanished (lured_b int)',
    );
    await client.query('SELECT lured_a FROM lured WHERE lured_a = 1');
    await client.query('SELECT lured_b FROM vanished WHERE lured_b = 2');
    await client.query('SELECT count(*) AS own_lured FROM safe.lured');
    await client.query(
      'SELECT count(lured_a) AS fitting FROM safe.lured WHERE power(lured_a, 2) = 1',
    );
    await client.end();
    const unset = await server.client();
    await unset.query(
      "SET SESSION AUTHORIZATION app; SET search_path = shop; SET app.shard = '7'; " +
        'CREATE TABLE sharded (shard int); INSERT INTO sharded SELECT 7; ANALYZE sharded; ' +
        'ALTER TABLE sharded ENABLE ROW LEVEL SECURITY; ' +
        'ALTER TABLE sharded FORCE ROW LEVEL SECURITY; CREATE POLICY p ' +
        "ON sharded USING (shard < current_setting('app.shard')::int)",
    );
    await unset.query('SELECT shard AS o_unset FROM sharded');
    await unset.end();
  }

  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql(
      'CREATE ROLE app LOGIN; CREATE ROLE report LOGIN; CREATE ROLE "Odd role" LOGIN; ' +
        'GRANT CREATE ON DATABASE postgres TO app',
    );
    await server.sql(
      'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC; GRANT CONNECT ' +
        'ON DATABASE postgres TO app, report, "Odd role"',
    );
    await prepareFunctions(server, ['app', 'report', 'Odd role']);
    await server.sql(`ALTER ROLE app PASSWORD '${collectorPassword}'`);
    await server.sql(`CREATE SCHEMA shop AUTHORIZATION app; ALTER ROLE app SET search_path = shop,
  pg_catalog; ALTER ROLE app SET enable_indexscan = off; ALTER ROLE app SET enable_bitmapscan =
  off;
      ALTER ROLE app IN DATABASE postgres SET app.tenant = '3'; ALTER ROLE app
        SET session_preload_libraries = 'auto_explain';
      CREATE SCHEMA vault; CREATE TABLE vault.secret (a int); INSERT INTO vault.secret VALUES
        (42); GRANT USAGE ON SCHEMA vault TO dbintel; GRANT SELECT ON vault.secret TO dbintel`);
    await server.sql(`SET SESSION AUTHORIZATION app; SET search_path = shop; ${evilSql}
      CREATE TABLE item (id int PRIMARY KEY, v text); INSERT INTO item SELECT g, 'x' || g FROM
        generate_series(1, 1000) g; ANALYZE item;
      CREATE TABLE guarded (id int, tenant int, note text); ALTER TABLE guarded ENABLE ROW LEVEL
        SECURITY; ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
      CREATE POLICY p ON guarded USING (tenant = current_setting('app.tenant')::int);
      ${Object.values(places)
        .map(([setup]) => setup)
        .filter(Boolean)
        .join(';\n')}`);
    const app = await server.client();
    await app.query(
      "SET SESSION AUTHORIZATION app; SET search_path = shop, pg_catalog; SET app.tenant = '3'",
    );
    await server.sql('SELECT pg_stat_statements_reset()');
    for (const [text] of Object.values(ordinaryOf(version))) await app.query(text);
    for (const [, text] of Object.values(places)) await app.query(text);
    // stays in pg_stat_activity, of the user who logged in: not app
    await app.query('SELECT count(id) AS others FROM item WHERE id < 7');
    const own = await asRole('app');
    await own.query("SET app.tenant = '3'");
    await own.query('SELECT count(id) AS sampled FROM item WHERE id > 900'); // and this one, of app
    const report = await server.client();
    await report.query('SET SESSION AUTHORIZATION report');
    await report.query('SELECT 1 AS o_report');
    await report.end();
    const before = await server.sql('SELECT count(*) AS n, sum(hashtext(v)) AS h FROM shop.item');
    await preparePaths();
    ({ queries } = await collect());
    expect(await server.sql('SELECT count(*) AS n, sum(hashtext(v)) AS h FROM shop.item')).toEqual(
      before,
    );
    await app.end();
    await own.end();
  });
  afterAll(() => server.stop());

  it('the collector has no right on tables', async () => {
    expect(
      await server.sql(
        "SELECT has_table_privilege('dbintel', 'shop.item', 'SELECT') AS s, " +
          "has_schema_privilege('dbintel', 'shop', 'USAGE') AS u",
      ),
    ).toEqual([{ s: false, u: false }]);
  });

  it.each(Object.entries(ordinaryOf(version)))(
    '%s: a plan, with the planner settings of the role, of the same statement',
    (_, [, part]) => {
      const plan = rootOf(part);
      expect(plan.settings).toMatchObject({ enable_indexscan: 'off', enable_bitmapscan: 'off' });
      expect(JSON.stringify(plan.root)).not.toContain('Index Scan');
      expect(plan.lossiness).not.toContain('typing_unverified');
    },
  );

  it('what planning runs has the rights of the role and cannot get ours, write, or leave anything behind', async () => {
    const lines = evilLines();
    const places_ = new Set(lines.map(({ attempt }) => attempt));
    expect(places_.size).toBe(escapes.length);
    // it ran in most of the places: that is what is harmless
    expect(lines.length).toBeGreaterThanOrEqual(escapes.length * 6);
    expect(new Set(lines.map(({ session, user }) => `${session} ${user}`))).toEqual(
      new Set(['dbintel app']),
    );
    expect(lines.filter(({ verdict }) => verdict === 'done')).toEqual([]);
    expect(await server.sql('SELECT * FROM shop.loot')).toEqual([]);
    await expectNothingLeft(server);
  });

  it('a name is not looked up where others may have put something that the role never called', () => {
    // up to 17 its identifier says that it was over the role's own table
    if (version === '18')
      expect(find('FROM lured').result).toMatchObject({
        code: 'untrusted_function',
        detail: expect.stringContaining('through schema common'),
      });
    else expect(rootOf('lured_a FROM safe.lured').root.relation?.schema).toBe('safe');
    expect(find('FROM vanished').result).toMatchObject({
      code: 'untrusted_function',
      detail: expect.stringContaining('through schema trap'),
    });
    expect(find('fitting').result).toMatchObject({
      code: 'untrusted_function',
      detail: expect.stringContaining('common.power'),
    });
    expect(rootOf('own_lured')).toBeDefined();
  });

  it('a policy that reads a setting of the session is marked, or says that the role has none', () => {
    expect(rootOf('o_policy').lossiness).toContain('rls_differs');
    expect(find('o_unset').result).toMatchObject({ code: 'session_setting_missing' });
  });

  it('what planning runs ends with the timeout, or by the watchdog where it swallows that', async () => {
    await server.sql(`SET SESSION AUTHORIZATION app; SET search_path = shop;
      CREATE FUNCTION stubborn(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
      IF session_user <> 'dbintel' THEN RETURN $1; END IF;
      LOOP BEGIN PERFORM pg_catalog.pg_sleep(30);
      EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`);
    await server.sql(
      'SET SESSION AUTHORIZATION app; SET search_path = shop; SELECT 1 AS o_stubborn ' +
        'WHERE stubborn(1) = 1',
    );
    const batch = await collect();
    expect(batch.queries.find(({ text }) => text?.includes('o_stubborn'))?.result).toMatchObject({
      code: 'statement_timeout',
    });
    expect(batch.queries.find(({ text }) => text?.includes('o_select'))?.result).toHaveProperty(
      'plan',
    );
    await expectNothingLeft(server);
    await server.sql('DROP FUNCTION shop.stubborn(int); SELECT pg_stat_statements_reset()');
    await server.sql(
      'SET SESSION AUTHORIZATION app; SET search_path = shop; SELECT v AS o_select ' +
        'FROM item WHERE id = 7',
    );
    await server.sql('SET SESSION AUTHORIZATION report; SELECT 1 AS o_report');
  });

  it('a relation that someone waits for exclusively is not touched', async () => {
    const [holder, waiter] = await Promise.all([server.client(), server.client()]);
    await holder.query('BEGIN; LOCK TABLE shop.item IN ACCESS SHARE MODE');
    const waiting = waiter.query('ALTER TABLE shop.item ADD COLUMN more int');
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'",
          )
        ).length > 0,
      10_000,
      'ALTER waits',
    );
    const batch = await collect();
    expect(batch.queries.find(({ text }) => text?.includes('o_select'))?.result).toMatchObject({
      code: 'lock_timeout',
    });
    await holder.query('ROLLBACK');
    await waiting;
    await Promise.all([holder.end(), waiter.end()]);
  });

  it('what rules want to know of a table is read without any right on it', async () => {
    await using session = await openSession(target());
    const { statements } = await session.snapshot();
    const prepared = await session.prepare(statements.filter(({ user }) => user === 'app'));
    const found = prepared.find(({ text }) => text?.includes('o_select'));
    expect(found).toMatchObject({
      kind: 'ready',
      facts: [{ schema: 'shop', name: 'item', indexes: [{ name: 'item_pkey', keys: ['id'] }] }],
    });
  });

  it('the samples that are planned are the role’s own', async () => {
    expect(rootOf('AS sampled').parameters).toBe('sampled');
    expect(rootOf('AS others').parameters).toBe('generic');
  });

  it('nothing of it is counted in the statistics, for us or for the role', async () => {
    const rows = await server.sql(
      'SELECT query FROM pg_stat_statements WHERE query ~* ' +
        "'explain|dbintel_statement|dbintel_explain' AND query !~ 'pg_stat_statements'",
    );
    expect(rows).toEqual([]);
  });

  it('a role without a function: its statements say so, with what to run', async () => {
    const client = await server.client();
    await client.query(
      'CREATE ROLE lonely LOGIN; GRANT CONNECT ON DATABASE postgres TO lonely; SET ROLE lonely',
    );
    await client.query('SELECT 1 AS lonely_one');
    await client.end();
    const batch = await collect();
    expect(batch.queries.find(({ text }) => text?.includes('lonely_one'))?.result).toMatchObject({
      code: 'explain_function_missing',
      detail: 'lonely: dbintel_explain.lonely is not there',
    });
    expect(await prerequisites()).toContainEqual({
      name: 'function of lonely in postgres',
      verdict: 'warning',
      observed: 'dbintel_explain.lonely is not there',
      remediation:
        'run step 4 of `dbintel prerequisites --print-sql --via function --roles lonely ' +
        '--role dbintel --database postgres`',
    });
    await server.sql('DROP OWNED BY lonely; DROP ROLE lonely');
  });

  it.each([
    ['two statements', 'SELECT 1; DROP TABLE item', '0A000'],
    [
      'two statements, the second hidden in a comment that ends',
      'SELECT 1 /* */; DELETE FROM item',
      '0A000',
    ],
    ['ANALYZE', 'ANALYZE SELECT 1', '0A000'],
    ['ANALYZE as an option', '(ANALYZE) SELECT 1', '0A000'],
    ['a first word behind a comment', '/**/ EXECUTE left_behind(1)', '0A000'],
    [
      'EXECUTE, which evaluates its arguments',
      'EXECUTE left_behind(pg_sleep(1)::text::int)',
      '0A000',
    ],
    ['DECLARE', 'DECLARE c CURSOR FOR SELECT 1', '0A000'],
    ['CREATE TABLE AS', 'CREATE TABLE stolen AS SELECT 1', '0A000'],
    ['COPY', 'COPY item TO STDOUT', '0A000'],
    ['COPY in a CTE', 'WITH x AS (COPY item TO STDOUT) SELECT 1', '42601'],
    ['SET', 'SET ROLE dbintel', '0A000'],
    ['DO', 'DO $$ BEGIN END $$', '0A000'],
    ['an open comment', 'SELECT 1 /*', '42601'],
    ['an open string', "SELECT 'abc", '42601'],
    ['an open dollar quote', 'SELECT $a$ abc', '42601'],
    ['an open name', 'SELECT "abc', '42601'],
    ['nothing', '', '0A000'],
  ])('its caller gets nothing but a plan: %s', async (_, text, state) => {
    for (const types of [false, true]) expect(await call(text, { describe: types })).toBe(state);
    expect(await server.sql('SELECT count(*)::int AS n FROM shop.item')).toEqual([
      { n: expect.any(Number) },
    ]);
  });

  it('nothing that is planned is executed, and it is called in a read-only transaction only', async () => {
    expect(
      await call("SELECT pg_catalog.lo_create(4711), pg_catalog.nextval('nothing')", {
        parameters: 0,
      }),
    ).toBe('42P01');
    expect(await call('SELECT pg_catalog.lo_create(4711)')).toContain('"Plan"');
    expect(await call('SELECT a FROM vault.secret')).toBe('42501'); // the collector may
    expect(await call('DELETE FROM pg_catalog.pg_authid')).toBe('42501');
    expect(await call('SELECT 1 INTO stolen')).toContain('"Plan"');
    expect(
      await call('SELECT id FROM item WHERE id = $1', { parameters: 2_000_000_000 }),
    ).toContain(Number(version) >= 16 ? '"Plan"' : '4');
    expect(
      await server.sql(
        'SELECT (SELECT count(*) FROM pg_largeobject_metadata)::int AS objects, ' +
          "to_regclass('shop.stolen')::text AS stolen",
      ),
    ).toEqual([{ objects: 0, stolen: null }]);
    for (const begin of ['BEGIN', 'BEGIN READ WRITE'])
      expect(await call('SELECT 1', { begin })).toBe('0L000');
  });

  it('another role cannot call it, and its owner not even alter it', async () => {
    const app = await asRole('app');
    const trial = (sql: string) =>
      app.query(sql).then(
        () => 'done',
        (error: Error) => sqlState(error.cause),
      );
    expect(await trial(`SELECT ${functionSchema}.app('SELECT 1', NULL, 0, true, false)`)).toBe(
      '42501',
    );
    expect(await trial(`SELECT ${functionSchema}.report('SELECT 1', NULL, 0, true, false)`)).toBe(
      '42501',
    );
    for (const change of [
      'SECURITY INVOKER',
      'SET search_path = shop',
      'RENAME TO other',
      'SET SCHEMA shop',
      'OWNER TO app',
    ])
      expect(await trial(`ALTER FUNCTION ${functionSignature('app')} ${change}`)).toBe('42501');
    expect(await trial(`DROP FUNCTION ${functionSignature('app')}`)).toBe('42501');
    expect(await trial(`GRANT EXECUTE ON FUNCTION ${functionSignature('app')} TO PUBLIC`)).toBe(
      '42501',
    );
    expect(
      await trial(
        `CREATE FUNCTION ${functionSchema}.app(text) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      ),
    ).toBe('42501');
    await app.end();
  });

  it('even called with our own rights, its first lines plan nothing', async () => {
    await server.sql(
      `ALTER FUNCTION ${functionSignature('app')} SECURITY INVOKER ` +
        'SET search_path = shop, pg_catalog',
    );
    const before = evilLines().length;
    const sql = `SELECT ${functionSchema}.app($1, $2, $3::int, $4::bool, $5::bool) AS answer`;
    expect(await call('SELECT evil(1)', { sql })).toBe('0L000');
    expect(evilLines()).toHaveLength(before);
    await server.sql(
      `ALTER FUNCTION ${functionSignature('app')} SECURITY DEFINER RESET ALL ` +
        'SET search_path = pg_catalog, pg_temp',
    );
  });

  /** Its statements are coded; where no role has a function at all, the cycle says so. */
  async function expectCoded(seen: string): Promise<void> {
    const { queries: after, cycle } = await collect();
    const detail = expect.stringContaining(seen);
    if (after.length === 0)
      expect(cycle.outcome).toMatchObject({
        kind: 'failed',
        error: 'prerequisite_missing',
        detail,
      });
    else
      expect(after.find(({ text }) => text?.includes('o_select'))?.result).toMatchObject({
        code: 'explain_function_missing',
        detail,
      });
  }

  const f = functionSignature('app');
  const damages: [how: string, damage: string, seen: string][] = [
    ['dropped', `DROP FUNCTION ${f}`, 'is not there'],
    [
      'replaced',
      `CREATE OR REPLACE FUNCTION ${functionSchema}.app(statement text, path text, ` +
        'parameters integer, costs boolean, describe boolean) RETURNS text ' +
        'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN ' +
        "RAISE LOG 'the wrong function was called'; RETURN '[]'; END $$",
      'is not the one of version 2',
    ],
    [
      'in SQL',
      `DROP FUNCTION ${f}; CREATE FUNCTION ${f} RETURNS text ` +
        "LANGUAGE sql SECURITY DEFINER AS $$ SELECT 'x'::text $$; " +
        `ALTER FUNCTION ${f} OWNER TO app`,
      'is not the one of version 2',
    ],
    ['with the caller’s rights', `ALTER FUNCTION ${f} SECURITY INVOKER`, 'was altered'],
    ['with another path', `ALTER FUNCTION ${f} SET search_path = shop`, 'was altered'],
    ['with one more setting', `ALTER FUNCTION ${f} SET lock_timeout = 0`, 'was altered'],
    ['stable', `ALTER FUNCTION ${f} STABLE`, 'was altered'],
    ['of another role', `ALTER FUNCTION ${f} OWNER TO report`, 'is owned by another role'],
    ['of the collector', `ALTER FUNCTION ${f} OWNER TO dbintel`, 'is owned by another role'],
    ['of a superuser', `ALTER FUNCTION ${f} OWNER TO postgres`, 'is owned by another role'],
    ['open to all', `GRANT EXECUTE ON FUNCTION ${f} TO PUBLIC`, 'may be executed by PUBLIC'],
    [
      'open to another',
      `GRANT EXECUTE ON FUNCTION ${f} TO "Odd role"`,
      'may be executed by "Odd role"',
    ],
    [
      'not ours to call',
      `REVOKE EXECUTE ON FUNCTION ${f} FROM dbintel`,
      'no EXECUTE on dbintel_explain.app',
    ],
    [
      'in a schema that its owner may use',
      `GRANT USAGE ON SCHEMA ${functionSchema} TO app`,
      'is open to app',
    ],
    [
      'in a schema where others may create',
      `GRANT CREATE ON SCHEMA ${functionSchema} TO PUBLIC`,
      'is open to PUBLIC',
    ],
    [
      'in a schema of an ordinary role',
      `ALTER SCHEMA ${functionSchema} OWNER TO app`,
      'is not a superuser’s',
    ],
    [
      'in a schema that is closed to us',
      `REVOKE USAGE ON SCHEMA ${functionSchema} FROM dbintel`,
      'no USAGE on schema dbintel_explain',
    ],
  ];
  it.each(version === '18' ? damages : [])(
    '%s: never called, said, and good again with the remedy',
    async (_, damage, seen) => {
      const entry = async () => {
        const all = await prerequisites();
        return (
          all.find(({ name }) => name.includes(' of app ')) ??
          all.find(({ name }) => name === 'functions in postgres')
        );
      };
      await server.sql(damage);
      const answer = await call('SELECT evil(1)');
      expect([null, '42501', '42883']).toContain(answer);
      await expectCoded(seen);
      const found = (await prerequisites()).find(
        ({ name }) => name === 'function of app in postgres',
      );
      expect(found).toMatchObject({
        observed: expect.stringContaining(seen),
        remediation: expect.any(String),
      });
      for (
        let open: string | undefined = found?.remediation;
        open;
        open = (await entry())?.remediation
      )
        await mend(open);
      expect(await entry()).toMatchObject({
        name: 'functions in postgres',
        verdict: 'ok',
        observed: expect.stringContaining('app'),
      });
      expect(await call('SELECT id FROM item')).toContain('"Plan"');
      expect(readFileSync(join(server.folder, 'server.log'), 'utf8')).not.toContain(
        'LOG:  the wrong function was called',
      );
    },
  );

  /** The remedy as it is printed: SQL, or the command that prints it. */
  async function mend(remedy: string): Promise<void> {
    const command = /^run step 4 of `dbintel (.*)`$/.exec(remedy)?.[1];
    if (command === undefined) return void (await server.sql(remedy));
    const { stdout } = await dbintel(command.split(' '));
    await server.sql(stdout.slice(stdout.indexOf('-- 4.')));
  }

  it('a role that became superuser is planned no more', async () => {
    await server.sql('ALTER ROLE app SUPERUSER');
    expect(await call('SELECT 1')).toBeNull();
    await expectCoded('superuser');
    await server.sql('ALTER ROLE app NOSUPERUSER');
  });
});
