import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CycleResult, runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import type { ReadyStatement } from '../../src/engines/engine.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { expectNothingLeftOn, until } from '../support/leaks.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, makeShop } from '../support/mysql-shop.ts';
import { startProxy } from '../support/proxy.ts';
import {
  collectorPassword,
  cycleDepsFor,
  limits,
  makeTarget,
  openSession,
  prepareMysql,
  type TargetOptions,
} from '../support/target.ts';

/**
 * What production can do to a collector on MySQL and MariaDB, and a collector to production. Bounds
 * are asserted on the server's own view.
 */
const timeout_ms = 500; // what a fresh target begins with
const via = (mode: 'direct' | 'procedure') => ({ explain: { via: mode } });

describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  const isMysql = product.startsWith('mysql');

  beforeAll(async () => {
    server = await startMysql({ product, settings: ['--innodb-lock-wait-timeout=5'] });
    await makeShop(server);
    await prepareMysql(server, ['shop'], 'procedure');
    await server.sql('GRANT SELECT, SHOW VIEW ON shop.* TO dbintel;');
  });
  afterEach(async () => {
    await expectNothingLeftOn(server);
    await truncate();
    await run('SELECT name FROM customers WHERE id = 1');
    const { batch } = await collect();
    expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 1 });
    await truncate();
  });
  afterAll(() => server.stop());

  const truncate = () =>
    server.sql('TRUNCATE performance_schema.events_statements_summary_by_digest;');
  const run = (sql: string, times = 5) =>
    asApp(server, async (client) => {
      for (let i = 0; i < times; i += 1) await client.query(sql);
    });
  /** What hangs costs database time; how much of it there is, is another test's matter. */
  const safety = { databaseTimeBudget: '100%', databaseTimeBurst: '10m' };
  const targetFor = (options: Partial<TargetOptions> = {}) =>
    makeTarget({
      engine: server.engine,
      port: server.port,
      ...options,
      spec: { databases: { include: ['shop'] }, safety, ...options.spec },
    });

  async function collect(
    options: Partial<TargetOptions> = {},
    signal = new AbortController().signal,
  ): Promise<CycleResult> {
    const target = targetFor(options);
    const settings = cycleSettings(target.spec);
    return runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      signal,
    );
  }
  function find({ batch }: CycleResult, part: string): BatchQuery {
    const query = batch.queries.find(({ text }) =>
      text?.toLowerCase().includes(part.toLowerCase()),
    );
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
  }
  const codeOf = (result: CycleResult, part: string) => {
    const { result: each } = find(result, part);
    return each.kind === 'refused' ? each.code : 'plan';
  };

  /** How long an EXPLAIN of ours ran, on the server's own clock. */
  async function longestExplain(work: Promise<unknown>): Promise<number> {
    const client = await server.client();
    let done = false;
    let longest = 0;
    void work.finally(() => (done = true)).catch(() => undefined);
    const sql =
      'SELECT ID AS id, INFO AS info FROM information_schema.PROCESSLIST ' +
      "WHERE USER IN ('dbintel', 'dbintel_definer') AND (INFO LIKE 'EXPLAIN%' " +
      "OR INFO LIKE 'CALL%safe_explain%' OR INFO LIKE '%EXECUTE%')";
    const began = new Map<string, number>();
    while (!done) {
      const [rows] = (await client.query(sql)) as unknown as [{ id: number; info: string }[]];
      for (const { id, info } of rows) {
        const key = `${id} ${info}`;
        if (!began.has(key)) began.set(key, performance.now());
        longest = Math.max(longest, performance.now() - (began.get(key) as number));
      }
    }
    await client.end();
    return longest;
  }

  describe('what EXPLAIN runs', () => {
    if (isMysql)
      it('a derived table: ended within timeout + 0.5 s; in a procedure, where only we could end it, not sent', async () => {
        await server.sql('CREATE TABLE few (a int);', 'shop');
        await server.sql('INSERT INTO few VALUES (1), (2);', 'shop');
        await run(
          'SELECT n FROM (SELECT COUNT(*) AS n FROM few x JOIN few y ON x.a + y.a > 0 ' +
            'JOIN few z ON x.a + z.a > 0 JOIN few w ON w.a + z.a > 0) AS derived',
        );
        await server.sql('INSERT INTO few SELECT id FROM orders WHERE id < 3000;', 'shop');
        expect(codeOf(await collect({ spec: via('procedure') }), 'derived')).toBe(
          'not_explainable_statement',
        );
        const cycle = collect();
        const longest = await longestExplain(cycle);
        expect(codeOf(await cycle, 'derived')).toBe('statement_timeout');
        expect(longest).toBeGreaterThan(timeout_ms / 2);
        expect(longest).toBeLessThan(timeout_ms + 500);
        await server.sql('DROP TABLE few;', 'shop');
      });

    if (isMysql)
      it('a value that a query gives, wherever it stands: not sent to a procedure; members of a set operation are', async () => {
        await server.sql('CREATE TABLE few (a int);', 'shop');
        const slow = 'SELECT x.a FROM few x, few y WHERE x.a = y.a';
        const refused = [
          `SELECT id AS within_list FROM customers WHERE id IN (1, (${slow}))`,
          `SELECT id AS within_call FROM customers WHERE id > GREATEST(1, (${slow}))`,
          `SELECT id AS within_row FROM customers WHERE (id, code) = (5, (${slow}))`,
          `SELECT id AS within_trim FROM customers WHERE code > TRIM('x' FROM (${slow}))`,
        ];
        for (const sql of refused) await run(sql);
        await run(
          '(SELECT id AS member FROM customers WHERE id = 1) UNION ALL (SELECT id ' +
            'FROM customers WHERE id = 2)',
        );
        const cycle = await collect({ spec: via('procedure') });
        for (const name of ['list', 'call', 'row', 'trim'])
          expect(codeOf(cycle, `within_${name}`)).toBe('not_explainable_statement');
        expect(codeOf(cycle, 'member')).toBe('plan');
        await server.sql('DROP TABLE few;', 'shop');
      });

    if (isMysql)
      it('a write with a subquery, or through a view with one: not sent, since nothing would end it if we were killed', async () => {
        await server.sql('CREATE TABLE few (a int);', 'shop');
        await server.sql(
          'CREATE VIEW rich AS SELECT * FROM customers WHERE id > (SELECT MAX(a) FROM few);',
          'shop',
        );
        await run(
          'UPDATE customers SET name = name WHERE id = (SELECT n FROM (SELECT COUNT(*) AS n ' +
            'FROM few) AS derived)',
        );
        await run('UPDATE rich SET name = name WHERE id = 7');
        await run('UPDATE customers SET name = name WHERE id = 8');
        await server.sql('GRANT UPDATE ON shop.* TO dbintel;');
        const cycle = await collect();
        expect(codeOf(cycle, 'AS derived')).toBe('not_explainable_statement');
        expect(codeOf(cycle, 'UPDATE rich')).toBe('not_explainable_statement');
        expect(find(cycle, 'UPDATE rich').result).toMatchObject({
          detail: expect.stringContaining('shop.rich is no table'),
        });
        expect(codeOf(cycle, 'UPDATE customers SET NAME = NAME WHERE id = ?')).toBe('plan');
        await server.sql('REVOKE UPDATE ON shop.* FROM dbintel;');
        await server.sql('DROP VIEW rich;', 'shop');
        await server.sql('DROP TABLE few;', 'shop');
      });

    it('functions behind a definer’s view, which write and which sleep: nothing is written, none outlives the timeout', async () => {
      await server.sql('CREATE TABLE loot (who varchar(80));', 'shop');
      await server.sql('CREATE TABLE one (a int PRIMARY KEY);', 'shop');
      await server.sql('INSERT INTO one VALUES (1);', 'shop');
      const turn = async (body: string) => {
        await server.sql('DROP FUNCTION IF EXISTS f;', 'shop');
        await server.sql(
          'DELIMITER //\nCREATE FUNCTION f(x int) RETURNS int DETERMINISTIC MODIFIES SQL ' +
            `DATA BEGIN ${body} RETURN x; END//\nDELIMITER ;`,
          'shop',
        );
      };
      await turn('');
      await server.sql(
        'CREATE VIEW v AS SELECT a, f(1) AS marker FROM one WHERE a = f(1);',
        'shop',
      );
      await run('SELECT marker FROM v WHERE a = 1');
      await turn('INSERT INTO loot VALUES (CURRENT_USER());');
      const result = await collect();
      expect(['plan', 'untrusted_function']).toContain(codeOf(result, 'marker'));
      expect(await server.sql('SELECT * FROM loot', 'shop')).toEqual([]);
      await turn('DO SLEEP(20);');
      const cycle = collect();
      const longest = await longestExplain(cycle);
      expect(['plan', 'statement_timeout']).toContain(codeOf(await cycle, 'marker'));
      expect(longest).toBeLessThan(timeout_ms + 500);
      await server.sql('DROP VIEW v;', 'shop');
      await server.sql('DROP TABLE loot, one;', 'shop');
    });
  });

  describe('locks', () => {
    it('a table that is locked: not waited for beyond the timeout, and production goes on', async () => {
      await run('SELECT total FROM orders WHERE id = 9');
      const owner = await server.client('shop');
      await owner.query('LOCK TABLES orders WRITE');
      const cycle = collect();
      const longest = await longestExplain(cycle);
      expect(['lock_timeout', 'statement_timeout']).toContain(codeOf(await cycle, 'orders'));
      expect(longest).toBeLessThan(timeout_ms + 500);
      await owner.query('UNLOCK TABLES');
      await owner.end();
    });

    if (isMysql)
      it('planning INSERT … SELECT locks no row that production wants to change', async () => {
        await server.sql('CREATE TABLE copy LIKE customers;', 'shop');
        await run("INSERT INTO copy SELECT * FROM customers WHERE id > 990 AND name = 'nobody'");
        await server.sql('GRANT INSERT ON shop.copy TO dbintel;');
        const production = await server.client('shop');
        await production.query('BEGIN');
        await production.query('UPDATE customers SET name = name WHERE id > 900');
        const cycle = await collect();
        expect(codeOf(cycle, 'INSERT INTO copy')).toBe('plan');
        await production.query('ROLLBACK');
        await production.end();
        expect(await server.sql('SELECT * FROM copy', 'shop')).toEqual([]);
        await server.sql('REVOKE INSERT ON shop.copy FROM dbintel;');
        await server.sql('DROP TABLE copy;', 'shop');
      });
  });

  describe('texts', () => {
    it('longer than the server keeps: coded, not sent', async () => {
      await run(
        'SELECT id AS cut FROM orders WHERE id IN ' +
          `(${Array.from({ length: 600 }, (_, i) => i).join(', ')}) AND total > 0`,
      );
      expect(codeOf(await collect(), 'cut')).toBe('truncated_text');
    });

    // MariaDB says so from 10.11.6 on.
    if (product !== 'mariadb-10.11')
      it('a column compared with another type is found by what the server warns of', async () => {
        await run('SELECT name FROM customers WHERE code = 987654');
        const { result } = find(await collect(), 'code =');
        if (result.kind === 'refused') throw new Error(JSON.stringify(result));
        expect(result.findings.map(({ rule }) => rule)).toContain('implicit-cast');
        expect(JSON.stringify(result)).not.toContain('987654');
      });

    it('a thousand EXPLAINs leave no digest, and literals of rows and texts stay where they are', async () => {
      await run("SELECT id, email FROM orders WHERE id = 17 AND email <> 'planted-canary'");
      await run('SELECT email FROM orders WHERE id = 18');
      await using session = await openSession(targetFor());
      const prepared = (await session.prepare((await session.snapshot()).statements)).filter(
        (each): each is ReadyStatement => each.kind === 'ready',
      );
      expect(prepared.length).toBeGreaterThanOrEqual(2);
      const seen: string[] = [];
      for (let i = 0; i < 1_000; i += 1) {
        const answer = await session.explain(
          prepared[i % prepared.length] as ReadyStatement,
          limits,
        );
        if (i < prepared.length) seen.push(JSON.stringify(answer));
        expect(answer.kind).toBe('explained');
      }
      expect(seen.join()).not.toMatch(/planted-canary|@x\.org/);
      const own = await server.sql(
        'SELECT DIGEST_TEXT FROM performance_schema.events_statements_summary_by_digest ' +
          "WHERE DIGEST_TEXT LIKE 'EXPLAIN%' OR DIGEST_TEXT LIKE 'SHOW WARNINGS%'",
      );
      expect(own).toEqual([]);
    });
  });

  it('what reads the catalog has a limit on the server too, before the lock and the first look', async () => {
    await server.sql("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON;");
    await run('SELECT name FROM customers WHERE id = 1');
    await collect();
    await server.sql('SET GLOBAL general_log = OFF;');
    const client = await server.client('mysql');
    const [found] = await client.query(
      'SELECT thread_id AS thread, CONVERT(argument USING utf8mb4) AS sql_text ' +
        "FROM general_log WHERE argument LIKE '%/* dbintel */%' ORDER BY event_time",
    );
    await client.end();
    const rows = found as { thread: number; sql_text: string }[];
    await server.sql('TRUNCATE mysql.general_log;');
    const control = rows.find(({ sql_text }) =>
      sql_text.includes("GET_LOCK('dbintel', 0)"),
    )?.thread;
    const said = rows.filter(({ thread }) => thread === control).map(({ sql_text }) => sql_text);
    const limit = said.findIndex((sql) =>
      sql.startsWith(
        isMysql
          ? 'SET SESSION max_execution_time = 1000'
          : 'SET SESSION max_statement_time = 1.000',
      ),
    );
    // Only two questions of who it is and our own settings come before.
    expect(limit).toBe(3);
    expect(said.length).toBeGreaterThan(6);
  });

  describe('connections', () => {
    it('that forward nothing any more: the cycle ends by itself', async () => {
      for (const column of ['id', 'status', 'total'])
        await run(`SELECT at FROM orders WHERE ${column} = 1`);
      const proxy = await startProxy(server);
      const target = targetFor({ port: proxy.port });
      const settings = cycleSettings(target.spec);
      const analyse = async () => {
        proxy.mode = 'silent';
        return [];
      };
      const started = performance.now();
      const { batch } = await runCycle(
        freshState(Date.now(), settings.explains, settings.databaseTime),
        cycleDepsFor(target, { analyse }),
        new AbortController().signal,
      );
      expect(batch.cycle).toMatchObject({
        outcome: { kind: 'failed', error: 'connection_failed' },
        explained: 1,
      });
      expect(performance.now() - started).toBeLessThan(10_000);
      await proxy.close();
    });

    it('killed in the middle of a cycle: coded, and what was made is kept', async () => {
      for (const column of ['id', 'customer_id', 'status', 'total'])
        await run(`SELECT at FROM orders WHERE ${column} = 1`);
      const target = targetFor();
      const settings = cycleSettings(target.spec);
      let explained = 0;
      const analyse = async () => {
        explained += 1;
        if (explained === 2)
          for (const { ID } of await server.sql(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'dbintel'",
          ))
            await server.sql(`KILL ${ID}`).catch(() => []);
        return [];
      };
      const { batch } = await runCycle(
        freshState(Date.now(), settings.explains, settings.databaseTime),
        cycleDepsFor(target, { analyse }),
        new AbortController().signal,
      );
      expect(batch.cycle).toMatchObject({
        outcome: { kind: 'failed', error: 'connection_failed' },
        explained: 2,
      });
    });

    it('an emergency stop ends what runs on the server within two seconds', async () => {
      // what a view reads is not looked at before
      await run('SELECT total FROM open_orders WHERE id = 10');
      const owner = await server.client('shop');
      await owner.query('LOCK TABLES orders WRITE'); // it hangs, but the timeout is long
      const stop = new AbortController();
      const cycle = collect(
        { spec: { safety: { statementTimeout: { min: '5s', max: '5s' } } } },
        stop.signal,
      );
      const running = () =>
        server.sql(
          "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'dbintel' " +
            "AND INFO LIKE 'EXPLAIN%'",
        );
      if (isMysql) await until(async () => (await running()).length > 0, 3_000, 'the EXPLAIN runs');
      const began = performance.now();
      stop.abort();
      await until(
        async () =>
          (await server.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'dbintel'"))
            .length === 0,
        3_000,
        'nothing is left',
      );
      expect(performance.now() - began).toBeLessThan(2_000);
      await cycle;
      await owner.query('UNLOCK TABLES');
      await owner.end();
    });

    it('a refused password is read again, once', async () => {
      const target = targetFor();
      const settings = cycleSettings(target.spec);
      const asked: boolean[] = [];
      const credentials = async (fresh: boolean) => {
        asked.push(fresh);
        return { username: 'dbintel', password: fresh ? collectorPassword : 'the old one' };
      };
      const { batch } = await runCycle(
        freshState(Date.now(), settings.explains, settings.databaseTime),
        cycleDepsFor(target, { credentials }),
        new AbortController().signal,
      );
      expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
      expect(asked).toEqual([false, true]);
      const refused = await runCycle(
        freshState(Date.now(), settings.explains, settings.databaseTime),
        cycleDepsFor(target, {
          credentials: async () => ({ username: 'dbintel', password: 'wrong-one' }),
        }),
        new AbortController().signal,
      );
      expect(refused.batch.cycle.outcome).toMatchObject({
        kind: 'failed',
        error: 'authentication_failed',
        detail: expect.stringContaining('user "dbintel"'),
      });
      expect(JSON.stringify(refused)).not.toContain('wrong-one');
    });

    it('too many of the account’s own', async () => {
      await server.sql('ALTER USER dbintel WITH MAX_USER_CONNECTIONS 1;');
      const held = await openSession(targetFor());
      expect((await collect()).batch.cycle.outcome).toMatchObject({
        kind: 'failed',
        error: 'connection_failed',
      });
      await held.close();
      await server.sql('ALTER USER dbintel WITH MAX_USER_CONNECTIONS 4;');
    });

    it('to the other product: said', async () => {
      const { batch } = await collect({ engine: isMysql ? 'mariadb' : 'mysql' });
      expect(batch.cycle.outcome).toMatchObject({
        kind: 'failed',
        error: 'unsupported_version',
        detail: expect.stringContaining(isMysql ? 'MySQL' : 'MariaDB'),
      });
    });
  });
});

