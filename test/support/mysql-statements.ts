/**
 * Statements in the many ways in which one query can stand in another, over a small world of tables
 * of every kind. Each table that a statement names must be in the plan that is read, so none is
 * written that an optimizer could do without.
 */
const tableNames = [
  'sales',
  'clients',
  'goods',
  'notes',
  'logs',
  'pairs',
  'open_sales',
  'heavy_clients',
] as const;
/** Views: the plan names what they are made of. */
const madeOf: Record<string, string[]> = {
  open_sales: ['sales'],
  heavy_clients: ['sales', 'clients'],
};

export const worldSql = (engine: 'mysql' | 'mariadb') => `
CREATE TABLE digits (d int PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE clients (id int PRIMARY KEY, name varchar(60) NOT NULL, country char(2) NOT NULL,
  score int NOT NULL, KEY clients_country (country), KEY clients_score (score));
INSERT INTO clients SELECT a.d + 10 * b.d + 100 * c.d, concat('n', a.d, b.d, c.d), elt(1 + b.d %
  4, 'de', 'fr', 'it', 'es'), (a.d + 10 * b.d) * 7 FROM digits a, digits b, digits c WHERE c.d <
  5;
CREATE TABLE goods (id int PRIMARY KEY, label varchar(60) NOT NULL, price decimal(9, 2) NOT NULL,
  FULLTEXT KEY goods_label (label));
INSERT INTO goods SELECT a.d + 10 * b.d, concat('thing ', a.d, ' of ', b.d), a.d * b.d FROM digits
  a, digits b;
CREATE TABLE sales (id int PRIMARY KEY, client_id int NOT NULL, good_id int NOT NULL, status
  varchar(8) NOT NULL, amount int NOT NULL, at datetime NOT NULL, extra json, KEY sales_client
  (client_id, amount), KEY sales_status (status), KEY sales_good (good_id));
INSERT INTO sales SELECT n + 1, n % 500, n % 100, elt(1 + n % 3, 'open', 'paid', 'done'), n % 977,
  '2024-01-01' + INTERVAL n MINUTE, '{"k": [1, 2]}'
  FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM digits a, digits b, digits c,
    digits e WHERE e.d < 5) x;
CREATE TABLE notes (sale_id int NOT NULL, body varchar(100) NOT NULL, rank_no int NOT NULL);
INSERT INTO notes SELECT id, concat('b', id), id % 13 FROM sales WHERE id < 2000;
CREATE TABLE logs (id int NOT NULL, day int NOT NULL, what varchar(20) NOT NULL, PRIMARY KEY (id,
  day), KEY logs_what (what)) PARTITION BY RANGE (day) (PARTITION p0 VALUES LESS THAN (10),
  PARTITION p1 VALUES LESS THAN (20), PARTITION p2 VALUES LESS THAN MAXVALUE);
INSERT INTO logs SELECT id, id % 30, concat('w', id % 17) FROM sales;
CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, c int NOT NULL, KEY pairs_ab (a, b), KEY
  pairs_b (b), KEY pairs_c (c));
INSERT INTO pairs SELECT id % 10, id % 97, id % 89 FROM sales;
CREATE VIEW open_sales AS SELECT id, client_id, amount FROM sales WHERE status = 'open';
CREATE ALGORITHM = TEMPTABLE VIEW heavy_clients AS SELECT clients.id, sum(sales.amount) AS v FROM
  clients JOIN sales ON sales.client_id = clients.id GROUP BY clients.id;
ANALYZE TABLE clients, goods, sales, notes, logs,
  pairs${engine === 'mariadb' ? ' PERSISTENT FOR ALL' : ''};
`;

