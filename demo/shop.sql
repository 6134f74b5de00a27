-- A small web shop with 312,000 rows and the faults that real ones have. Owned by the application's role, as in life.
CREATE ROLE shop_app LOGIN;
GRANT CREATE ON SCHEMA public TO shop_app;
SET ROLE shop_app;

CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, country text NOT NULL, city text NOT NULL, created_at timestamptz NOT NULL);
CREATE INDEX customers_email_idx ON customers (email);                  -- but the application asks for lower(email)
INSERT INTO customers SELECT g, 'Customer' || g || '@Example.org', (ARRAY['DE','FR','PL','IT'])[1 + g % 4], (ARRAY['Berlin','Paris','Warsaw','Rome'])[1 + g % 4], now() - g * interval '7 minutes' FROM generate_series(1, 40000) g;

CREATE TABLE products (id bigint PRIMARY KEY, name text NOT NULL, price numeric(10, 2) NOT NULL, tags text[] NOT NULL);
INSERT INTO products SELECT g, 'Product ' || g, 1 + g % 400, ARRAY['tag' || g % 50] FROM generate_series(1, 2000) g;

CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text NOT NULL, total numeric(10, 2) NOT NULL, created_at timestamptz NOT NULL);
CREATE INDEX orders_created_at_idx ON orders (created_at);              -- none on customer_id
INSERT INTO orders SELECT g, 1 + (g * 7919) % 40000, CASE WHEN g % 50 = 0 THEN 'open' ELSE 'done' END, 5 + g % 900, now() - g * interval '90 seconds' FROM generate_series(1, 90000) g;

CREATE TABLE line_items (order_id bigint NOT NULL, product_id bigint NOT NULL, quantity int NOT NULL, PRIMARY KEY (order_id, product_id));
INSERT INTO line_items SELECT 1 + g / 2, 1 + (g * 31) % 2000, 1 + g % 3 FROM generate_series(0, 159999) g ON CONFLICT DO NOTHING;

CREATE TABLE audit_log (at timestamptz NOT NULL, who bigint NOT NULL, what text NOT NULL) WITH (autovacuum_enabled = off);  -- never analysed
INSERT INTO audit_log SELECT now() - g * interval '1 minute', g % 500, 'event ' || g % 30 FROM generate_series(1, 20000) g;

-- Planning a query that calls this would run it with the caller's rights: the collector refuses.
CREATE FUNCTION vat_rate() RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 0.19; END $$;
ALTER ROLE shop_app SET work_mem = '256kB';
RESET ROLE;
ANALYZE customers; ANALYZE products; ANALYZE orders; ANALYZE line_items;
