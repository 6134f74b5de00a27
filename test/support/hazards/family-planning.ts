import { expect } from 'vitest';
import type { ReadyStatement } from '../../../src/engines/engine.ts';
import { until } from '../leaks.ts';
import { limits, openSession } from '../target.ts';
import { type FamilyWorld, timeout_ms, via } from './family-world.ts';
import type { HazardCase } from './hazard.ts';
import { codeOf, find } from './selected.ts';

/** What planning runs, and what it waits for. */
export const derivedTable: HazardCase<FamilyWorld> = {
  title:
    'a derived table: ended within timeout + 0.5 s; in a procedure, where only we could, not sent',
  async run({ server, run, collect, longestExplain }) {
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
  },
};

export const valueOfQuery: HazardCase<FamilyWorld> = {
  title: 'a value that a query gives: not sent to a procedure; members of a set operation are',
  async run({ server, run, collect }) {
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
  },
};

export const richWrite: HazardCase<FamilyWorld> = {
  title: 'a write with a subquery, or through a view with one: nothing would end it; not sent',
  async run({ server, run, collect }) {
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
  },
};

/** A definer's view, and the function in it: harmless while the application runs it. */
async function viewWithFunction(
  { server, run, isMysql }: FamilyWorld,
  body: string,
): Promise<void> {
  await server.sql('CREATE TABLE loot (who varchar(80));', 'shop');
  await server.sql('CREATE TABLE one (a int PRIMARY KEY);', 'shop');
  await server.sql('INSERT INTO one VALUES (1);', 'shop');
  const turn = async (to: string) => {
    await server.sql('DROP FUNCTION IF EXISTS f;', 'shop');
    await server.sql(
      'DELIMITER //\nCREATE FUNCTION f(x int) RETURNS int DETERMINISTIC MODIFIES SQL ' +
        `DATA BEGIN ${to} RETURN x; END//\nDELIMITER ;`,
      'shop',
    );
  };
  await turn('');
  await server.sql('CREATE VIEW v AS SELECT a, f(1) AS marker FROM one WHERE a = f(1);', 'shop');
  await run('SELECT marker FROM v WHERE a = 1');
  if (isMysql)
    await run('SELECT a AS direct FROM one WHERE a < (SELECT MAX(f(a)) FROM one WHERE a = 1)');
  await turn(body);
}

async function dropView({ server }: FamilyWorld): Promise<void> {
  await server.sql('DROP VIEW v;', 'shop');
  await server.sql('DROP TABLE loot, one;', 'shop');
}

export const viewWrites: HazardCase<FamilyWorld> = {
  title: 'a function behind a definer’s view, which writes: nothing is written',
  async run(world) {
    await viewWithFunction(world, 'INSERT INTO loot VALUES (CURRENT_USER());');
    const result = await world.collect();
    expect(codeOf(result, 'marker')).toBe('untrusted_function');
    expect(await world.server.sql('SELECT * FROM loot', 'shop')).toEqual([]);
    await dropView(world);
  },
};

/**
 * Behind a view it is not run, nor where the account may execute it; MySQL runs it where that was
 * granted since it was looked at.
 */
const endsWithin = (bound_ms: number, body: string) => async (world: FamilyWorld) => {
  const { server, isMysql } = world;
  await viewWithFunction(world, body);
  if (isMysql) {
    const session = await openSession(world.targetFor());
    const { statements } = await session.snapshot();
    const prepared = await session.prepare(statements);
    const direct = prepared.find(({ text }) => text?.includes('direct')) as ReadyStatement;
    await server.sql('GRANT EXECUTE ON shop.* TO dbintel;');
    const answer = session.explain(direct, limits);
    expect(await world.longestExplain(answer)).toBeLessThan(bound_ms);
    expect(await answer).toMatchObject({ kind: 'refused', code: 'statement_timeout' });
    await session.close();
  }
  const cycle = await world.collect();
  expect(codeOf(cycle, 'marker')).toBe('untrusted_function');
  if (isMysql) {
    expect(codeOf(cycle, 'direct')).toBe('untrusted_function');
    await server.sql('REVOKE EXECUTE ON shop.* FROM dbintel;');
  }
  await dropView(world);
};

