import type { IndexDef, IndexKey } from '../../../src/model/index-def.ts';

/** What applications ask of it, as the server's statistics have it; a few with literals left. */
export const statements: readonly string[] = [
  'SELECT * FROM customer WHERE id = $1',
  'SELECT id, name FROM customer WHERE email = $1',
  'SELECT id FROM customer WHERE lower(email) = $1',
  'SELECT id, name FROM customer WHERE name LIKE $1',
  'SELECT id FROM customer WHERE segment = $1 AND balance > $2 ORDER BY balance DESC LIMIT $3',
  'SELECT count(*) FROM customer WHERE born BETWEEN $1 AND $2',
  'SELECT id FROM customer WHERE tags @> $1::text[]',
  'SELECT id FROM customer WHERE email IS NULL ORDER BY id LIMIT 20',
  'SELECT nation_id, count(*), avg(balance) FROM customer GROUP BY nation_id',
  'SELECT c.name, n.name FROM customer c JOIN nation n ON n.id = c.nation_id ' +
    'WHERE n.region_id = $1',
  'SELECT * FROM orders WHERE id = $1',
  'SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed DESC LIMIT 10',
  'SELECT id FROM orders WHERE state = $1 AND placed > $2',
  "SELECT id FROM orders WHERE state = 'open' AND placed < $1 ORDER BY placed",
  'SELECT clerk, count(*), sum(total) FROM orders GROUP BY clerk ORDER BY 3 DESC',
  'SELECT count(*) FROM orders WHERE priority = $1 AND total > $2',
  'SELECT id FROM orders WHERE note IS NOT NULL AND clerk = $1',
  'SELECT id, total FROM orders WHERE total BETWEEN $1 AND $2 ORDER BY total',
  'SELECT customer_id, max(placed) FROM orders GROUP BY customer_id HAVING count(*) > $1',
  'SELECT DISTINCT clerk FROM orders WHERE placed >= $1',
  'SELECT * FROM lineitem WHERE order_id = $1',
  'SELECT sum(quantity) FROM lineitem WHERE part_id = $1',
  'SELECT sum(price * discount) FROM lineitem WHERE ship >= $1 AND ship < $2 AND quantity < $3',
  "SELECT order_id FROM lineitem WHERE flag = 'R' AND receipt > $1",
  'SELECT supplier_id, sum(price) FROM lineitem WHERE ship = $1 GROUP BY supplier_id',
  'SELECT o.id, l.line FROM orders o JOIN lineitem l ON l.order_id = o.id WHERE o.customer_id = $1',
  'SELECT o.clerk, sum(l.price) FROM orders o JOIN lineitem l ON l.order_id = o.id ' +
    'WHERE o.placed > $1 AND l.flag = $2 GROUP BY o.clerk',
  'SELECT c.name, sum(o.total) FROM customer c JOIN orders o ON o.customer_id = c.id ' +
    'WHERE c.nation_id = $1 GROUP BY c.id ORDER BY 2 DESC LIMIT 10',
  'SELECT n.name, sum(l.price) FROM nation n JOIN supplier s ON s.nation_id = n.id ' +
    'JOIN lineitem l ON l.supplier_id = s.id JOIN orders o ON o.id = l.order_id ' +
    'WHERE o.placed >= $1 AND o.placed < $2 GROUP BY n.name',
  'SELECT p.brand, count(DISTINCT ps.supplier_id) FROM partsupp ps JOIN part p ' +
    'ON p.id = ps.part_id WHERE p.size = $1 GROUP BY p.brand',
  'SELECT s.name, ps.cost FROM part p JOIN partsupp ps ON ps.part_id = p.id ' +
    'JOIN supplier s ON s.id = ps.supplier_id WHERE p.brand = $1 AND p.size < $2 ORDER BY ps.cost',
  'SELECT id FROM part WHERE retired AND price < $1',
  'SELECT id FROM part WHERE brand = $1',
  'SELECT * FROM part WHERE id = ANY ($1::int[])',
  'SELECT name FROM supplier WHERE nation_id = $1 AND rating > $2',
  'SELECT name FROM supplier s WHERE EXISTS (SELECT FROM partsupp ps ' +
    'WHERE ps.supplier_id = s.id AND ps.available < $1)',
  'SELECT c.id FROM customer c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)',
  'SELECT id FROM customer WHERE id IN (SELECT customer_id FROM orders WHERE total > $1)',
  'SELECT c.id, o.id FROM customer c LEFT JOIN orders o ON o.customer_id = c.id AND o.state = $1 ' +
    'WHERE c.nation_id = $2',
  'SELECT count(*) FROM event WHERE customer_id = $1',
  'SELECT kind, count(*) FROM event WHERE at >= $1 AND at < $2 GROUP BY kind',
  'SELECT * FROM event WHERE at > $1 ORDER BY at LIMIT 50',
  'SELECT id FROM event_3 WHERE kind = $1 AND customer_id = $2',
  'SELECT e.kind, c.name FROM event e JOIN customer c ON c.id = e.customer_id WHERE e.at > $1',
  "SELECT count(*) FROM account WHERE country = 'de' AND owner_id = $1",
  'SELECT * FROM account WHERE id = $1 AND country = $2',
  'SELECT owner_id FROM account WHERE opened > $1 ORDER BY opened LIMIT 5',
  'SELECT id FROM session WHERE user_id = $1',
  'SELECT agent, max(seen) FROM session WHERE seen > $1 GROUP BY agent',
  'SELECT id, plate FROM vehicle WHERE made = $1',
  'SELECT id FROM document WHERE body @@ to_tsquery($1)',
  'SELECT title FROM document WHERE author_id = $1 ORDER BY title',
  'SELECT id FROM document WHERE words && $1::text[]',
  'SELECT avg(value) FROM reading WHERE at >= $1 AND at < $2',
  'SELECT at, value FROM reading WHERE device = $1 ORDER BY at DESC LIMIT 100',
  'SELECT zone, area, avg(value) FROM reading GROUP BY zone, area',
  'SELECT count(*) FROM reading WHERE zone = $1 AND area = $2',
  'SELECT device, max(value) FROM reading WHERE quality = $1 GROUP BY device',
  'SELECT e.name, b.name FROM employee e JOIN employee b ON b.id = e.boss_id WHERE b.grade = $1',
  'WITH RECURSIVE up AS (SELECT id, boss_id FROM employee WHERE id = $1 UNION ALL ' +
    'SELECT e.id, e.boss_id FROM employee e JOIN up ON e.id = up.boss_id) SELECT * FROM up',
  'SELECT value FROM setting WHERE name = $1',
  'SELECT * FROM never_seen WHERE at = $1',
  'SELECT id, quantity FROM order_lines WHERE customer_id = $1',
  'SELECT name, total FROM rich_orders WHERE total > $1 ORDER BY total DESC LIMIT 10',
  'SELECT day, total FROM by_day WHERE day > $1',
  'UPDATE orders SET state = $1 WHERE id = $2',
  'DELETE FROM lineitem WHERE order_id = $1',
  'INSERT INTO reading (device, at, value) VALUES ($1, $2, $3)',
  'UPDATE customer SET balance = balance + $1 WHERE email = $2',
  'SELECT id, row_number() OVER (PARTITION BY clerk ORDER BY total) FROM orders WHERE placed > $1',
  'SELECT id FROM orders WHERE clerk = $1 UNION ALL SELECT id FROM orders WHERE priority = $2',
  'SELECT o.id FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.email = $1 ' +
    'AND o.state = $2 ORDER BY o.placed DESC LIMIT 5',
];

