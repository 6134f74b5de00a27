import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redundantIndexes } from '../../src/advice/redundant.ts';
import { nextLooks, unusedIndexes } from '../../src/advice/unused.ts';
import type { IndexLook } from '../../src/model/index-look.ts';
import { labelledMysqlIndexes } from '../support/labelled-mysql-indexes.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { makeTarget, openSession, prepareMysql } from '../support/target.ts';

/**
 * Which indexes of a real server are covered by another, and which nobody reads: of some hundred of
 * every kind with labels. Days pass by the clock of who looks.
 */
const day = 86_400_000;

describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let server: MysqlServer;
  let before: IndexLook[];
  let after: IndexLook[];
  const labelled = labelledMysqlIndexes(6, product === 'mysql-9' ? 'mysql' : 'mariadb');

  const look = async (known: readonly IndexLook[], at: number): Promise<IndexLook[]> => {
    const target = makeTarget({ engine: server.engine, port: server.port });
    await using session = await openSession(target);
    // Since when the server counts is learnt with its health, as in any visit.
    await session.health();
    const indexes = (await session.indexCatalog?.('shop')) ?? [];
    const { id } = session.server;
    const of = { database: 'shop', server: { id, role: 'primary' as const, replicas: 0 } };
    return nextLooks(known, indexes, { ...of, at });
  };
  const unused = (looks: readonly IndexLook[]) =>
    unusedIndexes(looks, {
      now: 40 * day,
      primary: 'orders',
      replicas: [],
      unknownServers: false,
      freshest_ms: day,
    }).map(({ index }) => index.name);
  /** Which index the server says that it reads. */
  const keyOf = async (sql: string): Promise<unknown[]> =>
    (await server.sql(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, 'shop')).map(({ key }) => key);

  /** Every second one is read. */
  const read = labelled.reads.filter((_, i) => i % 2 === 0);

  beforeAll(async () => {
    server = await startMysql({ product, settings: product === 'mysql-9' ? [] : ['--skip-ssl'] });
    await server.sql('CREATE DATABASE shop');
    await server.sql(labelled.sql, 'shop');
    await prepareMysql(server, ['shop']);
    before = await look([], 1);
    for (const { sql } of read) await server.sql(sql, 'shop');
    for (const sql of labelled.noReads) await server.sql(sql, 'shop');
    after = await look(before, 40 * day);
  });
  afterAll(() => server.stop());

  it('the index that a column that counts by itself leads is never let go', async () => {
    await server.sql(
      `CREATE TABLE counted (tenant int, id int AUTO_INCREMENT, PRIMARY KEY (tenant, id),
        KEY c_own (id));`,
      'shop',
    );
    const looks = await look(await look([], 1), 40 * day);
    expect(unused(looks)).not.toContain('c_own');
    await expect(server.sql('ALTER TABLE counted DROP INDEX c_own', 'shop')).rejects.toThrow(
      'there can be only one auto column',
    );
  });

  it('those that are covered are found, with what covers them, and no other', () => {
    expect(after.length).toBeGreaterThan(150);
    const found = new Map(
      redundantIndexes(after).map(({ index, covered }) => [index.name, covered.name]),
    );
    const one = labelled.alike.map((pair) => pair.filter((each) => found.has(each)));
    expect(one.every(({ length }) => length === 1)).toBe(true);
    const twins = new Set(labelled.alike.flat());
    expect(new Map([...found].filter(([name]) => !twins.has(name)))).toEqual(
      new Map(labelled.redundant),
    );
  });

  it('what covers an index is read in its place', async () => {
    const t = (name: string) => `t0_${name}`;
    const both = (a: string, b: string) => `USE INDEX (${t(a)}, ${t(b)})`;
    for (const [narrow, wide, where] of [
      ['beginning', 'wide', 'a = 3 AND b = 3'],
      ['without_key', 'with_key', 'd = 3 AND id < 900'],
      ['letters', 'letters_wide', "w = 'w77'"],
    ] as const) {
      const sql = `SELECT id FROM t0 ${both(wide, wide)} WHERE ${where}`;
      expect(await keyOf(sql)).toEqual([t(wide)]);
      expect(labelled.redundant.get(t(narrow))).toBe(t(wide));
    }
  });

  it('those that nobody reads are found, and no other', async () => {
    for (const { index, sql } of labelled.reads) {
      const keys = await keyOf(sql);
      // MIN alone is answered while it is planned.
      expect(keys.includes(index) || sql.includes('MIN(m)'), sql).toBe(true);
    }
    const unread = labelled.free.difference(new Set(read.map(({ index }) => index)));
    expect(unread.size).toBeGreaterThan(25);
    expect(new Set(unused(after))).toEqual(unread);
  });

  it('what a look found nothing by is counted by MySQL alone', async () => {
    const index = 't0_point';
    const used = async () =>
      (await look(after, 41 * day)).find(({ name }) => name === index)?.scans ?? 0;
    const earlier = await used();
    await server.sql(`SELECT id FROM t0 FORCE INDEX (${index}) WHERE j = 99999`, 'shop');
    expect((await used()) > earlier).toBe(product === 'mysql-9');
  });

  it('says nothing of any before it has looked for as long', () =>
    expect(unused(before)).toEqual([]));
});
