import { describe, expect, it } from 'vitest';
import { indexBytes } from '../../src/advice/index-size.ts';
import { catalogWords as mariadb } from '../../src/engines/mariadb/catalog-words.ts';
import { catalogWords as mysql } from '../../src/engines/mysql/catalog-words.ts';
import {
  columnsSql,
  indexesSql,
  indexStatisticsSql,
  type Named,
  tablesSql,
} from '../../src/engines/mysql-family/facts/catalog-sql.ts';
import { tableFacts } from '../../src/engines/mysql-family/facts/table-facts.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';

/** How large an index will be, on tables as they are, beside how large it is once it is built. */
const rows = 90_000;
const numbers = `CREATE TABLE n (i int PRIMARY KEY);
INSERT INTO n WITH RECURSIVE r (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < 299)
  SELECT a.i * 300 + b.i FROM r a, r b WHERE a.i < ${rows / 300};`;
const tables: Record<string, { made: string; filled: string; keys: string[][] }> = {
  users: {
    made: `id bigint PRIMARY KEY, email varchar(255) NOT NULL, name varchar(100), country char(2),
      status varchar(20), bio text, created_at datetime NOT NULL, KEY (country)`,
    filled: `i, concat('user', i, '@example.org'), concat('First', i % 700, ' Lastname'), 'de',
      elt(1 + i % 3, 'active', 'blocked', 'new'), IF(i % 4, NULL, repeat('words of it ', 20)),
      now()`,
    keys: [['email'], ['name'], ['status', 'created_at'], ['country', 'email']],
  },
  tokens: {
    made: `id char(36) CHARACTER SET ascii PRIMARY KEY, user_id int NOT NULL, kind varchar(64),
      hash varbinary(128) NOT NULL, at timestamp NULL`,
    filled: `uuid(), i % 9000, elt(1 + i % 2, 'session', 'password_reset'),
      unhex(sha2(i, 256)), now()`,
    keys: [['user_id'], ['hash'], ['kind', 'at']],
  },
  pages: {
    made: `id int PRIMARY KEY, url varchar(700), title varchar(255), body mediumtext`,
    filled: `i, concat('https://example.org/shop/articles/', i, '/', left(sha2(i, 256), 32)),
      left(sha2(i, 256), 32),
      repeat(left(sha2(i, 256), 32), 20 + i % 20)`,
    keys: [['url'], ['title']],
  },
  events: {
    made: `id bigint PRIMARY KEY, tenant int, kind varchar(190), detail varchar(1000),
      KEY kind_only (kind)`,
    filled: `i, i % 70, concat('event.of.kind.', i % 40), repeat('x', i % 60)`,
    keys: [
      ['tenant', 'kind'],
      ['kind', 'id'],
    ],
  },
};

const own = { mysql, mariadb };
describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  it('says of an index about how large it will be', async () => {
    const server = await startMysql({ product });
    await server.sql('CREATE DATABASE shop');
    await server.sql(numbers, 'shop');
    const ratios: Record<string, number> = {};
    for (const [table, { made, filled, keys }] of Object.entries(tables)) {
      await server.sql(
        `CREATE TABLE ${table} (${made});
INSERT INTO ${table} SELECT ${filled} FROM n;
ANALYZE TABLE ${table};`,
        'shop',
      );
      const facts = await factsOf(server, table);
      for (const [i, columns] of keys.entries()) {
        const name = `size_${i}`;
        await server.sql(`CREATE INDEX ${name} ON ${table} (${columns.join(', ')})`, 'shop');
        const said = indexBytes(
          { schema: 'shop', table, method: 'btree', keys: columns.map((column) => ({ column })) },
          facts,
        );
        await server.sql(`ANALYZE TABLE ${table}`, 'shop');
        const [size] = await server.sql(`SELECT stat_value * 16384 AS bytes
          FROM mysql.innodb_index_stats WHERE database_name = 'shop' AND table_name = '${table}'
            AND index_name = '${name}' AND stat_name = 'size'`);
        ratios[`${table} ${columns.join()}`] = Number((said / Number(size?.['bytes'])).toFixed(2));
      }
    }
    await server.stop();
    for (const [index, ratio] of Object.entries(ratios)) {
      expect(ratio, index).toBeGreaterThan(0.6);
      expect(ratio, index).toBeLessThan(2);
    }
  }, 400_000);
});

async function factsOf(server: MysqlServer, table: string) {
  const words = own[server.engine];
  const where: Named = { schema: "= 'shop'", table: `= '${table}'` };
  const ask = async (sql: string) =>
    (await server.sql(sql)).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
      ),
    );
  const [facts] = tableFacts(
    {
      tables: await ask(tablesSql(where)),
      indexes: await ask(indexesSql(words.indexColumns('9.0.0'))(where)),
      columns: await ask(columnsSql(where)),
      indexStatistics: await ask(indexStatisticsSql(where)),
      foreignKeys: [],
      partitions: [],
      usage: [],
      columnStatistics: [],
    },
    words,
  );
  if (!facts) throw new Error(`no ${table}`);
  return facts;
}
