import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CycleDeps } from '../../src/collection/step.ts';
import type { TableFacts } from '../../src/model/statistics.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

/** What rules are told of a statement besides its plan, from real servers. */
type Context = Parameters<CycleDeps['analyse']>[1];
type Seen = Context & { plan: Parameters<CycleDeps['analyse']>[0] };

const tables = `
CREATE TABLE visits (id int, at date NOT NULL, KEY visits_at (at)) PARTITION BY RANGE (year(at))
  (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN (2021),
   PARTITION p2 VALUES LESS THAN MAXVALUE);
INSERT INTO visits SELECT id, '2019-05-05' + INTERVAL id DAY FROM orders WHERE id < 900;
CREATE TABLE notes (id int PRIMARY KEY, order_id bigint, body text, label varchar(90) NOT NULL,
  kind varchar(20) COLLATE utf8mb4_bin, FULLTEXT KEY notes_body (body), KEY notes_label (label(5)),
  KEY notes_kind (kind), CONSTRAINT notes_order FOREIGN KEY (order_id) REFERENCES orders (id));
INSERT INTO notes SELECT id, id, 'body', concat('secret-', id), elt(1 + id % 3, 'secret-a',
  'secret-b', NULL) FROM orders WHERE id <= 6000;
CREATE VIEW late AS SELECT n.id, n.kind FROM notes n WHERE n.label > 'secret-5';
CREATE VIEW later AS SELECT l.id FROM late l WHERE l.kind = 'secret-a';
`;

const own = {
  mysql: `ALTER TABLE notes ADD KEY notes_lower ((lower(label))),
    ADD KEY notes_both ((concat(label, 'secret-x', kind))), ADD KEY notes_hidden (kind, id)
    INVISIBLE;
ANALYZE TABLE notes UPDATE HISTOGRAM ON kind, order_id WITH 16 BUCKETS;`,
  mariadb: `ALTER TABLE notes ADD KEY notes_hidden (kind, id) IGNORED;
SET SESSION use_stat_tables = 'PREFERABLY', histogram_size = 100;
ANALYZE TABLE notes PERSISTENT FOR ALL;`,
};

/** MySQL counts anew after an ALTER. */
const afterwards = `
INSERT INTO notes SELECT id, id, 'body', id, NULL FROM orders WHERE id BETWEEN 6001 AND 6100;
DELETE FROM notes WHERE id > 6090;
ANALYZE TABLE notes, visits;`;

describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await server.sql(tables + own[server.engine] + afterwards, 'shop');
    await prepareMysql(server, ['shop']);
  });
  afterAll(() => server.stop());

  const targetOf = () =>
    makeTarget({
      engine: server.engine,
      port: server.port,
      spec: {
        databases: { include: ['shop'] },
        collection: { minExecutionCount: 1 },
        safety: { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' },
      },
    });

  /** What was told of each text in a first cycle after it ran. */
  async function told(texts: readonly string[], runs = 3): Promise<Seen[]> {
    const seen: Seen[] = [];
    await forgetStatements(server);
    const cycles = cyclesOf(targetOf(), {
      analyse: async (plan, context) => {
        seen.push({ ...context, plan });
        return [];
      },
    });
    await asApp(server, async (client) => {
      for (const text of texts) for (let i = 0; i < runs; i += 1) await client.query(text);
    });
    const { batch } = await cycles.run();
    const refused = batch.queries.flatMap(({ text, result }) =>
      result.kind === 'refused' ? [`${text}: ${result.code} ${result.detail}`] : [],
    );
    expect(refused).toEqual([]);
    return texts.map((text) => {
      const part = / FROM (\w+)/.exec(text)?.[1] ?? '';
      const found = seen.find(({ plan }) => plan.queryText?.includes(` FROM ${part}`));
      if (!found) throw new Error(`not explained: ${text}`);
      return found;
    });
  }
  const table = ({ facts }: Context, name: string): TableFacts => {
    const found = facts.find((each) => each.name === name);
    if (!found) throw new Error(`no facts of ${name}`);
    return found;
  };
  const mysql = () => server.engine === 'mysql';

  it('the work of a statement is what was counted, the settings those of the server', async () => {
    const [context] = await told(["SELECT id FROM orders WHERE email = 'c7@x.org'"], 4);
    expect(context?.stats).toMatchObject({
      calls: 4,
      rows: 4,
      work: { rowsExamined: 80_000, diskTables: 0, sortMerges: 0 },
    });
    expect(context?.settings).toMatchObject({
      sort_buffer_size: expect.stringMatching(/^\d+$/),
      tmp_table_size: '16777216',
      ...(mysql() ? { internal_tmp_mem_storage_engine: 'TempTable' } : { join_cache_level: '2' }),
    });
    expect(context?.settings).not.toHaveProperty('optimizer_switch');
    await server.sql("SET GLOBAL optimizer_switch = 'semijoin=off,mrr=off';");
    const [later] = await told(["SELECT id FROM orders WHERE email = 'c8@x.org'"], 4);
    await server.sql('SET GLOBAL optimizer_switch = DEFAULT;');
    expect(later?.settings?.['optimizer_switch']).toBe('semijoin=off');
  });

  it('a table: columns, kinds of indexes, keys that refer, how even, how often used', async () => {
    const [context] = await told(["SELECT id FROM notes WHERE kind = 'secret-a' AND id < 60"]);
    const notes = table(context as Context, 'notes');
    expect(notes).toMatchObject({
      schema: 'shop',
      engine: 'InnoDB',
      foreignKeys: [{ columns: ['order_id'], references: { schema: 'shop', name: 'orders' } }],
      invisibleIndexes: [{ name: 'notes_hidden', keys: ['kind', 'id'] }],
      writes: { inserted: expect.any(Number), updated: 0, deleted: 10 },
      freePages: expect.any(Number),
    });
    expect(notes.rows).toBeGreaterThan(5_000);
    expect(notes.writes?.inserted).toBeGreaterThanOrEqual(100);
    expect(Date.now() - (notes.countedSince ?? 0)).toBeLessThan(600_000);
    expect(Date.now() - (notes.analyzedAt ?? 0)).toBeLessThan(600_000);
    const index = (name: string) => notes.indexes.find((each) => each.name === name);
    expect(index('PRIMARY')).toMatchObject({ unique: true, constraint: true });
    expect(index('PRIMARY')?.method).toBeUndefined();
    expect(index('PRIMARY')?.pages).toBeGreaterThan(1);
    expect((index('PRIMARY')?.scans ?? 0) + (index('notes_kind')?.scans ?? 0)).toBeGreaterThan(0);
    expect(index('notes_body')).toMatchObject({ method: 'fulltext', keys: ['body'] });
    expect(index('notes_label')).toMatchObject({ keys: ['label'], prefixed: ['label'] });
    if (mysql()) {
      expect(index('notes_lower')?.keys).toEqual(['lower(label)']);
      expect(index('notes_both')?.keys).toEqual(['concat(label, _utf8mb4 ?, kind)']);
    }
    const column = (name: string) => notes.columns?.find((each) => each.name === name);
    expect(column('id')).toMatchObject({ type: 'int', nullable: false, width: 4 });
    expect(column('kind')).toMatchObject({ nullable: true, collation: 'utf8mb4_bin' });
    expect(column('kind')?.distinct).toBeLessThanOrEqual(3);
    expect(column('kind')?.nulls).toBeCloseTo(1 / 3, 1);
    if (mysql()) expect(column('kind')?.commonest).toBeCloseTo(1 / 3, 1);
    expect(column('order_id')?.distinct).toBeGreaterThan(5_000);
    expect(column('label')?.distinct ?? 6_000).toBeGreaterThan(5_000);
    expect(JSON.stringify(context)).not.toContain('secret-');
  });

  it('a partitioned table says by what, and in how many', async () => {
    const [context] = await told(["SELECT id FROM visits WHERE at > '2021-02-02'"]);
    expect(table(context as Context, 'visits')).toMatchObject({
      partitionOf: {
        schema: 'shop',
        name: 'visits',
        strategy: 'range',
        keys: ['year(at)'],
        partitions: 3,
      },
    });
    expect(context?.plan.root).toMatchObject({ relation: { name: 'visits' } });
  });

  it('the tables behind views have facts by the names that the plan says', async () => {
    const [context] = await told(['SELECT id FROM later WHERE id < 50']);
    expect(context?.plan.root.relation).toMatchObject({ schema: 'shop', name: 'notes' });
    expect(context?.facts.map(({ name }) => name)).toEqual(['notes']);
  });

  it('a table that has grown since it was analysed last says by how much', async () => {
    await server.sql(
      'CREATE TABLE grown (id int PRIMARY KEY, at date) STATS_AUTO_RECALC=0;',
      'shop',
    );
    const insert = (from: number, to: number) =>
      server.sql(
        `INSERT INTO grown SELECT id, at FROM orders WHERE id BETWEEN ${from} AND ${to};`,
        'shop',
      );
    await insert(1, 1_000);
    await server.sql('ANALYZE TABLE grown;', 'shop');
    const [before] = await told(["SELECT id FROM grown WHERE at > '2001-02-02'"]);
    expect(table(before as Context, 'grown').modifiedSinceAnalyze).toBe(0);
    await insert(1_001, 9_000);
    const [after] = await told(["SELECT id FROM grown WHERE at > '2001-02-03'"]);
    const grown = table(after as Context, 'grown');
    expect(grown.modifiedSinceAnalyze).toBeGreaterThan(7_000);
    expect(grown.liveRows ?? grown.rows).toBeGreaterThan(8_500);
  });

  it('of a write that has no plan the indexes of its table are looked at', async () => {
    await server.sql(
      // What descends is in an order that no other has.
      'CREATE TABLE twice (id int PRIMARY KEY, a int, b int, KEY one (a), KEY both_ (a, b),\n' +
        'KEY down (a, b DESC));\n' +
        'INSERT INTO twice SELECT id, id, id FROM orders WHERE id < 9000;\nANALYZE TABLE twice;',
      'shop',
    );
    await forgetStatements(server);
    await asApp(server, async (client) => {
      // With a query in it, none of them plans it.
      const write = 'UPDATE twice SET b = b + 1 WHERE id < (SELECT max(id) FROM orders)';
      for (let i = 0; i < 3; i += 1) await client.query(write);
    });
    const { batch } = await cyclesOf(targetOf()).run();
    expect(batch.queries.map(({ result }) => result)).toMatchObject([
      {
        kind: 'refused',
        code: 'not_explainable_statement',
        findings: [{ rule: 'redundant-index', nodes: [], message: expect.stringContaining('one') }],
      },
    ]);
  });

  it('what the account may not read is absent', async () => {
    await server.sql('REVOKE SELECT ON mysql.innodb_index_stats FROM dbintel;');
    if (!mysql()) await server.sql('REVOKE ALL ON mysql.column_stats FROM dbintel;');
    const [context] = await told(["SELECT id FROM notes WHERE kind = 'secret-b' AND id < 60"]);
    const notes = table(context as Context, 'notes');
    expect(notes).not.toHaveProperty('analyzedAt');
    expect(notes.indexes.every(({ pages }) => pages === undefined)).toBe(true);
    expect(notes.columns).toHaveLength(5);
  });
});
