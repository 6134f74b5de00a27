import { expect } from 'vitest';
import { runCycle } from '../../../src/collection/cycle.ts';
import { cycleSettings } from '../../../src/collection/settings.ts';
import { freshState } from '../../../src/collection/target-state.ts';
import { expectNothingLeftOn, until } from '../leaks.ts';
import { startMysql } from '../mysql-server.ts';
import { makeShop } from '../mysql-shop.ts';
import { startProxy } from '../proxy.ts';
import { collectorPassword, cycleDepsFor, cyclesOf, openSession, prepareMysql } from '../target.ts';
import { type FamilyWorld } from './family-world.ts';
import type { HazardCase } from './hazard.ts';
import { codeOf } from './selected.ts';

/** Connections that are lost, silent or refused. */
export const silent: HazardCase<FamilyWorld> = {
  title: 'that forward nothing any more: the cycle ends by itself',
  async run({ server, run, targetFor }) {
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
  },
};

export const lost: HazardCase<FamilyWorld> = {
  title: 'killed in the middle of a cycle: coded, and what was made is kept',
  async run({ server, run, targetFor }) {
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
  },
};

/** While a statement is planned that is long at it. */
async function whilePlanning(
  { server, run, targetFor }: FamilyWorld,
  strike: (planning: number) => Promise<unknown>,
) {
  const tables = Array.from({ length: 14 }, (_, i) => `customers c${i}`);
  const pairs = tables.slice(1).map((_, i) => `c${i}.code < c${i + 1}.code`);
  const sql = `SELECT COUNT(*) AS struck FROM ${tables.join()} WHERE ${pairs.join(' AND ')}`;
  await server.sql('SET GLOBAL optimizer_search_depth = 1;');
  await run(`${sql} AND c0.id < 0`, 20);
  await server.sql('SET GLOBAL optimizer_search_depth = 62;');
  const statementTimeout = { min: '5s', max: '5s' };
  const cycles = cyclesOf(targetFor({ spec: { safety: { statementTimeout } } }));
  const cycle = cycles.run();
  const planning = await until(
    async () => {
      const [row] = await server.sql(
        "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'dbintel' " +
          "AND INFO LIKE 'EXPLAIN%'",
      );
      return row && Number(row['id']);
    },
    20_000,
    'the EXPLAIN runs',
  );
  await strike(planning);
  const result = await cycle;
  const { baseline: _, ...known } = cycles.state; // what ran since is no candidate otherwise
  cycles.state = known;
  return { result, cycles };
}

export const killedAtWork: HazardCase<FamilyWorld> = {
  title: 'killed while a statement is planned: it is not blamed for a crash, and others are next',
  async run(world) {
    const { server, run } = world;
    const { result, cycles } = await whilePlanning(world, (id) => server.sql(`KILL ${id}`));
    expect(result.batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
      detail: 'the connection was killed, or cut, while the server went on',
    });
    expect(codeOf(result, 'struck')).toBe('connection_failed');
    await run('SELECT name FROM customers WHERE id = 6');
    const next = await cycles.run();
    expect(codeOf(next, 'name')).toBe('plan');
    expect(next.batch.queries).toHaveLength(1);
  },
};

export const crashesAtWork: HazardCase<FamilyWorld> = {
  title: 'of a statement that is planned: told, and not planned a second time',
  async run(world) {
    const { server, run } = world;
    const { result, cycles } = await whilePlanning(world, async () => server.kill());
    expect(codeOf(result, 'struck')).toBe('server_lost');
    await server.restart();
    await run('SELECT name FROM customers WHERE id = 7');
    const next = await cycles.run();
    expect(codeOf(next, 'name')).toBe('plan');
    expect(next.batch.queries).toHaveLength(1);
  },
};

export const password: HazardCase<FamilyWorld> = {
  title: 'a refused password is read again, once',
  async run({ targetFor }) {
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
  },
};

export const accountLimit: HazardCase<FamilyWorld> = {
  title: 'too many of the account’s own',
  async run({ server, targetFor, collect }) {
    await server.sql('ALTER USER dbintel WITH MAX_USER_CONNECTIONS 1;');
    const held = await openSession(targetFor());
    expect((await collect()).batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
    });
    await held.close();
    await server.sql('ALTER USER dbintel WITH MAX_USER_CONNECTIONS 4;');
  },
};

export const otherProduct: HazardCase<FamilyWorld> = {
  title: 'to the other product: said',
  async run({ isMysql, collect }) {
    const { batch } = await collect({ engine: isMysql ? 'mariadb' : 'mysql' });
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'unsupported_version',
      detail: expect.stringContaining(isMysql ? 'MySQL' : 'MariaDB'),
    });
  },
};

