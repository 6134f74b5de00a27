import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invalidIndexes } from '../../src/advice/invalid.ts';
import { redundantIndexes } from '../../src/advice/redundant.ts';
import { nextLooks, unusedIndexes } from '../../src/advice/unused.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { CatalogIndex } from '../../src/model/catalog-index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * Indexes as real servers have them: which are redundant, idle or left behind by their names, which
 * have to stay; and what would restore each makes it again to the letter.
 */
const tables = `
CREATE EXTENSION pg_trgm;
CREATE SCHEMA other;
CREATE COLLATION other.mine FROM "C";
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text, d jsonb, at timestamptz, e int UNIQUE,
  f text COLLATE "C", g int UNIQUE DEFERRABLE);
CREATE TABLE u (id int PRIMARY KEY, t_id int REFERENCES t, n int NOT NULL);
CREATE TABLE p (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
INSERT INTO t SELECT g, g, g % 10, 'x' || g, '{}', now(), g FROM generate_series(1, 5000) g;
INSERT INTO u SELECT g, g, g FROM generate_series(1, 5000) g;`;

const indexes: Record<string, string> = {
  redundant_prefix: 't (a)',
  stays_wide: 't (a, b)',
  redundant_include: 't (b) INCLUDE (a)',
  stays_include: 't (b, at) INCLUDE (a)',
  stays_order: 't (a DESC)',
  stays_pattern: 't (c text_pattern_ops)',
  stays_plain: 't (c, a)',
  stays_collated: 't (c COLLATE "C")',
  stays_own: 't (f)',
  stays_default: 't (f COLLATE "default")',
  stays_elsewhere: 't (c COLLATE other.mine)',
  stays_at_once: 'UNIQUE t (g)',
  stays_partial: 't (a) WHERE b > 3',
  redundant_partial: "t (at) WHERE c = 'it''s'",
  stays_partial_2: "t (at, a) WHERE c = 'it''s'",
  redundant_expression: 't (lower(c))',
  stays_expression: 't (lower(c), a)',
  stays_again: 't USING gin (d jsonb_path_ops) WITH (fastupdate = off)',
  redundant_gin: 't USING gin (d jsonb_path_ops)',
  stays_trigram: 't USING gin (c gin_trgm_ops)',
  stays_brin: 't USING brin (at)',
  stays_hash: 't USING hash (a)',
  redundant_serves: 'u (t_id)',
  stays_serves: 'u (t_id, n)',
  stays_serves_some: 'u (t_id) WHERE t_id IS NOT NULL',
  stays_serves_none: 'u (t_id) WHERE t_id IS NOT NULL AND n > 3',
  stays_nulls: 't (at NULLS FIRST)',
  stays_identity: 'UNIQUE u (n)',
  stays_clustered: 'u (id, n)',
};

describe.each(['14', '18'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  const read = async (): Promise<CatalogIndex[]> => {
    await using session = await openSession(makeTarget({ port: server.port }));
    return (await session.indexCatalog?.('postgres')) ?? [];
  };
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql(tables);
    for (const [name, of] of Object.entries(indexes)) {
      const unique = of.startsWith('UNIQUE ') ? 'UNIQUE ' : '';
      await server.sql(`CREATE ${unique}INDEX ${name} ON ${of.replace(/^UNIQUE /, '')}`);
    }
    await server.sql('CREATE INDEX stays_root ON p (a)');
    await server.sql('ALTER TABLE u REPLICA IDENTITY USING INDEX stays_identity');
    await server.sql('CLUSTER u USING stays_clustered');
    await server.sql('CREATE UNIQUE INDEX CONCURRENTLY invalid_left ON t (b)').catch(() => {});
    await prepareServer(server);
  });
  afterAll(() => server?.stop());

  it('says which are redundant, and which were left behind', async () => {
    const catalog = await read();
    const named = (prefix: string) =>
      catalog.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    expect(
      redundantIndexes(catalog)
        .map(({ index }) => index.name)
        .toSorted(),
    ).toEqual(named('redundant').toSorted());
    expect(invalidIndexes(catalog).map(({ name }) => name)).toEqual(['invalid_left']);
    const why = Object.fromEntries(catalog.map(({ name, needed }) => [name, needed]));
    expect(why).toMatchObject({
      t_pkey: 'constraint',
      t_e_key: 'constraint',
      stays_root: 'partition',
      p1_a_idx: 'partition',
      stays_identity: 'replica-identity',
      stays_clustered: 'cluster',
    });
    expect(
      catalog.flatMap(({ name, servesForeignKey }) => (servesForeignKey ? [name] : [])),
    ).toEqual(['redundant_serves', 'stays_serves', 'stays_serves_some']);
  });

  it('restores to the letter what it says can be restored', async () => {
    const definition = (name: string) =>
      server.sql(`SELECT pg_get_indexdef('${name}'::regclass) AS it`);
    const catalog = (await read()).filter(({ needed, valid }) => !needed && valid);
    expect(catalog.filter((each) => !each.restorable).map(({ name }) => name)).toEqual([
      'stays_again',
      'stays_elsewhere',
    ]);
    for (const { name, index, restorable } of catalog) {
      if (!restorable) continue;
      const before = await definition(name);
      const { apply, rollback } = await createEngines().postgres.ddl({
        kind: 'drop-index',
        name,
        index,
        because: { kind: 'invalid' },
      });
      for (const each of [...apply, ...rollback]) await server.sql(each);
      expect(await definition(name)).toEqual(before);
    }
  });

  it('tells what is read from what is not, look by look', async () => {
    const day = 86_400_000;
    const first = await read();
    const look = (at: number) => ({
      database: 'postgres',
      server: { id: '1', role: 'primary' as const },
      at,
    });
    const before = nextLooks([], first, look(day));
    const client = await server.client();
    await client.query('SET enable_seqscan = off');
    await client.query('SELECT c FROM t WHERE a = 5 AND b = 5');
    await client.query("SELECT a FROM t WHERE at = now() AND c = 'it''s'");
    await client.end();
    await expect
      .poll(async () => (await read()).reduce((sum, { scans = 0 }) => sum + scans, 0), {
        timeout: 20_000,
      })
      .toBeGreaterThan(first.reduce((sum, { scans = 0 }) => sum + scans, 0));
    const second = await read();
    const now = 100 * day;
    const later = nextLooks(before, second, look(now));
    const moved = second.filter(({ scans }, i) => scans !== first[i]?.scans);
    expect(moved.length).toBeGreaterThan(0);
    const unused = unusedIndexes(later, {
      now,
      primary: 'p',
      replicas: [],
      unknownServers: false,
      freshest_ms: day,
    });
    const names = unused.map(({ index }) => index.name);
    for (const { name } of moved) expect(names).not.toContain(name);
    expect(names).toContain('stays_brin');
    for (const name of ['t_pkey', 'stays_serves', 'stays_identity', 'stays_root', 'invalid_left'])
      expect(names).not.toContain(name);
    if (version === '18') expect(moved.every(({ lastUsed }) => lastUsed !== undefined)).toBe(true);
  });
});
