import { expect, it } from 'vitest';
import { mariadb } from '../../src/engines/mariadb/variant.ts';
import { common } from '../../src/engines/mysql-family/called-functions.ts';
import { mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

/**
 * Planning runs what a loaded library brings, and needs no right for it. MySQL has some of its own;
 * MariaDB says only which functions are its own, so one that is stored stands for one.
 */
const calls = {
  mysql: [
    'SELECT id FROM orders WHERE id = innodb_set_open_files_limit(3000)',
    'SELECT id FROM (SELECT innodb_set_open_files_limit(3000) AS id) AS limits',
    'SELECT id FROM set_limits',
    // Found by a comparison that knows no accents.
    'SELECT id FROM customers WHERE id = (SELECT MAX(ete(id)) FROM customers)',
    'SELECT id FROM customers WHERE id = (SELECT MAX(`strase`(id)) FROM customers)',
    'SELECT id FROM customers WHERE id = (SELECT MAX(`plaïn`(id)) FROM customers)',
  ],
  mariadb: [
    'SELECT id FROM (SELECT far(2) AS id) AS distant',
    'SELECT id FROM customers WHERE id = 1 AND id IN (far(1), 3)',
    'SELECT id FROM far_ones',
  ],
};
const views = {
  mysql: 'CREATE VIEW set_limits AS SELECT innodb_set_open_files_limit(3000) AS id',
  mariadb: 'CREATE VIEW far_ones AS SELECT far(3) AS id',
};
const stored = { mysql: ['`ÉTÉ`', '`Straße`', 'plain'], mariadb: ['far'] };
const makeStored = (name: string) => `CREATE FUNCTION ${name} (x INT) RETURNS INT NO SQL RETURN x`;
const own = [
  "SELECT id FROM orders WHERE id IN (SELECT inet_aton('0.0.0.9'))",
  'WITH far_away (id) AS (SELECT 3) SELECT id FROM far_away',
];
/** A table before its columns is not called; MariaDB plans no write. */
const inserts = [
  "INSERT IGNORE INTO shop.customers (id, name) VALUES (1, 'x')",
  "REPLACE customers (id, name) VALUES (2, 'x')",
];
const ofInserts = { mysql: 'explained', mariadb: 'not_explainable_statement' };

it.each(mysqlVersions)('%s: what calls a function of a loaded library', async (product) => {
  const server = await startMysql({ product });
  const engine = server.engine as keyof typeof calls;
  await makeShop(server);
  for (const name of stored[engine]) await server.sql(makeStored(name), 'shop');
  await server.sql(views[engine], 'shop');
  await prepareMysql(server, ['shop']);
  await server.sql("GRANT EXECUTE, INSERT, DELETE ON shop.* TO 'dbintel'@'%'");
  await forgetStatements(server);
  for (const text of [...calls[engine], ...own, ...inserts])
    for (let i = 0; i < 5; i += 1) await server.sql(text, 'shop');
  const spec = { databases: { include: ['shop'] } };
  const { batch } = await cyclesOf(makeTarget({ engine, port: server.port, spec })).run();
  await server.stop();
  const found = batch.queries.map(({ result }) =>
    result.kind === 'refused' ? result.code : result.kind,
  );
  const refused = calls[engine].map(() => 'untrusted_function');
  const planned = [...own.map(() => 'explained'), ...inserts.map(() => ofInserts[engine])];
  expect(found.toSorted()).toEqual([...planned, ...refused].toSorted());
});

it('what is never asked about is the server’s own', async () => {
  const server = await startMysql({ product: 'mariadb-10.11' });
  const rows = await server.sql(mariadb.loadable.sql);
  await server.stop();
  const own = new Set(rows.map((row) => (row as { name: string }).name));
  expect([...common].filter((name) => !own.has(name))).toEqual(['uuid']);
});
