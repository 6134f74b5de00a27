/**
 * A database to advise on: tables with skew, NULLs and correlation, partitions by range, list and
 * hash, inheritance, views, keys, indexes of every kind, statistics of several columns together.
 * `scale` 1 is some 20 MB.
 */
export const schemaSql = (scale: number): string => {
  const n = (rows: number) => Math.round(rows * scale);
  return `
SELECT setseed(0.42);
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TYPE order_state AS ENUM ('open', 'paid', 'sent', 'done', 'void');
CREATE DOMAIN money_amount AS numeric(12,2);
CREATE TABLE region (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO region SELECT g, 'region ' || g FROM generate_series(1, 5) g;
CREATE TABLE nation (id int PRIMARY KEY, region_id int NOT NULL REFERENCES region, name text);
INSERT INTO nation SELECT g, 1 + g % 5, 'nation ' || g FROM generate_series(1, 25) g;
CREATE TABLE customer (id int PRIMARY KEY, nation_id int NOT NULL REFERENCES nation,
  was text, name text NOT NULL, email varchar(80), segment char(10), balance money_amount,
  born date, tags text[], profile jsonb);
INSERT INTO customer SELECT g, 1 + (random() ^ 3 * 24)::int, 'x', 'customer ' || g,
  CASE WHEN g % 7 > 0 THEN md5(g::text) || '@example.org' END,
  (ARRAY['auto', 'building', 'furniture', 'house', 'machine'])[1 + (random() ^ 2 * 4)::int],
  (random() * 10000)::numeric(12,2), date '1950-01-01' + (random() * 20000)::int,
  ARRAY['t' || g % 17, 't' || g % 5], jsonb_build_object('level', g % 4, 'city', 'c' || g % 90)
FROM generate_series(1, ${n(6000)}) g;
ALTER TABLE customer DROP COLUMN was;
CREATE TABLE supplier (id int PRIMARY KEY, nation_id int REFERENCES nation, name text, rating real);
INSERT INTO supplier SELECT g, CASE WHEN g % 9 > 0 THEN 1 + g % 25 END, 'supplier ' || g, random()
FROM generate_series(1, ${n(400)}) g;
CREATE TABLE part (id int PRIMARY KEY, name text, brand text, size smallint, price numeric(10,2),
  retired bool NOT NULL);
INSERT INTO part SELECT g, 'part ' || md5(g::text), 'brand ' || g % 25,
  1 + (random() ^ 4 * 49)::int,
  (random() * 900)::numeric(10,2), g % 50 = 0 FROM generate_series(1, ${n(8000)}) g;
CREATE TABLE partsupp (part_id int REFERENCES part, supplier_id int REFERENCES supplier,
  available int, cost numeric(10,2), PRIMARY KEY (part_id, supplier_id));
INSERT INTO partsupp SELECT 1 + g / 4, 1 + (g / 4 + g % 4 * 31) % ${n(400)}, g % 1000,
  random() * 100
FROM generate_series(0, ${n(8000)} * 4 - 1) g;
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customer,
  state order_state NOT NULL, total money_amount, placed timestamptz NOT NULL, priority smallint,
  clerk text, note text);
INSERT INTO orders SELECT g, 1 + (random() ^ 3 * ${n(6000) - 1})::int,
  (ARRAY['done', 'done', 'done', 'done', 'done', 'done', 'sent', 'paid', 'open', 'void'])[1 +
    (random() * 9)::int]::order_state,
  (random() ^ 2 * 5000)::numeric(12,2), timestamptz '2023-01-01' + g * interval '20 minutes',
  1 + g % 5, 'clerk ' || g % 100, CASE WHEN g % 20 = 0 THEN repeat('n', g % 60) END
FROM generate_series(1, ${n(30000)}) g;
CREATE TABLE lineitem (order_id bigint NOT NULL REFERENCES orders, line int NOT NULL,
  part_id int NOT NULL, supplier_id int NOT NULL, quantity numeric(8,2), price float8,
  discount real, ship date, receipt date, flag char(1), status "char",
  PRIMARY KEY (order_id, line),
  FOREIGN KEY (part_id, supplier_id) REFERENCES partsupp (part_id, supplier_id));
INSERT INTO lineitem SELECT o.id, l, p.part_id, p.supplier_id, 1 + (random() * 49)::int,
  random() * 1000, (random() * 10)::int / 100.0, o.placed::date + l, o.placed::date + l + 7,
  CASE WHEN random() < 0.02 THEN 'R' ELSE 'N' END, CASE WHEN o.id % 3 = 0 THEN 'O' ELSE 'F' END
FROM orders o CROSS JOIN generate_series(1, 3) l
  JOIN partsupp p ON p.part_id = 1 + (o.id * 7 + l * 13) % ${n(8000)}
    AND p.supplier_id = 1 + ((o.id * 7 + l * 13) % ${n(8000)} + l * 31) % ${n(400)};
CREATE TABLE event (id bigint, at timestamptz NOT NULL, customer_id int, kind text, payload jsonb)
  PARTITION BY RANGE (at);
${Array.from(
  { length: 8 },
  (_, i) =>
    `CREATE TABLE event_${i} PARTITION OF event FOR VALUES FROM ('2024-0${i + 1}-01') TO ` +
    `('2024-0${i + 2}-01');`,
).join('\n')}
CREATE INDEX event_customer ON event (customer_id);
INSERT INTO event SELECT g, timestamptz '2024-01-01' + g * (interval '240 days' / ${n(40000)}),
  CASE WHEN g % 4 > 0 THEN 1 + (random() ^ 2 * ${n(6000) - 1})::int END,
  (ARRAY['view', 'view', 'view', 'click', 'buy'])[1 + (random() * 4)::int],
  jsonb_build_object('k', g % 50) FROM generate_series(1, ${n(40000)}) g;
CREATE TABLE account (id int, country text NOT NULL, owner_id int, opened date)
  PARTITION BY LIST (country);
CREATE TABLE account_de PARTITION OF account FOR VALUES IN ('de');
CREATE TABLE account_fr PARTITION OF account FOR VALUES IN ('fr', 'be');
CREATE TABLE account_rest PARTITION OF account DEFAULT;
ALTER TABLE account ADD PRIMARY KEY (id, country);
INSERT INTO account SELECT g, (ARRAY['de', 'fr', 'be', 'us', 'jp'])[1 + (random() ^ 2 * 4)::int],
  1 + g % ${n(6000)}, date '2010-01-01' + g % 3000 FROM generate_series(1, ${n(10000)}) g;
CREATE TABLE session (id uuid, user_id int NOT NULL, seen timestamptz, agent text)
  PARTITION BY HASH (user_id);
CREATE TABLE session_0 PARTITION OF session FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE session_1 PARTITION OF session FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE session_2 (seen timestamptz, id uuid, agent text, user_id int NOT NULL);
ALTER TABLE session ATTACH PARTITION session_2 FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE INDEX session_seen ON session (seen);
INSERT INTO session SELECT md5(g::text)::uuid, 1 + g % ${n(6000)},
  CASE WHEN g % 3 > 0 THEN timestamptz '2024-01-01' + g * interval '3 minutes' END,
  'agent ' || g % 40
FROM generate_series(1, ${n(12000)}) g;
CREATE TABLE vehicle (id int PRIMARY KEY, plate text, made int);
CREATE TABLE truck (load int) INHERITS (vehicle);
INSERT INTO vehicle SELECT g, 'p' || g, 1990 + g % 30 FROM generate_series(1, ${n(3000)}) g;
INSERT INTO truck SELECT g, 't' || g, 1990 + g % 30, g % 40 FROM generate_series(1, ${n(2000)}) g;
CREATE TABLE document (id int PRIMARY KEY, title text, body tsvector, words text[], author_id int);
INSERT INTO document SELECT g, 'title ' || md5(g::text), to_tsvector('simple', 'w' || g % 300 ||
  ' w' || g % 70 || ' common w' || g % 11), ARRAY['w' || g % 300, 'w' || g % 70], 1 + g % 500
FROM generate_series(1, ${n(5000)}) g;
CREATE INDEX document_body ON document USING gin (body);
CREATE TABLE reading (device int, at timestamptz, value float8, quality int, zone int, area int);
INSERT INTO reading SELECT g % 200, timestamptz '2024-01-01' + g * interval '10 seconds',
  random() * 100, (random() ^ 5 * 10)::int, g % 40, (g % 40) / 4
FROM generate_series(1, ${n(60000)}) g;
CREATE INDEX reading_at ON reading USING brin (at);
CREATE STATISTICS reading_places (ndistinct, dependencies) ON zone, area FROM reading;
CREATE TABLE employee (id int PRIMARY KEY, boss_id int REFERENCES employee, name text, grade int);
INSERT INTO employee SELECT g, nullif(g / 8, 0), 'e' || g, g % 9
FROM generate_series(1, ${n(3000)}) g;
CREATE TABLE setting (name text PRIMARY KEY, value text);
INSERT INTO setting SELECT 's' || g, 'v' FROM generate_series(1, 60) g;
CREATE TABLE never_seen (id int, at date);
CREATE INDEX customer_nation ON customer (nation_id);
CREATE INDEX customer_lower ON customer (lower(email));
CREATE INDEX customer_tags ON customer USING gin (tags);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_open ON orders (placed) WHERE state = 'open';
CREATE INDEX lineitem_part ON lineitem (part_id, supplier_id);
CREATE INDEX part_brand ON part USING hash (brand);
CREATE VIEW order_lines AS SELECT o.id, o.customer_id, o.state, o.placed, l.part_id, l.quantity,
  l.price FROM orders o JOIN lineitem l ON l.order_id = o.id;
CREATE VIEW rich AS SELECT c.id, c.name, n.name AS nation FROM customer c
  JOIN nation n ON n.id = c.nation_id WHERE c.balance > 5000;
CREATE VIEW rich_orders AS SELECT r.name, o.id, o.total FROM rich r
  JOIN orders o ON o.customer_id = r.id;
CREATE MATERIALIZED VIEW by_day AS SELECT placed::date AS day, count(*) AS orders,
  sum(total) AS total FROM orders GROUP BY 1;
`;
};

/** Everything that statements name. */
export const tables = (
  'region nation customer supplier part partsupp orders lineitem event account session vehicle ' +
  'document reading employee setting never_seen order_lines rich rich_orders by_day event_3'
).split(' ');