/** ProxySQL and MaxScale announce connections of their own numbering. */
export const pooler: HazardCase<FamilyWorld> = {
  title: 'through a proxy that numbers connections itself: refused, and no lock is left',
  async run({ server, collect }) {
    const renumber = (greeting: Buffer) => {
      const changed = Buffer.from(greeting);
      changed.writeUInt32LE(4_711_000, changed.indexOf(0, 5) + 1); // behind its version's NUL
      return changed;
    };
    const proxy = await startProxy(server, renumber);
    const { batch } = await collect({ port: proxy.port });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'pooled_connection' });
    expect(await server.sql("SELECT IS_USED_LOCK('dbintel') AS holder")).toEqual([
      { holder: null },
    ]);
    await proxy.close();
  },
};

export const crash: HazardCase<FamilyWorld> = {
  title: 'killed in mid-cycle: coded, and the next cycle works after its restart',
  async run({ server, collect, targetFor }) {
    const session = await openSession(targetFor());
    server.kill();
    await expect(session.snapshot()).rejects.toMatchObject({ code: 'connection_failed' });
    await session.close();
    expect((await collect()).batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
    });
    await server.restart();
  },
};

/** One address, several servers: a reader endpoint before two replicas. */
export const severalServers: HazardCase<FamilyWorld> = {
  title: 'a worker on another server than the lock: refused, nothing is sent there',
  async run({ server, run, collect }) {
    const other = await startMysql({ product: server.product });
    await makeShop(other);
    await prepareMysql(other, ['shop']);
    await run('SELECT name FROM customers WHERE id = 3');
    await other.sql("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON;");
    let turn = 0;
    const proxy = await startProxy({
      get port() {
        return [server, other][turn++ % 2]?.port ?? 0;
      },
    });
    const { batch } = await collect({ port: proxy.port });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'several_servers' });
    expect(batch.queries).toEqual([]);
    await proxy.close();
    await expectNothingLeftOn(other);
    await other.sql('SET GLOBAL general_log = OFF;');
    const asked = await other.sql(
      'SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log ' +
        "WHERE argument LIKE '%/* dbintel */%'",
    );
    expect(asked).toMatchObject([{ text: expect.stringContaining('CONNECTION_ID()') }]);
    await other.stop();
  },
};

export const strangeLogin: HazardCase<FamilyWorld> = {
  title: 'that lets each login speak UTF-16, and join few rows: collected all the same',
  async run({ server, run, collect }) {
    await run('SELECT COUNT(*) FROM customers a, customers b WHERE a.id < 3');
    await run(
      'SELECT s FROM (SELECT COUNT(*) AS s FROM customers a, customers b WHERE a.id < 4) d',
    );
    await server.sql(
      `SET GLOBAL init_connect =
        'SET collation_connection = utf16_bin, sql_big_selects = 0, max_join_size = 10';`,
    );
    const result = await collect();
    await server.sql("SET GLOBAL init_connect = '';");
    expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
    for (const part of ['a.id < ?', 'SELECT s FROM']) expect(codeOf(result, part)).toBe('plan');
    await server.sql("SET GLOBAL init_connect = 'DO SLEEP(3)';");
    const { outcome } = (await collect()).batch.cycle;
    await server.sql("SET GLOBAL init_connect = '';");
    expect(outcome).toMatchObject({
      error: 'statement_timeout',
      detail: expect.stringContaining('init_connect takes long'),
    });
  },
};

export const writesAtLogin: HazardCase<FamilyWorld> = {
  title: 'with an init_connect that writes',
  async run({ server, run, collect }) {
    await server.sql('CREATE TABLE logins (who varchar(80));', 'shop');
    await server.sql('GRANT INSERT ON shop.logins TO dbintel;');
    await server.sql(
      "SET GLOBAL init_connect = 'INSERT INTO shop.logins VALUES (CURRENT_USER())';",
    );
    await run('SELECT name FROM customers WHERE id = 4');
    expect(codeOf(await collect(), 'customers')).toBe('plan');
    await server.sql("SET GLOBAL init_connect = '';");
    await server.sql('REVOKE INSERT ON shop.logins FROM dbintel;');
    await server.sql('DROP TABLE logins;', 'shop');
  },
};

export const readOnly: HazardCase<FamilyWorld> = {
  title: 'that is read only: collected from all the same',
  async run({ server, run, collect }) {
    await run('SELECT name FROM customers WHERE id = 5');
    await server.sql('SET GLOBAL read_only = ON;');
    expect(codeOf(await collect(), 'customers')).toBe('plan');
    await server.sql('SET GLOBAL read_only = OFF;');
  },
};
