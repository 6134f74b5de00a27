import { type Connection, createConnection } from 'mysql2/promise';
import { inTurn, type Workload } from './in-turn.ts';

/**
 * What the shop's application does on MySQL or MariaDB. Literals and prepared statements both, as
 * in life.
 */
const pick = (most: number) => 1 + Math.floor(Math.random() * most);

const statements: (() => [text: string, values?: number[]])[] = [
  () => [
    `SELECT id, country FROM customers WHERE lower(email) = 'customer${pick(40_000)}@example.org'`,
  ],
  () => [
    `SELECT id, status, total FROM orders WHERE customer_id = ${pick(40_000)} ` +
      'ORDER BY created_at DESC LIMIT 20',
  ],
  () => [
    'SELECT order_id, product_id, quantity FROM line_items ' +
      `WHERE order_id IN (${pick(80_000)}, ${pick(80_000)}, ${pick(80_000)})`,
  ],
  () => [
    'SELECT o.id, c.email, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
      `WHERE o.status = 'open' AND o.created_at > now() - INTERVAL ${pick(20)} DAY`,
  ],
  () => [`SELECT id, email FROM customers WHERE code = ${pick(40_000)}`],
  () => [`SELECT id, email FROM customers WHERE country = 'DE' AND city = 'Berlin'`],
  () => [
    `SELECT id, total, created_at FROM orders ORDER BY total DESC, id LIMIT ${pick(400) * 50}, 50`,
  ],
  () => [
    `SELECT what, count(*) AS c FROM audit_log WHERE who < ${pick(500)} GROUP BY what ` +
      'ORDER BY c DESC',
  ],
  () => [
    'SELECT p.name, sum(l.quantity) AS s FROM line_items l JOIN products p ' +
      `ON p.id = l.product_id WHERE p.price > ${380 + pick(18)} GROUP BY p.name ` +
      'ORDER BY s DESC LIMIT 10',
  ],
  () => [`SELECT id, name, price FROM products WHERE id = ${pick(2_000)}`],
  () => ['SELECT name, price FROM products WHERE id = ?', [pick(2_000)]],
  () => [
    "SELECT status, count(*), sum(total) FROM orders WHERE status = 'open' " +
      "AND channel = 'phone' GROUP BY status",
  ],
  () => [
    'SELECT c.id, (SELECT max(o.total) FROM orders o WHERE o.customer_id = c.id) AS m ' +
      `FROM customers c WHERE c.id < ${10 + pick(3)}`,
  ],
  () => [`UPDATE orders SET status = 'done' WHERE id = ${pick(90_000)} AND status = 'open'`],
];

export async function startMysqlWorkload(
  connect: () => Promise<Connection>,
  connections = 2,
  pause_ms = 10,
): Promise<Workload> {
  const clients = await Promise.all(Array.from({ length: connections }, connect));
  // the server may be stopped before us
  for (const client of clients) client.on('error', () => undefined);
  const run = (client: Connection, made: (typeof statements)[number]) => {
    const [text, values] = made();
    return values ? client.execute(text, values) : client.query(text);
  };
  return inTurn(clients, statements, run, pause_ms);
}

export const connectAs = (port: number, user: string, database: string) => () =>
  createConnection({ host: '127.0.0.1', port, user, database });
