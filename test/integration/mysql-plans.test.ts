import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialectOf } from '../../src/dialects/index.ts';
import { mariadb } from '../../src/engines/mariadb/variant.ts';
import { mysql } from '../../src/engines/mysql/variant.ts';
import { resolver } from '../../src/engines/mysql-family/explain.ts';
import { guard } from '../../src/engines/mysql-family/guard.ts';
import { readServer } from '../../src/engines/mysql-family/variant.ts';
import { knownCost, type Plan, preorder } from '../../src/model/plan.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { statementsFor, worldSql } from '../support/mysql-statements.ts';

/**
 * Plans of real servers, as they are read: every table that a statement names is in its plan, and
 * two statements that do other work have two hashes.
 */
describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  let client: Connection;
  beforeAll(async () => {
    server = await startMysql({ product });
    await server.sql('CREATE DATABASE world;');
    await server.sql(worldSql(server.engine), 'world');
    if (server.engine === 'mysql') await server.sql('SET GLOBAL end_markers_in_json = ON;');
    client = await asWorker();
  });
  afterAll(async () => {
    await client?.end();
    await server.stop();
  });
  const dialect = () => (server.engine === 'mysql' ? mysql : mariadb);

  /** With the very settings under which a cycle explains. */
  async function asWorker(): Promise<Connection> {
    const fresh = await server.client('world');
    const [[row]] = (await fresh.query(dialect().serverSql)) as unknown as [
      [Record<string, string>],
    ];
    await fresh.query(dialect().workerSettings(readServer(row)));
    return fresh;
  }

  async function explain(
    sql: string,
    on = client,
    ansiQuotes = false,
  ): Promise<{ plan: Plan; json: string }> {
    await on.query('START TRANSACTION READ WRITE');
    const [[row]] = (await on.query(`EXPLAIN FORMAT=JSON ${sql}`)) as unknown as [
      [Record<string, string>],
    ];
    await on.query('ROLLBACK');
    const json = Object.values(row)[0] as string;
    const guarded = guard(sql, { bytes: 65_536, sampleLength: 65_536 });
    const resolve =
      guarded.kind === 'refused'
        ? (alias: string) => ({ schema: 'world', name: alias })
        : resolver({ shape: guarded.shape, behind: [], schema: 'world' });
    const source = {
      engineVersion: product.replace(/^\w+-/, ''),
      namespace: 'world',
      collectedAt: 0,
      parameters: 'sampled' as const,
      fingerprint: { algorithm: 'test', value: '1' },
      ansiQuotes,
      resolve,
    };
    return { plan: dialectOf(dialect().name).readPlan(json, source), json };
  }
  const namesOf = ({ root }: Plan) =>
    new Set(preorder(root).flatMap(({ relation }) => relation?.name ?? []));
  const unknownOf = ({ root }: Plan) =>
    preorder(root)
      .filter(({ op }) => op === 'Unknown')
      .map(({ nativeOp }) => nativeOp);

  it('every table of a statement is in its plan, every operation is known, and no two statements have one hash', async () => {
    const statements = statementsFor(server.engine);
    expect(statements.length).toBeGreaterThan(260);
    const byHash = new Map<string, string>();
    const wrong: unknown[] = [];
    for (const { sql, tables } of statements) {
      const { plan } = await explain(sql);
      const names = namesOf(plan);
      const missing = tables.filter((table) => !names.has(table));
      if (missing.length > 0 || unknownOf(plan).length > 0)
        wrong.push([sql, missing, unknownOf(plan)]);
      const same = byHash.get(plan.hash.shape);
      if (same !== undefined) wrong.push(['one hash', same, sql]);
      byHash.set(plan.hash.shape, sql);
    }
    expect(wrong).toEqual([]);
  });

  it('the whole cost is that of the nodes, and a subquery that runs again is counted as often as it runs', async () => {
    if (product === 'mariadb-10.11')
      return expect(knownCost((await explain('SELECT id FROM sales')).plan)).toBeUndefined();
    const outer = await explain('SELECT id FROM clients');
    const both = await explain(
      'SELECT id, (SELECT max(amount) FROM sales WHERE sales.good_id > clients.score) FROM clients',
    );
    expect(both.plan.totals.estCost).toBeGreaterThan(100 * outer.plan.totals.estCost);
    const derived = preorder(both.plan.root);
    expect(derived.reduce((sum, node) => sum + node.derived.exclusiveCost, 0)).toBeCloseTo(
      both.plan.totals.estCost,
      3,
    );
    const dearest = derived.reduce((best, node) =>
      node.derived.costShare > best.derived.costShare ? node : best,
    );
    expect(dearest.relation?.name).toBe('sales');
    for (const { sql } of statementsFor(server.engine)) {
      const { plan } = await explain(sql);
      const sum = preorder(plan.root).reduce((all, node) => all + node.derived.exclusiveCost, 0);
      expect([sql, Math.round((1_000 * sum) / Math.max(plan.totals.estCost, 1e-9))]).toEqual([
        sql,
        plan.totals.estCost > 0 ? 1_000 : 0,
      ]);
    }
  });

  it('costs of grouping and sorting are read', async () => {
    if (product !== 'mariadb-11.4') return;
    const { plan, json } = await explain(
      'SELECT client_id, count(*) FROM sales GROUP BY client_id + 1 ORDER BY 2',
    );
    const printed = Number(/"cost": ([\d.e-]+)/.exec(json)?.[1]);
    expect(plan.totals.estCost).toBeCloseTo(printed, 6);
  });

  it('format 2, which the hypergraph optimizer prints, is read as far as it goes', async () => {
    if (server.engine !== 'mysql') return;
    const second = await asWorker();
    await second.query(
      "SET SESSION explain_json_format_version = 2, optimizer_switch = 'hypergraph_optimizer=on'",
    );
    const wrong: unknown[] = [];
    for (const { sql, tables } of statementsFor('mysql').filter((each) =>
      /^(?:SELECT|WITH|\()/.test(each.sql),
    )) {
      const { plan, json } = await explain(sql, second);
      const names = namesOf(plan);
      // What was read or left out while planning is not in the tree of iterators.
      const missing = tables.filter(
        (table) => !names.has(table) && json.includes(`"table_name": "${table}"`),
      );
      if (missing.length > 0 || unknownOf(plan).length > 0)
        wrong.push([sql, missing, unknownOf(plan)]);
    }
    await second.end();
    expect(wrong).toEqual([]);
  });

  it('a plan under ANSI_QUOTES is the same plan', async () => {
    const second = await asWorker();
    await second.query("SET SESSION sql_mode = 'ANSI_QUOTES'");
    for (const sql of [
      "SELECT id FROM clients WHERE concat(name, 'x''\"y') > 'z' AND country = 'de' " +
        "ORDER BY concat(name, '\"')",
      "SELECT s.id FROM sales s JOIN clients c ON c.name = concat(s.status, 'q') " +
        'WHERE s.amount > 5',
    ])
      expect((await explain(sql, second, true)).plan.hash).toEqual((await explain(sql)).plan.hash);
    await second.end();
  });

  it('what else is worth knowing of a table is read', async () => {
    const nodesOf = async (sql: string) => [...preorder((await explain(sql)).plan.root)];
    const [partitioned] = await nodesOf('SELECT * FROM logs WHERE day BETWEEN 12 AND 25');
    expect(partitioned?.ext).toMatchObject({ partitions: 2 });
    if (server.engine === 'mysql') {
      expect(
        (await nodesOf('SELECT id FROM sales ORDER BY id DESC LIMIT 3')).map(
          ({ index }) => index?.backward,
        ),
      ).toContain(true);
      expect(
        (await nodesOf('SELECT a, min(b) FROM pairs GROUP BY a')).some(
          ({ ext }) => ext['indexForGroupBy'],
        ),
      ).toBe(true);
    } else {
      const filtered = await nodesOf(
        'SELECT id FROM sales WHERE client_id IN (1, 2, 3) AND good_id BETWEEN 1 AND 3',
      );
      expect(filtered.find(({ nativeOp }) => nativeOp === 'rowid_filter')).toMatchObject({
        index: { name: 'sales_good' },
      });
      const split = await nodesOf(
        'SELECT * FROM (SELECT client_id, sum(amount) s FROM sales GROUP BY client_id) d ' +
          'JOIN clients ON clients.id = d.client_id WHERE clients.score = 7',
      );
      expect(split.some(({ ext }) => ext['lateral'])).toBe(true);
    }
  });

  it('conditions with subqueries are read to their end', async () => {
    const { plan } = await explain(
      'SELECT id FROM clients WHERE score > (SELECT avg(rank_no) FROM notes ' +
        'WHERE sale_id <> clients.id) AND concat(name, 1) > 7',
    );
    const conditions = preorder(plan.root)
      .flatMap(({ predicates }) => predicates.filter.map(({ text }) => text))
      .join(' | ');
    expect(conditions).toMatch(/subquery\(\)/);
    expect(conditions).toMatch(/concat\((?:\w+\.)?name, \?\) > \?/);
    expect(conditions).not.toMatch(/select/i);
  });
});