/** Queries of one column \`v\`. */
const bodies = [
  'SELECT client_id AS v FROM sales WHERE amount > 900',
  "SELECT max(amount) AS v FROM sales WHERE status = 'paid'",
  'SELECT client_id AS v FROM sales GROUP BY client_id HAVING count(*) > 3',
  'SELECT DISTINCT good_id AS v FROM sales WHERE amount < 50',
  'SELECT clients.id AS v FROM clients JOIN sales ON sales.client_id = clients.id ' +
    'WHERE sales.amount = 5',
  'SELECT clients.id AS v FROM clients LEFT JOIN notes ON notes.rank_no = clients.score ' +
    'WHERE notes.body IS NULL',
  'SELECT notes.rank_no AS v FROM notes JOIN clients ON clients.name = notes.body',
  'SELECT amount AS v FROM sales ORDER BY at DESC LIMIT 7',
  'SELECT id AS v FROM goods WHERE price > (SELECT avg(price) FROM goods)',
  'SELECT client_id AS v FROM open_sales WHERE amount > 800',
  'SELECT v FROM heavy_clients WHERE v > 100',
  'SELECT row_number() OVER (PARTITION BY country ORDER BY score) AS v FROM clients',
  'SELECT DISTINCT rank() OVER (ORDER BY amount) AS v FROM sales',
  "SELECT day AS v FROM logs WHERE day < 15 AND what = 'w3'",
  'SELECT a AS v FROM pairs WHERE b = 3 OR c = 4',
  'SELECT id AS v FROM clients WHERE score > 600 UNION SELECT good_id FROM sales WHERE amount = 7',
  'SELECT id AS v FROM clients WHERE score > 600 UNION ALL SELECT rank_no FROM notes',
  'SELECT id AS v FROM clients WHERE score > 10 INTERSECT SELECT client_id FROM sales',
  'SELECT id AS v FROM clients WHERE score > 10 EXCEPT SELECT rank_no FROM notes',
  'SELECT id AS v FROM goods WHERE id IN (SELECT good_id FROM sales WHERE amount > 970)',
  'SELECT id AS v FROM clients WHERE NOT EXISTS (SELECT 1 FROM notes ' +
    'WHERE notes.rank_no = clients.score)',
  'SELECT (SELECT max(amount) FROM sales WHERE sales.client_id = clients.id) AS v FROM clients',
];

/** Ways in which a query may stand in another. */
const places: ((query: string) => string)[] = [
  (q) => q,
  (q) => `SELECT * FROM (${q}) x WHERE x.v > 2`,
  (q) => `SELECT goods.label FROM goods JOIN (${q}) x ON x.v = goods.id`,
  (q) =>
    `SELECT label FROM goods LEFT JOIN (${q}) x ON x.v > goods.price ` +
    'WHERE coalesce(x.v, goods.id) <> 3',
  (q) => `SELECT name FROM clients c1 WHERE c1.score + 0 IN (SELECT v FROM (${q}) x)`,
  (q) =>
    `SELECT name FROM clients c1 WHERE c1.id NOT IN (SELECT v FROM (${q}) x WHERE x.v IS NOT NULL)`,
  (q) => `SELECT c1.name, (SELECT count(*) FROM (${q}) x WHERE x.v = c1.score) FROM clients c1`,
  (q) =>
    'SELECT country, count(*) FROM clients c1 GROUP BY country ' +
    `HAVING count(*) > (SELECT count(*) FROM (${q}) x WHERE x.v > c1.country)`,
  (q) =>
    `WITH w AS (${q}) SELECT w1.v FROM w w1 JOIN w w2 ON w1.v = w2.v JOIN goods ON goods.id = w1.v`,
  (q) => `SELECT v FROM (${q}) x UNION SELECT rank_no FROM notes`,
  (q) => `SELECT rank_no AS v FROM notes EXCEPT SELECT v FROM (${q}) x ORDER BY v LIMIT 5`,
  (q) =>
    `(SELECT rank_no AS v FROM notes INTERSECT SELECT v FROM (${q}) x) UNION ALL ` +
    'SELECT amount FROM sales',
  (q) =>
    'SELECT d.country FROM (SELECT country, count(*) c FROM clients ' +
    `GROUP BY country) d, (${q}) x WHERE d.c > x.v`,
  (q) => `SELECT DISTINCT x.v, sum(x.v) OVER (ORDER BY x.v) FROM (${q}) x`,
  (q) => `SELECT x.v % 7, count(DISTINCT x.v) FROM (${q}) x GROUP BY x.v % 7 WITH ROLLUP`,
  (q) => `SELECT label FROM goods ORDER BY (SELECT count(*) FROM (${q}) x WHERE x.v > goods.id)`,
];