describe('a full table of digests', () => {
  it('is said, and what found no room is coded', async () => {
    const server = await startMysql({
      product: 'mysql-9',
      settings: ['--performance-schema-digests-size=20'],
    });
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    await asApp(server, async (client) => {
      for (let i = 0; i < 40; i += 1)
        for (let j = 0; j < 6; j += 1)
          await client.query(`SELECT total AS c${i} FROM orders WHERE id = ${j}`);
    });
    const target = makeTarget({ engine: 'mysql', port: server.port });
    const settings = cycleSettings(target.spec);
    const { batch, prerequisites } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
    expect(prerequisites?.find(({ name }) => name === 'digest table')).toMatchObject({
      verdict: 'warning',
      remediation: expect.stringContaining('TRUNCATE'),
    });
    expect(
      batch.queries.map(({ result }) => (result.kind === 'refused' ? result.code : 'plan')),
    ).toContain('digest_table_full');
    await server.stop();
  });
});

describe('no table of digests at all', () => {
  it('is a failed prerequisite', async () => {
    const server = await startMysql({
      product: 'mariadb-11.4',
      settings: ['--performance-schema-digests-size=0'],
    });
    await prepareMysql(server, []);
    await using session = await openSession(makeTarget({ engine: 'mariadb', port: server.port }));
    expect(
      (await session.prerequisites()).find(({ name }) => name === 'digest table'),
    ).toMatchObject({
      verdict: 'failed',
      remediation: expect.stringContaining('performance_schema_digests_size = 20000'),
    });
    await session.close();
    await server.stop();
  });
});

describe('performance_schema off', () => {
  it.each(mysqlVersions)('%s: a failed prerequisite with its remedy', async (product) => {
    const server = await startMysql({ product, settings: ['--performance-schema=OFF'] });
    await server.sql(`CREATE USER dbintel IDENTIFIED BY '${collectorPassword}';`);
    await server.sql('GRANT SELECT ON performance_schema.* TO dbintel;');
    const target = makeTarget({ engine: server.engine, port: server.port });
    const settings = cycleSettings(target.spec);
    const { batch, prerequisites } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'prerequisite_missing' });
    expect(prerequisites?.find(({ name }) => name === 'performance schema')).toMatchObject({
      verdict: 'failed',
      remediation: expect.stringContaining('performance_schema = ON'),
    });
    await server.stop();
  });
});
