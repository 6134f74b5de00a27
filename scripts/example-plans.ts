import { readFileSync, writeFileSync } from 'node:fs';
import { startMysql } from '../test/support/mysql-server.ts';

/**
 * Writes the plans of MySQL and MariaDB in examples/plans: the demo's shop on a real server, and
 * statements as an application has them. As the client prints them, so that they are read so.
 */
const bestCustomers =
  'SELECT c.city, p.name, sum(l.quantity * p.price) AS sold FROM customers c ' +
  'JOIN orders o ON o.customer_id = c.id JOIN line_items l ON l.order_id = o.id ' +
  "JOIN products p ON p.id = l.product_id WHERE lower(c.country) = 'de' " +
  "AND o.created_at > now() - INTERVAL 60 DAY AND o.channel = 'web' " +
  'GROUP BY c.city, p.name ORDER BY sold DESC LIMIT 20';
const lastOrders =
  'SELECT c.id, c.email, (SELECT max(o.total) FROM orders o WHERE o.customer_id = c.id) AS most ' +
  "FROM customers c WHERE c.code = 4711 OR c.city = 'Berlin' ORDER BY most DESC LIMIT 10";

await writePlan('mysql-9', 'mysql-sales.txt', `EXPLAIN ANALYZE ${bestCustomers}`);
await writePlan('mariadb-11.4', 'mariadb-sales.json', `ANALYZE FORMAT=JSON ${bestCustomers}`);
await writePlan('mysql-9', 'mysql-last-orders.json', `EXPLAIN FORMAT=JSON ${lastOrders}`, [
  'DELETE FROM orders WHERE id > 2000',
]);

async function writePlan(
  product: 'mysql-9' | 'mariadb-11.4',
  file: string,
  statement: string,
  before: readonly string[] = [],
): Promise<void> {
  const server = await startMysql({ product });
  try {
    await server.sql('CREATE DATABASE shop CHARACTER SET utf8mb4;');
    await server.sql(
      readFileSync(new URL('../demo/shop-mysql.sql', import.meta.url), 'utf8'),
      'shop',
    );
    for (const each of before) await server.sql(`${each};`, 'shop');
    const [row = {}] = await server.sql(statement, 'shop');
    const text = `${String(Object.values(row)[0]).trimEnd()}\n`;
    writeFileSync(new URL(`../examples/plans/${file}`, import.meta.url), text);
  } finally {
    await server.stop();
  }
}
