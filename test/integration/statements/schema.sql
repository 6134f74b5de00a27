CREATE ROLE app LOGIN PASSWORD 'app';
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped', 'returned');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE address AS (street text, city text, zip varchar(10));
CREATE TABLE customers (
  id bigint PRIMARY KEY, name text NOT NULL, email varchar(200) NOT NULL, country char(2), born date, vip boolean NOT NULL DEFAULT false, score double precision,
  prefs jsonb NOT NULL DEFAULT '{}', raw json, tags text[] NOT NULL DEFAULT '{}', uid uuid, ip inet, lives address, place point, created timestamptz NOT NULL, deleted_at timestamptz
);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint NOT NULL, status order_status NOT NULL, total numeric(12,2) NOT NULL, qty int NOT NULL, small smallint, price real, placed timestamptz NOT NULL,
  shipped timestamp, due date, at_time time, wait interval, note text, period tstzrange, span int4range, doc tsvector, flags bit(8), data bytea, codes int[], parts positive, kind text NOT NULL DEFAULT 'web'
);
CREATE TABLE items (order_id bigint, line int, sku text NOT NULL, price numeric(10,2) NOT NULL, qty int NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE employees (id int PRIMARY KEY, manager_id int, name text, salary numeric, dept text, hired date);
CREATE TABLE events (id bigint, at timestamptz NOT NULL, device int, kind text, payload jsonb, value double precision) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2024-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2030-01-01');
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "UserName" text, "CreatedAt" timestamp, "IsActive" boolean, "RoleId" int);
CREATE TABLE "Posts" ("Id" int PRIMARY KEY, "AuthorId" int, "Title" text, "Body" text, "Views" int, "PublishedAt" timestamp(3));
CREATE TABLE audit (id bigint PRIMARY KEY, who text, what text, at timestamptz);
CREATE TABLE settings (key text PRIMARY KEY, value text, version int NOT NULL DEFAULT 1);
CREATE TABLE noted (id int, at timestamptz DEFAULT now());
CREATE RULE noted_also AS ON INSERT TO noted DO ALSO DELETE FROM audit WHERE id = NEW.id;
CREATE SEQUENCE sq;
CREATE VIEW big_orders AS SELECT id, customer_id, total, placed FROM orders WHERE total > 100;
CREATE MATERIALIZED VIEW daily AS SELECT placed::date AS day, count(*) AS n, sum(total) AS total FROM orders GROUP BY 1;
INSERT INTO customers SELECT g, 'name ' || g, 'c' || g || '@x.org', CASE g % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' ELSE 'US' END, date '1960-01-01' + (g % 15000)::int, g % 10 = 0, g / 7.0,
  jsonb_build_object('lang', 'en', 'n', g % 10, 'a', jsonb_build_array(1, 2)), '{"x": 1}', ARRAY['t' || g % 5, 'all'], gen_random_uuid(), '10.0.0.1', '(s,c,z)'::address, point(g, g),
  '2024-01-01'::timestamptz + g * interval '1 hour', CASE WHEN g % 20 = 0 THEN '2024-06-01'::timestamptz END FROM generate_series(1, 2000) g;
INSERT INTO orders SELECT g, g % 2000 + 1, (ARRAY['new', 'paid', 'shipped', 'returned'])[g % 4 + 1]::order_status, g % 1000, g % 20, g % 100, g / 3.0, '2024-01-01'::timestamptz + g * interval '10 minutes',
  '2024-01-02'::timestamp + g * interval '10 minutes', date '2024-01-01' + g % 300, time '08:00' + g * interval '1 minute', g * interval '1 minute', 'note ' || g,
  tstzrange('2024-01-01'::timestamptz + g * interval '1 hour', '2024-01-02'::timestamptz + g * interval '1 hour'), int4range(g, g + 10), to_tsvector('english', 'quick fox ' || g), B'10101010', '\x01', ARRAY[g, g + 1], 1
  FROM generate_series(1, 10000) g;
INSERT INTO items SELECT g, l, 'sku' || g % 50, g % 90 + l, l FROM generate_series(1, 5000) g, generate_series(1, 2) l;
INSERT INTO employees SELECT g, nullif(g / 5, 0), 'e' || g, g * 100, 'd' || g % 4, date '2010-01-01' + g FROM generate_series(1, 200) g;
INSERT INTO events SELECT g, '2023-06-01'::timestamptz + g * interval '1 hour', g % 50, 'k' || g % 4, jsonb_build_object('v', g), g / 2.0 FROM generate_series(1, 10000) g;
INSERT INTO "Users" SELECT g, 'u' || g, '2024-01-01'::timestamp + g * interval '1 hour', g % 2 = 0, g % 3 FROM generate_series(1, 500) g;
INSERT INTO "Posts" SELECT g, g % 500, 'title ' || g, 'body', g % 70, '2024-01-01'::timestamp + g * interval '1 hour' FROM generate_series(1, 2000) g;
INSERT INTO audit SELECT g, 'me', 'what', now() FROM generate_series(1, 100) g;
INSERT INTO settings SELECT 'k' || g, 'v' FROM generate_series(1, 50) g;
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_placed ON orders (placed);
CREATE INDEX orders_doc ON orders USING gin (doc);
CREATE INDEX customers_lower ON customers (lower(email));
CREATE INDEX customers_prefs ON customers USING gin (prefs);
CREATE INDEX events_at ON events (at);
SELECT nextval('sq');
REFRESH MATERIALIZED VIEW daily;
GRANT ALL ON ALL TABLES IN SCHEMA public TO app;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app;
ANALYZE;