export const viewSleeps: HazardCase<FamilyWorld> = {
  title:
    'a function that sleeps: not run behind a definer’s view, and else gone within timeout + 0.5 s',
  run: endsWithin(timeout_ms + 500, 'DO SLEEP(20);'),
};

export const swallowsCancel: HazardCase<FamilyWorld> = {
  title: 'a function that handles each error and sleeps on is gone within timeout + 1 s',
  run: endsWithin(
    timeout_ms + 1_000,
    'DECLARE CONTINUE HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN END; LOOP DO SLEEP(20); END LOOP;',
  ),
};

export const longSearch: HazardCase<FamilyWorld> = {
  title: 'a join of many tables, whose best order is long looked for: ended within timeout + 0.5 s',
  async run({ server, run, collect, longestExplain }) {
    const tables = Array.from({ length: 14 }, (_, i) => `customers c${i}`);
    const pairs = tables.slice(1).map((_, i) => `c${i}.code < c${i + 1}.code`);
    const sql = `SELECT COUNT(*) AS many FROM ${tables.join()} WHERE ${pairs.join(' AND ')}`;
    await server.sql('SET GLOBAL optimizer_search_depth = 1;');
    await run(`${sql} AND c0.id < 0`);
    await server.sql('SET GLOBAL optimizer_search_depth = 62;');
    const cycle = collect();
    const longest = await longestExplain(cycle);
    expect(codeOf(await cycle, 'many')).toBe('statement_timeout');
    expect(longest).toBeGreaterThan(timeout_ms / 2);
    expect(longest).toBeLessThan(timeout_ms + 500);
  },
};

export const tableLocked: HazardCase<FamilyWorld> = {
  title: 'a table that is locked: not waited for beyond the timeout, and production goes on',
  async run({ server, run, collect, longestExplain }) {
    await run('SELECT total FROM orders WHERE id = 9');
    const owner = await server.client('shop');
    await owner.query('LOCK TABLES orders WRITE');
    const cycle = collect();
    const longest = await longestExplain(cycle);
    expect(['lock_timeout', 'statement_timeout']).toContain(codeOf(await cycle, 'orders'));
    expect(longest).toBeLessThan(timeout_ms + 500);
    await owner.query('UNLOCK TABLES');
    await owner.end();
  },
};

export const insertSelect: HazardCase<FamilyWorld> = {
  title: 'planning INSERT … SELECT locks no row that production wants to change',
  async run({ server, run, collect }) {
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
  },
};

export const emergencyStop: HazardCase<FamilyWorld> = {
  title: 'an emergency stop ends what runs on the server within two seconds',
  async run({ server, isMysql, run, collect }) {
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
    if (isMysql) await until(async () => (await running()).length > 0, 20_000, 'the EXPLAIN runs');
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
  },
};

export const waitedFor: HazardCase<FamilyWorld> = {
  title: 'of a table that an ALTER waits for: not joined',
  async run({ server, run, collect }) {
    await server.sql('CREATE TABLE busy (a int PRIMARY KEY);', 'shop');
    await run('SELECT a FROM busy WHERE a = 1');
    const [holder, waiter] = [await server.client('shop'), await server.client('shop')];
    await holder.query('BEGIN');
    await holder.query('SELECT * FROM busy');
    const waiting = waiter.query('ALTER TABLE busy ADD COLUMN later int');
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE '%metadata lock%'",
          )
        ).length > 0,
      20_000,
      'someone waits',
    );
    expect(codeOf(await collect(), 'busy')).toBe('lock_timeout');
    await holder.query('ROLLBACK');
    await waiting;
    await Promise.all([holder.end(), waiter.end()]);
    await server.sql('DROP TABLE busy;', 'shop');
  },
};
