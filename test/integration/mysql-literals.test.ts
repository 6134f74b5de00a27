import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import type { ReadyStatement, Session } from '../../src/engines/engine.ts';
import type { ExplainJob } from '../../src/engines/mysql-family/explain.ts';
import { guard } from '../../src/engines/mysql-family/guard.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { preorder } from '../../src/model/plan.ts';
import type { TableFacts } from '../../src/model/statistics.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { cycleDepsFor, limits, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/**
 * Literals of every form, in every place of a plan where a server may print one: the plan arrives,
 * and nothing of the literal with it.
 */
const canary = 'Canary80';
const literals = [
  `'O\\'${canary}'`,
  `'it''s ${canary}'`,
  `"${canary} \\"quoted\\""`,
  `'a","key":"${canary}\\''`,
  `'a"\\n          "key": "${canary}"'`,
  `'a"\n          "key": "${canary}",\n          "rows": 1'`,
  `'"}}]}} ${canary}'`,
  `'{"table": {"table_name": "${canary}"}}'`,
  `'${canary}\\\\'`,
  `'\\\\\\'${canary}\\\\\\\\\\''`,
  `'\`${canary}\`'`,
  `'x\` ${canary}'`,
  `'tab\\t cr\\r nul\\0 sub\\Z ${canary}'`,
  `'[${canary}, "b"], (c'`,
  `'/* ${canary} */ -- # \\''`,
  `'ü ${canary} é\\''`,
  `_utf8mb4'O\\'${canary}'`,
  `_latin1'x" and o.${canary} = \\'y\\' '`,
  `_latin1'x"\n          "key": "${canary}'`,
  `_binary'\\'"${canary}\\0\n'`,
  `X'${Buffer.from(`'"${canary}`).toString('hex')}'`,
  `N'${canary}\\''`,
  `concat('${canary}\\'', "${canary}\\"")`,
];
const places: ((literal: string) => string)[] = [
  (l) => `SELECT id FROM orders WHERE email = ${l}`,
  (l) => `SELECT id FROM orders WHERE concat(email, '') = ${l} AND status = 'open'`,
  (l) => `SELECT id FROM orders o WHERE email IN (${l}, 'b') OR concat(status, ${l}) LIKE ${l}`,
  (l) => `SELECT id FROM letters o WHERE o.latin = ${l} AND o.wide > ${l}`,
  (l) =>
    `SELECT max(status), count(*) FROM orders GROUP BY concat(status, ${l}) ` +
    `HAVING max(email) <> ${l} ORDER BY concat(status, ${l})`,
  (l) =>
    `SELECT o.id FROM orders o JOIN customers c ON concat(c.code, ${l}) = concat(o.email, ` +
    `${l}) WHERE o.total > 5`,
  (l) => `SELECT * FROM (SELECT concat(email, ${l}), ${l} FROM orders GROUP BY id) d ORDER BY 1, 2`,
  (l) =>
    `SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE name > ${l} ` +
    `UNION SELECT id FROM customers WHERE code = ${l})`,
];
const letters = `CREATE TABLE letters (id int PRIMARY KEY, latin varchar(50) CHARACTER SET latin1,
  wide varchar(50) CHARACTER SET ucs2);
INSERT INTO letters SELECT id, name, name FROM customers;`;

describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  let session: Session;
  const facts: TableFacts[] = [];
  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await server.sql(letters, 'shop');
    await prepareMysql(server, ['shop']);
    session = await openSession(makeTarget({ engine: server.engine, port: server.port }));
  });
  afterAll(async () => {
    await session?.close();
    await server.stop();
  });

  async function explain(sql: string) {
    const guarded = guard(sql, { bytes: 65_536, sampleLength: 65_536 });
    if (guarded.kind === 'refused') throw new Error(`${guarded.code}: ${sql}`);
    const token: ExplainJob = {
      sql: guarded.sql,
      write: false,
      sqlMode: '',
      digestText: '',
      lossiness: [],
      behind: [],
      mayTakeLocks: false,
      via: 'direct',
      fingerprint: { algorithm: 'test', value: '1' },
      schema: 'shop',
      shape: guarded.shape,
      facts,
    };
    const basics = {
      key: '1',
      nativeId: '1',
      database: 'shop',
      user: 'app',
      fingerprint: token.fingerprint,
    };
    const statement: ReadyStatement = {
      ...basics,
      kind: 'ready',
      shape: guarded.shape,
      facts,
      token,
    };
    return session.explain(statement, { ...limits, timeout_ms: 5_000 });
  }

  it('a plan arrives for every literal in every place, and nothing of the literal is in it', async () => {
    const failed: unknown[] = [];
    for (const literal of literals)
      for (const place of places) {
        const answer = await explain(place(literal));
        if (answer.kind === 'refused') {
          failed.push([place(literal), answer]);
          continue;
        }
        const { plan } = answer;
        const named = preorder(plan.root).flatMap(({ relation }) =>
          relation?.kind === 'table' ? [relation.name] : [],
        );
        if (/canary/i.test(JSON.stringify(plan)))
          failed.push([place(literal), JSON.stringify(plan.root)]);
        const strange = named.filter((name) => !['orders', 'customers', 'letters'].includes(name));
        if (strange.length || named.length === 0) failed.push([place(literal), named]);
      }
    expect(failed).toEqual([]);
  });

  it('other literals, one hash', async () => {
    for (const place of places) {
      const shapes = new Set<string>();
      for (const literal of literals.slice(0, 16)) {
        const answer = await explain(place(literal));
        if (answer.kind === 'explained') shapes.add(answer.plan.hash.shape);
      }
      expect([place('?'), shapes.size]).toEqual([place('?'), 1]);
    }
  });

  it('an alias that looks like the rest of a plan makes no index of itself', async () => {
    const alias = 'a`","key":"Made';
    expect(
      await explain(
        `SELECT \`${alias.replaceAll('`', '``')}\`.id FROM orders ` +
          `\`${alias.replaceAll('`', '``')}\` WHERE total > 5`,
      ),
    ).toHaveProperty('plan');
    const printed = 'a",\n          "access_type": "ref",\n          "key": "Made';
    const answer = await explain(`SELECT id FROM orders \`${printed}\` WHERE total > 5`);
    expect(JSON.stringify(answer)).not.toMatch(/"index":\{"name":"Made/);
  });

  it('nothing of it is in what a cycle gives, nor in the history', async () => {
    await forgetStatements(server);
    await asApp(server, async (client) => {
      for (const place of places) await client.query(place(literals[3] as string));
    });
    const folder = temporaryFolder('literals');
    const history = openSqliteHistory(join(folder, 'h.db'));
    try {
      const target = makeTarget({
        engine: server.engine,
        port: server.port,
        spec: { databases: { include: ['shop'] }, collection: { minExecutionCount: 1 } },
      });
      const settings = cycleSettings(target.spec);
      const { batch } = await runCycle(
        freshState(Date.now(), settings.explains, settings.databaseTime),
        cycleDepsFor(target),
        new AbortController().signal,
      );
      expect([batch.cycle.outcome, batch.cycle.unexplained]).toEqual([{ kind: 'collected' }, {}]);
      expect(batch.cycle.explained).toBeGreaterThanOrEqual(places.length - 1);
      await history.record(batch);
      expect(JSON.stringify(batch)).not.toMatch(/canary/i);
    } finally {
      await history.close();
      expect(readFileSync(join(folder, 'h.db'), 'latin1')).not.toMatch(/canary/i);
      rmSync(folder, { recursive: true });
    }
  });
});