/** Ways of reading that the above do not show. */
const others = [
  'SELECT * FROM sales WHERE id = 7',
  "SELECT s.id FROM sales s JOIN clients c ON c.id = s.client_id WHERE s.status = 'open' " +
    'AND c.score < 300 ORDER BY c.name LIMIT 3',
  'SELECT * FROM pairs WHERE b = 3 AND c = 4',
  'SELECT a, min(b) FROM pairs GROUP BY a',
  'SELECT * FROM sales ORDER BY id DESC LIMIT 3',
  "SELECT label FROM goods WHERE MATCH (label) AGAINST ('thing')",
  'SELECT c1.id FROM clients c1 JOIN pairs p1 ON p1.b > c1.score OR p1.c > c1.score',
  'SELECT s.id FROM sales s STRAIGHT_JOIN clients c ' +
    'ON c.score = s.amount STRAIGHT_JOIN notes n ON n.sale_id = s.id',
  'SELECT s.id, n.body FROM sales s LEFT JOIN (notes n JOIN goods g ON g.id = n.rank_no) ' +
    'ON n.sale_id = s.id',
  'WITH RECURSIVE r AS (SELECT id, score FROM clients WHERE id = 1 UNION ALL ' +
    'SELECT c.id, c.score FROM clients c JOIN r ON c.id = r.id + 1) SELECT * FROM r ' +
    'JOIN goods ON goods.id = r.score',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION SELECT n + 1 FROM r WHERE n < 5) ' +
    'SELECT n, (SELECT count(*) FROM sales WHERE sales.amount = r.n) FROM r',
  'SELECT count(*) FROM sales WHERE client_id = 4 OR status = (SELECT min(body) FROM notes)',
  'SELECT id FROM sales WHERE amount > ALL (SELECT score FROM clients WHERE country > 1)',
  'SELECT id FROM sales WHERE amount = ANY (SELECT rank_no FROM notes ' +
    'WHERE notes.sale_id > sales.id)',
  'SELECT id FROM sales WHERE (client_id, good_id) IN (SELECT rank_no, sale_id FROM notes)',
  'SELECT if(EXISTS (SELECT 1 FROM notes WHERE rank_no = s.amount), (SELECT max(price) ' +
    'FROM goods WHERE goods.id = s.good_id), 0) FROM sales s',
  'SELECT s.id FROM sales s JOIN clients c ON c.id = (SELECT max(rank_no) FROM notes ' +
    'WHERE notes.sale_id = s.id)',
  'SELECT status, group_concat(DISTINCT good_id ORDER BY good_id) FROM sales GROUP BY status',
  'SELECT count(DISTINCT client_id), count(DISTINCT good_id) FROM sales',
  'SELECT first_value(amount) OVER w, lag(amount) OVER (PARTITION BY good_id ORDER BY id) ' +
    'FROM sales WINDOW w AS (PARTITION BY status ORDER BY at)',
  'SELECT * FROM (SELECT id FROM clients UNION ALL SELECT id FROM goods) u JOIN notes ' +
    'ON notes.rank_no = u.id',
  'SELECT * FROM logs WHERE day BETWEEN 12 AND 25',
  "SELECT logs.id FROM logs JOIN sales ON sales.id = logs.id WHERE logs.what LIKE 'w1%'",
  "SELECT s.id, j.k FROM sales s, JSON_TABLE(s.extra, '$.k[*]' COLUMNS (k int PATH '$')) j " +
    'WHERE s.amount = 5',
  'SELECT a.id FROM sales a, sales b WHERE a.amount = b.amount AND a.id < b.id',
  'SELECT g.id FROM goods g WHERE g.id IN (SELECT good_id FROM sales s JOIN clients c ' +
    'ON c.id = s.client_id WHERE c.country = 5)',
  'SELECT id FROM clients WHERE id IN (SELECT client_id FROM sales WHERE amount > 3 UNION ' +
    'SELECT sale_id FROM notes)',
  'SELECT max(id), min(amount) FROM sales WHERE client_id = 3',
  'UPDATE sales SET amount = amount + 1 WHERE client_id = 3',
  'UPDATE sales s JOIN clients c ON c.id = s.client_id SET s.amount = c.score WHERE c.country = 2',
  'UPDATE clients SET score = (SELECT max(amount) FROM sales WHERE sales.client_id = clients.id)',
  'DELETE FROM notes WHERE sale_id IN (SELECT id FROM sales WHERE amount > 970)',
  'DELETE s FROM sales s LEFT JOIN clients c ON c.id = s.client_id WHERE c.name IS NULL',
  'INSERT INTO notes SELECT id, status, amount FROM sales WHERE amount > 900',
  "INSERT INTO goods VALUES (7000, 'x', 1)",
  'REPLACE INTO goods SELECT id, name, score FROM clients',
];

