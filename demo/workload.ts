import pg from 'pg';
import { inTurn, type Workload } from './in-turn.ts';

/**
 * What the shop's application does, over and over, until stopped. Literals and parameters both, as
 * in life.
 */
const pick = (most: number) => 1 + Math.floor(Math.random() * most);

const statements: (() => [text: string, values?: unknown[]])[] = [
  () => [
    `SELECT id, country FROM customers WHERE lower(email) = 'customer${pick(40_000)}@example.org'`,
  ],
  () => [
    'SELECT id, status, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 20',
    [pick(40_000)],
  ],
  () => [
    'SELECT order_id, product_id, quantity FROM line_items ' +
      `WHERE order_id IN (${pick(80_000)}, ${pick(80_000)}, ${pick(80_000)})`,
  ],
  () => [
    'SELECT o.id, c.email, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
      `WHERE o.status = 'open' AND o.created_at > now() - interval '${pick(20)} days'`,
  ],
  () => [`SELECT id, total FROM orders WHERE id = ${pick(90_000)}.0`],
  () => ['SELECT id, email FROM customers WHERE country = $1 AND city = $2', ['DE', 'Berlin']],
  () => [
    'SELECT id, total, created_at FROM orders ORDER BY total DESC, id OFFSET ' +
      `${pick(400) * 50} LIMIT 50`,
  ],
  () => [`SELECT what, count(*) FROM audit_log WHERE who = ${pick(500)} GROUP BY what`],
  () => [
    'SELECT p.name, sum(l.quantity) FROM line_items l JOIN products p ' +
      `ON p.id = l.product_id WHERE p.price > ${pick(380)} GROUP BY p.name ORDER BY 2 DESC ` +
      'LIMIT 10',
  ],
  () => ['SELECT id, name, price FROM products WHERE id = $1', [pick(2_000)]],
  () => [
    'SELECT id, total * (1 + vat_rate()) FROM orders ' +
      `WHERE created_at > now() - interval '${pick(48)} hours'`,
  ],
  () => ["UPDATE orders SET status = 'done' WHERE id = $1 AND status = 'open'", [pick(90_000)]],
  () => [
    "SELECT date_trunc('day', created_at) AS day, count(*), sum(total) FROM orders " +
      "WHERE created_at > now() - interval '30 days' GROUP BY 1 ORDER BY 1",
  ],
  () => [`SELECT name FROM products WHERE tags @> ARRAY['tag${pick(50)}']`],
];

export async function startWorkload(
  config: pg.ClientConfig,
  connections = 3,
  pause_ms = 4,
): Promise<Workload> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client(config);
      client.on('error', () => undefined); // the server may be stopped before us
      await client.connect();
      return client;
    }),
  );
  return inTurn(clients, statements, (client, made) => client.query(...made()), pause_ms);
}
