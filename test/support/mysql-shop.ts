import type { Connection } from 'mysql2/promise';
import { until } from './leaks.ts';
import type { MysqlServer } from './mysql-server.ts';

/**
 * A small shop on MySQL or MariaDB, and an application with an account of its own. ANALYZE reads
 * all of a table: the default sample of 20 pages can be wrong by half.
 */
export const shopSql = `
CREATE TABLE digits (d int PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, email varchar(100) NOT NULL,
  status varchar(20) NOT NULL, total decimal(10, 2) NOT NULL, at datetime NOT NULL, KEY
  orders_status (status), KEY orders_customer (customer_id)) STATS_SAMPLE_PAGES = 1000;
INSERT INTO orders SELECT n + 1, n % 1000, concat('c', n, '@x.org'), elt(1 + n % 3, 'open',
  'paid', 'done'), n, now() - INTERVAL n MINUTE FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 *
  e.d + 10000 * f.d AS n FROM digits a, digits b, digits c, digits e, digits f WHERE f.d < 2) x;
CREATE TABLE customers (id int PRIMARY KEY, name varchar(100), code varchar(20), KEY
  customers_code (code)) STATS_SAMPLE_PAGES = 1000;
INSERT INTO customers SELECT n, concat('n', n), n FROM (SELECT a.d + 10 * b.d + 100 * c.d AS n
  FROM digits a, digits b, digits c) x;
CREATE VIEW open_orders AS SELECT id, total FROM orders WHERE status = 'open';
ANALYZE TABLE orders, customers;
`;

export async function makeShop(server: MysqlServer, name = 'shop'): Promise<void> {
  await server.sql(`CREATE DATABASE ${name};`);
  await server.sql(shopSql, name);
  await server.sql("CREATE USER IF NOT EXISTS app IDENTIFIED BY 'app';");
  await server.sql(`GRANT ALL ON ${name}.* TO app;`);
}

/** As the application does; what it ran is counted when this returns. */
export async function asApp<T>(
  server: MysqlServer,
  work: (client: Connection) => Promise<T>,
  database = 'shop',
): Promise<T> {
  const { createConnection } = await import('mysql2/promise');
  const client = await createConnection({
    host: '127.0.0.1',
    port: server.port,
    user: 'app',
    password: 'app',
    database,
  });
  let result: T;
  try {
    result = await work(client);
  } finally {
    await client.end();
  }
  await untilCounted(server, client);
  return result;
}

/** What a session ran: a server counts a statement after its answer. */
export const untilCounted = (server: MysqlServer, { threadId }: Connection): Promise<void> =>
  noneBusy(server, ({ Id }) => Id === threadId);

/** Also of those that have just been answered. */
export async function forgetStatements(server: MysqlServer): Promise<void> {
  await noneBusy(server, ({ User }) => ['root', 'app', 'dbintel'].includes(String(User)));
  await server.sql('TRUNCATE performance_schema.events_statements_summary_by_digest;');
}

/** Asks with what nothing explains. */
async function noneBusy(
  server: MysqlServer,
  counts: (session: Record<string, unknown>) => boolean,
): Promise<void> {
  const isBusy = (session: Record<string, unknown>) =>
    counts(session) && session['Command'] !== 'Sleep' && session['Info'] !== asking;
  const probe = async () => !(await server.sql(asking)).some(isBusy);
  await until(probe, 10_000, 'what ran is counted');
}
const asking = 'SHOW FULL PROCESSLIST';
