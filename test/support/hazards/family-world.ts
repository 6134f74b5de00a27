import { expect } from 'vitest';
import type { CycleResult } from '../../../src/collection/cycle.ts';
import type { Target } from '../../../src/resources/kinds/database-target/target.ts';
import { expectNothingLeftOn } from '../leaks.ts';
import { type MysqlServer, type MysqlVersion, startMysql } from '../mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql, type TargetOptions, usualTimeout } from '../target.ts';
import type { Place, World } from './hazard.ts';

export const timeout_ms = 500; // what a fresh target begins with
export const via = (mode: 'direct' | 'procedure') => ({ explain: { via: mode } });
/** What hangs costs database time; how much of it there is, is another test's matter. */
const safety = { databaseTimeBudget: '100%', databaseTimeBurst: '10m' };

export interface FamilyWorld extends World {
  readonly server: MysqlServer;
  readonly isMysql: boolean;
  run(sql: string, times?: number): Promise<void>;
  targetFor(options?: Partial<TargetOptions>): Target;
  collect(options?: Partial<TargetOptions>, signal?: AbortSignal): Promise<CycleResult>;
  /** How long an EXPLAIN of ours ran, on the server's own clock. */
  longestExplain(work: Promise<unknown>): Promise<number>;
}

async function start(product: MysqlVersion): Promise<FamilyWorld> {
  const server = await startMysql({ product, settings: ['--innodb-lock-wait-timeout=5'] });
  await makeShop(server);
  await prepareMysql(server, ['shop'], 'procedure');
  await server.sql('GRANT SELECT, SHOW VIEW ON shop.* TO dbintel;');
  const truncate = () => forgetStatements(server);
  const world: FamilyWorld = {
    name: product,
    server,
    isMysql: server.engine === 'mysql',
    run: (sql, times = 5) =>
      asApp(server, async (client) => {
        for (let i = 0; i < times; i += 1) await client.query(sql);
      }),
    targetFor: (options = {}) =>
      makeTarget({
        engine: server.engine,
        port: server.port,
        ...options,
        spec: {
          databases: { include: ['shop'] },
          ...options.spec,
          safety: { ...safety, statementTimeout: usualTimeout, ...options.spec?.safety },
        },
      }),
    collect: (options, signal) => cyclesOf(world.targetFor(options)).run(undefined, signal),
    longestExplain: (work) => longestExplain(server, work),
    async expectHealthy() {
      await expectNothingLeftOn(server);
      await truncate();
      await world.run('SELECT name FROM customers WHERE id = 1');
      const { batch } = await world.collect();
      expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 1 });
      await truncate();
    },
    stop: () => server.stop(),
  };
  return world;
}

async function longestExplain(server: MysqlServer, work: Promise<unknown>): Promise<number> {
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

const places = (products: readonly MysqlVersion[]): Place<FamilyWorld>[] =>
  products.map((name) => ({ name, start: () => start(name) }));

export const mysqlPlaces = places(['mysql-9']);
export const mariadbPlaces = places(['mariadb-10.11', 'mariadb-11.4']);