const on = (
  table: string,
  keys: (string | IndexKey)[],
  more: Partial<IndexDef> = {},
): IndexDef => ({
  schema: 'public',
  table,
  method: 'btree',
  keys: keys.map((key) => (typeof key === 'string' ? { column: key } : key)),
  ...more,
});

/** Sets of indexes that are really built, and asked for as if they were. */
export const indexSets: Record<string, readonly IndexDef[]> = {
  single: [
    on('customer', ['email']),
    on('orders', ['placed']),
    on('lineitem', ['ship']),
    on('part', ['size']),
    on('reading', ['device']),
    on('document', ['author_id']),
    on('employee', ['boss_id']),
  ],
  several: [
    on('orders', ['state', 'placed']),
    on('orders', ['customer_id', { column: 'placed', descending: true }]),
    on('lineitem', ['flag', 'receipt']),
    on('reading', ['device', 'at']),
    on('partsupp', ['supplier_id', 'available']),
    on('supplier', ['nation_id', 'rating']),
  ],
  covering: [
    on('orders', ['customer_id'], { include: ['total', 'placed'] }),
    on('lineitem', ['ship'], { include: ['price', 'discount', 'quantity'] }),
    on('customer', ['nation_id'], { include: ['name', 'balance'] }),
    on('reading', ['zone', 'area']),
  ],
  partial: [
    on('orders', ['clerk'], { where: 'note IS NOT NULL' }),
    on('lineitem', ['receipt'], { where: "flag = 'R'" }),
    on('part', ['price'], { where: 'retired' }),
    on('customer', ['id'], { where: 'email IS NULL' }),
  ],
  partitioned: [
    on('event', ['at']),
    on('event', ['kind', 'customer_id']),
    on('account', ['owner_id']),
    on('session', ['user_id']),
    on('account', ['opened']),
  ],
  expressions: [
    on('customer', [{ expression: 'lower(name)' }]),
    on('customer', [{ column: 'name', opclass: 'text_pattern_ops' }]),
    on('customer', ['segment', { column: 'balance', descending: true }]),
    on('orders', ['clerk', 'total']),
    on('orders', ['total']),
    on('vehicle', ['made']),
  ],
  others: [
    on('document', ['words'], { method: 'gin' }),
    on('reading', ['device'], { method: 'brin' }),
    on('customer', ['email'], { method: 'hash' }),
    on('customer', ['born']),
    on('orders', ['priority']),
  ],
};
