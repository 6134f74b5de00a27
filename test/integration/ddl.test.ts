import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexName } from '../../src/advice/identity.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { IndexDef, IndexKey } from '../../src/model/index-def.ts';
import type { Change } from '../../src/model/proposal.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/**
 * Every text that a change is made into is run on the server that it is for, in schemas, tables and
 * columns with names that nobody should have: what was asked for is there afterwards, and what
 * takes it back leaves nothing.
 */
const engines = createEngines();
const hostile = [
  'select',
  'a"b`c',
  "x'; DROP TABLE t; --",
  'Größe 中文',
  'a.b $1 %s \\',
  ' leads',
  'é'.repeat(31),
  'n'.repeat(63),
];

describe.each(['14', '18'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const run = async (statements: readonly string[]) => {
    for (const each of statements) await server.sql(each);
  };
  const indexes = () =>
    server.sql(
      `SELECT indexrelid::regclass::text AS name, indisvalid AND indisready AS sound,
         pg_get_indexdef(indexrelid) AS definition, obj_description(indexrelid, 'pg_class') AS mark
       FROM pg_index WHERE indrelid::regclass::text !~ '^pg_' AND NOT indisprimary ORDER BY 3`,
    );
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql('CREATE EXTENSION pg_trgm');
  });
  afterAll(() => server?.stop());

  it.each(hostile)('names like %j', async (name) => {
    await server.sql(`CREATE SCHEMA ${quote(name)}`);
    await server.sql(
      `CREATE TABLE ${quote(name)}.${quote(name)} (id int PRIMARY KEY, ${quote(name)} text, b int)`,
    );
    const index: IndexDef = {
      schema: name,
      table: name,
      method: 'btree',
      keys: [{ column: name }, { column: 'b', descending: true, nulls: 'last' }],
      include: ['id'],
      where: `${quote(name)} IS NOT NULL`,
    };
    for (const called of [
      name === 'n'.repeat(63) ? 'i'.repeat(63) : `i${name}`,
      indexName(index),
    ]) {
      if (Buffer.byteLength(called) > 63) continue;
      const made = await engines.postgres.ddl(
        { kind: 'create-index', name: called, index },
        'dbintel:uid:0123',
      );
      await run(made.apply);
      expect(await indexes()).toMatchObject([{ sound: true, mark: 'dbintel:uid:0123' }]);
      await run(made.rollback);
      expect(await indexes()).toEqual([]);
    }
    const together = await engines.postgres.ddl({
      kind: 'create-statistics',
      name: name.slice(0, 20),
      schema: name,
      table: name,
      columns: [name, 'b'],
    });
    await run([...together.apply, ...together.rollback]);
    await run((await engines.postgres.ddl({ kind: 'analyze', schema: name, table: name })).apply);
    await server.sql(`DROP SCHEMA ${quote(name)} CASCADE`);
  });

  it.each<[string, Partial<IndexDef> & { keys: IndexKey[] }]>([
    ['an expression', { keys: [{ expression: 'lower(email)' }] }],
    ['a piece of a document', { keys: [{ expression: "doc ->> 'a'" }, { column: 'n' }] }],
    ['some rows', { keys: [{ column: 'n' }], where: "email IS NULL AND n > 5 OR email = 'x'" }],
    ['patterns', { keys: [{ column: 'email', opclass: 'text_pattern_ops' }] }],
    ['a collation', { keys: [{ column: 'email', collation: 'C' }] }],
    ['a document', { method: 'gin', keys: [{ column: 'doc', opclass: 'jsonb_path_ops' }] }],
    ['a list', { method: 'gin', keys: [{ column: 'tags' }] }],
    [
      'pieces of a text',
      { method: 'gin', keys: [{ column: 'email', opclass: 'public.gin_trgm_ops' }] },
    ],
    ['words', { method: 'gin', keys: [{ expression: "to_tsvector('english', email)" }] }],
    ['ranges of pages', { method: 'brin', keys: [{ column: 'at' }] }],
    ['a hash', { method: 'hash', keys: [{ column: 'n' }] }],
    ['one of a kind', { keys: [{ column: 'n', nulls: 'first' }], unique: true }],
  ])('dropping an index on %s and taking that back', async (_, shape) => {
    await server.sql('CREATE TABLE t (n int, email text, doc jsonb, tags text[], at timestamptz)');
    const index: IndexDef = { schema: 'public', table: 't', method: 'btree', ...shape };
    const made = await engines.postgres.ddl({ kind: 'create-index', name: 'by', index });
    await run(made.apply);
    const before = await indexes();
    expect(before).toMatchObject([{ sound: true }]);
    const dropped = await engines.postgres.ddl({
      kind: 'drop-index',
      name: 'by',
      index,
      because: { kind: 'invalid' },
    });
    await run(dropped.apply);
    expect(await indexes()).toEqual([]);
    await run(dropped.rollback);
    expect(await indexes()).toEqual(before);
    await server.sql('DROP TABLE t');
  });

  it('a partitioned table, partition by partition', async () => {
    await server.sql(
      `CREATE TABLE p (id int, at int) PARTITION BY RANGE (at);
       CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
       CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);`,
    );
    const made = await engines.postgres.ddl({
      kind: 'create-index',
      name: 'p_id',
      index: { schema: 'public', table: 'p', method: 'btree', keys: [{ column: 'id' }] },
      partitions: ['p1', 'p2'].map((table) => ({ schema: 'public', table, name: `${table}_id` })),
    });
    await run(made.apply);
    expect((await indexes()).map(({ name, sound }) => [name, sound])).toEqual([
      ['p1_id', true],
      ['p2_id', true],
      ['p_id', true],
    ]);
    await run(made.rollback);
    expect(await indexes()).toEqual([]);
    await server.sql('DROP TABLE p');
  });
});

describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``;
  const engine = engines[product.startsWith('mysql') ? 'mysql' : 'mariadb'];
  const run = async (statements: readonly string[]) => {
    const client = await server.client();
    for (const each of statements) await client.query(each);
    await client.end();
  };
  const definition = async (name: string) => {
    const client = await server.client();
    const [rows] = await client.query(`SHOW CREATE TABLE ${quote(name)}.${quote(name)}`);
    await client.end();
    return (rows as { 'Create Table': string }[])[0]?.['Create Table'] ?? '';
  };
  beforeAll(async () => {
    server = await startMysql({ product });
  });
  afterAll(() => server?.stop());

  // A database's folder has a name of at most as many bytes.
  it.each(hostile)('names like %j', async (name) => {
    await run([
      `CREATE DATABASE ${quote(name)}`,
      `CREATE TABLE ${quote(name)}.${quote(name)} (id int PRIMARY KEY, ${quote(name)} text, b int)`,
    ]);
    const index: IndexDef = {
      schema: name,
      table: name,
      method: 'btree',
      keys: [
        { column: name, letters: 64 },
        { column: 'b', descending: true },
      ],
    };
    const bare = await definition(name);
    const create: Change = { kind: 'create-index', name: indexName(index), index };
    const made = await engine.ddl(create);
    await run(made.apply);
    const indexed = await definition(name);
    expect(indexed).toContain(quote(indexName(index)));
    const dropped = await engine.ddl({
      ...create,
      kind: 'drop-index',
      because: { kind: 'invalid' },
    });
    await run(dropped.apply.slice(0, 1));
    expect(await definition(name)).toMatch(/INVISIBLE|IGNORED/);
    await run([dropped.show ?? '']);
    expect(await definition(name)).toBe(indexed);
    await run(dropped.apply);
    expect(await definition(name)).toBe(bare);
    await run(dropped.rollback);
    expect(await definition(name)).toBe(indexed);
    await run(made.rollback);
    expect(await definition(name)).toBe(bare);
    await run((await engine.ddl(create, 'dbintel:uid:0123')).apply);
    expect(await definition(name)).toContain('dbintel:uid:0123');
    await run((await engine.ddl({ kind: 'analyze', schema: name, table: name })).apply);
  });
});