const mysqlOnly = [
  'SELECT c.id, l.m FROM clients c, LATERAL (SELECT max(amount) AS m FROM sales ' +
    'WHERE sales.client_id = c.id) l',
  'SELECT /*+ BKA(s) MRR(s) */ s.id FROM clients c JOIN sales s ON s.client_id = c.id ' +
    'WHERE s.extra IS NULL',
  'SELECT /*+ NO_HASH_JOIN(n, c) */ c.id FROM clients c JOIN notes n ON n.rank_no = c.score',
  'SELECT /*+ SEMIJOIN(@q MATERIALIZATION) */ id FROM clients ' +
    'WHERE score IN (SELECT /*+ QB_NAME(q) */ rank_no FROM notes)',
  'SELECT /*+ SEMIJOIN(@q DUPSWEEDOUT) */ id FROM clients ' +
    'WHERE score IN (SELECT /*+ QB_NAME(q) */ rank_no FROM notes)',
  'SELECT /*+ SEMIJOIN(@q FIRSTMATCH) */ id FROM clients ' +
    'WHERE score IN (SELECT /*+ QB_NAME(q) */ rank_no FROM notes)',
  'SELECT /*+ SEMIJOIN(@q LOOSESCAN) */ id FROM clients ' +
    'WHERE id IN (SELECT /*+ QB_NAME(q) */ client_id FROM sales)',
  'SELECT /*+ SKIP_SCAN(pairs) */ b FROM pairs WHERE b < 3',
  'TABLE goods ORDER BY price LIMIT 3',
  'WITH t AS (SELECT client_id, sum(amount) s FROM sales GROUP BY client_id) UPDATE clients ' +
    'JOIN t ON t.client_id = clients.id SET score = t.s',
  'INSERT INTO notes (sale_id, body, rank_no) SELECT id, status, amount FROM sales ' +
    'ON DUPLICATE KEY UPDATE rank_no = 5',
  'SELECT status, amount FROM sales s1 WHERE amount > (SELECT avg(amount) FROM sales s2 ' +
    'WHERE s2.status = s1.status)',
];
const mariadbOnly = [
  'SELECT * FROM (SELECT client_id, sum(amount) s FROM sales GROUP BY client_id) d ' +
    'JOIN clients ON clients.id = d.client_id WHERE clients.score = 7',
  'SELECT s.id FROM sales s WHERE s.client_id IN (1, 2, 3) AND s.good_id BETWEEN 1 AND 3',
  'SELECT id FROM clients WHERE score IN (SELECT rank_no FROM notes ' +
    'WHERE notes.sale_id = clients.id)',
];

export interface StatementOfWorld {
  sql: string;
  /** Which the plan must name. MariaDB prints nothing of the table that INSERT … SELECT writes. */
  tables: string[];
}
const written = /^(?:INSERT|REPLACE) INTO (\w+) SELECT/;

export function statementsFor(engine: 'mysql' | 'mariadb'): StatementOfWorld[] {
  const composed = bodies.flatMap((body, i) =>
    places.filter((_, j) => j === 0 || i % 2 === j % 2 || j > 11).map((place) => place(body)),
  );
  return [...composed, ...others, ...(engine === 'mysql' ? mysqlOnly : mariadbOnly)].map((sql) => {
    const named = tableNames.filter((name) => new RegExp(`\\b${name}\\b`).test(sql));
    const silent = engine === 'mariadb' ? written.exec(sql)?.[1] : undefined;
    return {
      sql,
      tables: [
        ...new Set(
          named.filter((name) => name !== silent).flatMap((name) => madeOf[name] ?? [name]),
        ),
      ],
    };
  });
}
