import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prepared, ReadyStatement, Session } from '../../src/engines/engine.ts';
import { createEngines } from '../../src/engines/index.ts';
import { preorder } from '../../src/model/plan.ts';
import { expectNothingLeftOn } from '../support/leaks.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, makeShop } from '../support/mysql-shop.ts';
import { limits, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/**
 * What every engine promises, on the MySQL and MariaDB servers that can be had; directly and
 * through procedures.
 */
const statements: { sql: string; text: string; ops: string[] }[] = [
  {
    sql: 'SELECT total FROM orders WHERE id = 7',
    text: 'SELECT total FROM orders WHERE id = ?',
    ops: ['IndexScan'],
  },
  {
    sql: "SELECT id FROM orders WHERE total = 7 AND email = 'x'",
    text: 'SELECT id FROM orders WHERE total = ? AND email = ?',
    ops: ['SeqScan'],
  },
  {
    sql: 'SELECT id FROM orders WHERE customer_id IN (1, 2, 3)',
    text: 'SELECT id FROM orders WHERE customer_id IN (...)',
    ops: ['IndexOnlyScan'],
  },
  {
    sql: 'SELECT * FROM orders WHERE id = 5 FOR UPDATE',
    text: 'SELECT * FROM orders WHERE id = ? FOR UPDATE',
    ops: ['IndexScan'],
  },
  {
    sql:
      'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
      "WHERE o.status = 'open'",
    text:
      'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
      'WHERE o.status = ?',
    ops: ['NestedLoop', 'HashJoin'],
  },
  {
    sql: 'WITH big AS (SELECT * FROM orders WHERE total > 100) SELECT count(*) FROM big',
    text: 'WITH big AS (SELECT * FROM orders WHERE total > ?) SELECT COUNT(*) FROM big',
    ops: ['SeqScan'],
  },
  {
    sql: 'SELECT id FROM orders WHERE id < 3 UNION ALL SELECT id FROM customers',
    text: 'SELECT id FROM orders WHERE id < ? UNION ALL SELECT id FROM customers',
    ops: ['Append'],
  },
  {
    sql: 'SELECT total FROM open_orders WHERE id = 4',
    text: 'SELECT total FROM open_orders WHERE id = ?',
    ops: ['IndexScan'],
  },
  {
    sql: 'SELECT o.id FROM shop.orders o WHERE o.id = 12',
    text: 'SELECT o.id FROM shop.orders o WHERE o.id = ?',
    ops: ['IndexOnlyScan', 'IndexScan'],
  },
];
const simple = (text: string) =>
  text.toLowerCase().replaceAll(/["\s]/g, '').replaceAll('(...)', '(?)');

const modes = mysqlVersions.flatMap((product) =>
  (['direct', 'procedure'] as const).map((via) => [product, via] as const),
);
describe.each(modes)('%s, %s', (product, via) => {
  let server: MysqlServer;
  let session: Session;
  let prepared: Prepared[];
  const engine = createEngines()[product.startsWith('mysql') ? 'mysql' : 'mariadb'];

  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await prepareMysql(server, ['shop'], via);
    await server.sql('TRUNCATE performance_schema.events_statements_summary_by_digest;');
    await asApp(server, async (client) => {
      for (const { sql } of statements) for (let i = 0; i < 5; i += 1) await client.query(sql);
      await client.query('UPDATE orders SET total = 3 WHERE id = 4');
      await client.query('INSERT INTO digits VALUES (77)');
      await client.query('SET @a = 5');
      await client.query('COMMIT');
      for (let i = 0; i < 4; i += 1)
        await client.execute('SELECT total FROM orders WHERE id = ?', [i]);
      for (let i = 0; i < 4; i += 1)
        await client.execute('SELECT name FROM customers WHERE id = ?', [i]);
    });
    session = await openSession(
      makeTarget({ engine: engine.name, port: server.port, spec: { explain: { via } } }),
      { engine },
    );
    await session.prerequisites();
    prepared = await session.prepare((await session.snapshot()).statements);
  });
  afterAll(async () => {
    await session?.close();
    await expectNothingLeftOn(server);
    await server.stop();
  });

  const find = (text: string): Prepared => {
    const found = prepared.find(
      (each) => each.text !== undefined && simple(each.text) === simple(text),
    );
    if (!found)
      throw new Error(`not seen: ${text} among ${prepared.map((each) => each.text).join(' | ')}`);
    return found;
  };

  it('tells who it talks to', () => {
    expect(session.server).toMatchObject({ role: 'primary' });
    expect(session.server.version.startsWith(product.replace(/^\w+-/, ''))).toBe(true);
    expect(session.server.id).not.toBe('');
  });

  it('takes the server’s lock; a second collector does not get it, a newer owner of the same target does', async () => {
    expect(await session.lock()).toBe(true);
    await using other = await openSession(
      makeTarget({ engine: engine.name, port: server.port, uid: 'another-target' }),
      { engine },
    );
    expect(await other.lock()).toBe(false);
    const former = await openSession(
      makeTarget({ engine: engine.name, port: server.port, uid: 'third-target' }),
      { engine, epoch: 1 },
    );
    await session.close();
    expect(await former.lock()).toBe(true);
    await using newer = await openSession(
      makeTarget({ engine: engine.name, port: server.port, uid: 'third-target' }),
      {
        engine,
        epoch: 3,
      },
    );
    expect(await newer.lock()).toBe(true);
    await expect(former.health()).rejects.toMatchObject({ code: 'connection_failed' });
    await former.close();
    session = await openSession(
      makeTarget({ engine: engine.name, port: server.port, spec: { explain: { via } } }),
      { engine },
    );
  });

  it('finds its prerequisites met, with the account that we print', async () => {
    const checks = await session.prerequisites();
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(checks.find(({ name }) => name === 'own digests')).toMatchObject({ verdict: 'ok' });
    expect(checks.find(({ name }) => name === 'rights')).toMatchObject({ verdict: 'ok' });
    if (via === 'procedure')
      expect(checks.find(({ name }) => name === 'procedures')).toMatchObject({
        verdict: 'ok',
        observed: 'safe_explain 2 in dbintel, shop',
      });
  });

  it('rehearses each read of a cycle, for people', async () => {
    const known = (await session.prerequisites()).map(({ name }) => name);
    const rehearsed = (await session.rehearse()).filter(({ name }) => !known.includes(name));
    expect(rehearsed).toMatchObject([
      { name: 'health', verdict: 'ok', observed: 'primary' },
      { name: 'counters', verdict: 'ok', observed: expect.stringMatching(/^\d+ statements$/) },
      {
        name: 'catalogs',
        verdict: 'ok',
        observed: expect.stringMatching(/^\d+ of the \d+ heaviest statements can be planned$/),
      },
    ]);
  });

  it.each(statements.map(({ sql, text, ops }) => [sql, text, ops] as const))(
    'explains: %s',
    async (_, text, ops) => {
      const statement = find(text) as ReadyStatement;
      // In a procedure nothing but us ends what MySQL runs while it plans, and who knows what a
      // view holds.
      if (via === 'procedure' && engine.name === 'mysql' && text.includes('open_orders'))
        return expect(statement).toMatchObject({
          kind: 'refused',
          refusal: { code: 'not_explainable_statement' },
        });
      expect(statement).toMatchObject({ kind: 'ready' });
      const answer = await session.explain(statement, limits);
      if (answer.kind === 'refused') throw new Error(JSON.stringify(answer));
      const { plan } = answer;
      const seen = [...preorder(plan.root)].map(({ op }) => op);
      expect(ops.some((op) => seen.includes(op as never))).toBe(true);
      expect(plan.lossiness).not.toContain('unknown_nodes');
      expect(plan.hash.shape).toMatch(/^ph1:[0-9a-f]{32}$/);
      expect(plan.fingerprint).toMatchObject({
        algorithm: `${engine.name}-digest`,
        nativeId: statement.nativeId,
      });
      expect(JSON.stringify(plan)).not.toMatch(/x\.org|'open'|\b7\b.*attached/);
    },
  );

  it('counts calls and time of the interval, with their deviation where the server tells', async () => {
    const { statements: counted } = await session.snapshot();
    const point = counted.find(
      ({ nativeId }) => nativeId === find('SELECT total FROM orders WHERE id = ?').nativeId,
    );
    // MySQL counts a prepared statement's runs beside its text's, MariaDB not at all.
    expect(point?.calls).toBe(engine.name === 'mysql' ? 9 : 5);
    expect(point?.totalMs).toBeGreaterThan(0);
    if (engine.name === 'mysql') expect(point?.stddevMs).toBeGreaterThan(0);
    else expect(point?.stddevMs).toBeUndefined();
  });

  it('says why not, from the closed table', () => {
    const update = find('UPDATE orders SET total = ? WHERE id = ?');
    expect(update).toMatchObject({
      kind: 'refused',
      refusal: {
        code:
          via === 'direct' && engine.name === 'mysql'
            ? 'insufficient_privilege'
            : 'not_explainable_statement',
      },
    });
    expect(find('SET @? = ?')).toMatchObject({
      kind: 'refused',
      refusal: { code: 'not_explainable_statement' },
    });
    expect(find('COMMIT')).toMatchObject({
      kind: 'refused',
      refusal: { code: 'not_explainable_statement' },
    });
    if (engine.name === 'mysql')
      expect(find('SELECT name FROM customers WHERE id = ?')).toMatchObject({
        kind: 'refused',
        refusal: { code: 'no_sample' },
      });
  });

  it('describes the tables that a statement uses, where it may see them', () => {
    const { facts } = find('SELECT total FROM orders WHERE id = ?') as ReadyStatement;
    if (via === 'procedure') return expect(facts).toEqual([]);
    expect(facts).toMatchObject([{ schema: 'shop', name: 'orders' }]);
    expect(facts[0]?.rows).toBeGreaterThan(15_000);
    expect(facts[0]?.indexes).toContainEqual({
      name: 'orders_status',
      unique: false,
      keys: ['status'],
      partial: false,
    });
    expect(facts[0]?.indexes).toContainEqual({
      name: 'PRIMARY',
      unique: true,
      keys: ['id'],
      partial: false,
    });
  });

  it('leaves no digest of its own', async () => {
    const rows = await server.sql(
      'SELECT DIGEST_TEXT FROM performance_schema.events_statements_summary_by_digest ' +
        "WHERE DIGEST_TEXT LIKE 'EXPLAIN%' OR DIGEST_TEXT LIKE '%safe_explain%' " +
        "OR DIGEST_TEXT LIKE '%GET_LOCK%'",
    );
    expect(rows).toEqual([]);
  });

  it('has measured its own time', () => expect(session.databaseMs).toBeGreaterThan(0));
});
