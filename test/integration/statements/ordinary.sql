-- One statement a line, as applications, object mappers and reporting tools write them. After the last " -- ": code=… where there can be no plan (and the reason is
-- not ours to mend), since=… the first major version that knows it, values=[…] where the application sends parameters of its own.

-- Plain lookups and filters
SELECT * FROM customers WHERE id = 7
SELECT name, email FROM customers WHERE id = $1 -- values=[7]
SELECT name FROM customers WHERE id = 5.0
SELECT name FROM customers WHERE id = '12'
SELECT id FROM customers WHERE email = 'c1@x.org' AND vip
SELECT id FROM customers WHERE lower(email) = lower('C5@X.ORG')
SELECT id FROM customers WHERE email ILIKE '%x.org'
SELECT id FROM customers WHERE email LIKE 'c1%' ESCAPE '!'
SELECT id FROM customers WHERE name SIMILAR TO '(n|m)ame 1%'
SELECT id FROM customers WHERE name ~ '^name 1' AND name !~* 'zz'
SELECT id FROM customers WHERE score > 3.5 AND score < 100
SELECT id FROM customers WHERE score BETWEEN 1 AND 2.5
SELECT id FROM customers WHERE born BETWEEN '1970-01-01' AND '1980-12-31'
SELECT id FROM customers WHERE born = DATE '1970-05-05'
SELECT id FROM customers WHERE deleted_at IS NULL AND country = 'DE'
SELECT id FROM customers WHERE country IN ('DE', 'FR')
SELECT id FROM customers WHERE NOT vip AND country <> 'US' ORDER BY id LIMIT 20 OFFSET 40
SELECT id FROM customers WHERE vip = true OR score IS NULL
SELECT id FROM customers WHERE vip IS NOT TRUE AND id < 100
SELECT id FROM customers WHERE uid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
SELECT id FROM customers WHERE ip <<= '10.0.0.0/8'
SELECT id FROM customers WHERE coalesce(deleted_at, created) > '2024-02-01'
SELECT id FROM customers WHERE coalesce(country, 'XX') = 'XX'
SELECT id FROM customers WHERE nullif(name, '') IS NOT NULL
SELECT id FROM customers WHERE (lives).city = 'c' LIMIT 3
SELECT id FROM customers WHERE place <-> point '(3,4)' < 10
SELECT id FROM customers ORDER BY place <-> '(3,4)' LIMIT 5
SELECT id FROM customers WHERE length(name) > 8
SELECT id FROM customers WHERE substring(name from 1 for 4) = 'name'
SELECT id FROM customers WHERE position('me' in name) > 0
SELECT id FROM customers WHERE trim(both ' ' from name) = 'name 3'
SELECT id FROM customers WHERE upper(left(name, 3)) = 'NAM'
SELECT id FROM customers WHERE name || ' ' || email = 'name 1 c1@x.org'
SELECT id FROM customers WHERE name = ANY ('{name 1,name 2}')
SELECT id FROM customers WHERE id = ANY (ARRAY[1, 2, 3])
SELECT id FROM customers WHERE id = ANY ($1) -- values=[[1,2,3]]
SELECT id FROM customers WHERE id = ANY ($1::bigint[]) -- values=[[1,2,3]]
SELECT id FROM customers WHERE id = ANY ('{1,2,3}'::int[])
SELECT id FROM customers WHERE id <> ALL (ARRAY[1, 2])
SELECT id FROM customers WHERE id IN (1, 2, 3, 4, 5)
SELECT id FROM customers WHERE id IN ($1, $2, $3) -- values=[1,2,3]
SELECT id FROM customers WHERE id NOT IN (1, 2)
SELECT id FROM orders WHERE (customer_id, qty) IN ((1, 2), (3, 4))
SELECT id FROM orders WHERE (customer_id, qty) IN (($1, $2), ($3, $4)) -- values=[1,2,3,4]
SELECT id FROM orders WHERE (placed, id) > ('2024-01-05', 100) ORDER BY placed, id LIMIT 20
SELECT id FROM orders WHERE (placed, id) < ($1, $2) ORDER BY placed DESC, id DESC LIMIT $3 -- values=["2024-01-05",100,20]
SELECT id FROM orders WHERE status = 'paid'
SELECT id FROM orders WHERE status = 'paid'::order_status AND total > 10
SELECT id FROM orders WHERE status = $1 AND total > $2 -- values=["paid",10]
SELECT id FROM orders WHERE status IN ('paid', 'new') AND qty >= 3
SELECT id FROM orders WHERE total > 99.95
SELECT id FROM orders WHERE total > 99 AND total < 99.95
SELECT id FROM orders WHERE qty = 3 AND small = 4 AND price > 1.5
SELECT id FROM orders WHERE small IN (1, 2, 3)
SELECT id FROM orders WHERE id = 9999999999
SELECT id FROM orders WHERE id > -5 AND qty > -1
SELECT id FROM orders WHERE qty % 3 = 1
SELECT id FROM orders WHERE qty & 4 = 4
SELECT id FROM orders WHERE qty * 2 + 1 > 10
SELECT id FROM orders WHERE total * 1.19 > 100
SELECT id FROM orders WHERE round(total, 1) = 10.0
SELECT id FROM orders WHERE abs(total - 50) < 5
SELECT id FROM orders WHERE flags = B'10101010' LIMIT 2
SELECT id FROM orders WHERE data = '\x01' LIMIT 2
SELECT id FROM orders WHERE data = decode('01', 'hex') LIMIT 2
SELECT id FROM orders WHERE parts = 1 LIMIT 2
SELECT id FROM orders WHERE codes @> ARRAY[3] AND codes && ARRAY[3, 4]
SELECT id FROM orders WHERE 5 = ANY (codes)
SELECT id FROM orders WHERE codes[1] = 3
SELECT id FROM orders WHERE array_length(codes, 1) = 2 AND cardinality(codes) > 1
SELECT id FROM orders WHERE kind IS DISTINCT FROM 'web'
SELECT id FROM orders WHERE (kind = 'web') IS TRUE AND id = 3
SELECT EXISTS (SELECT 1 FROM orders WHERE customer_id = 3)
SELECT 1
SELECT 'x'
SELECT 1, 'a', 2.5, NULL, true
SELECT $1::int + $2::int -- values=[1,2]
SELECT now(), current_date, current_timestamp(0), localtime
SELECT version()
SELECT current_user, session_user, current_schema()
SELECT current_setting('server_version')
SELECT pg_backend_pid()
SELECT nextval('sq')
SELECT last_value FROM sq
SELECT last_value, is_called FROM public.sq
SELECT currval('sq')
SELECT setval('sq', 10, false)
TABLE settings
VALUES (1, 'a'), (2, 'b')
VALUES (1), (2), (3) ORDER BY 1 LIMIT 2

-- Dates and typed literals
SELECT count(*) FROM orders WHERE placed >= now() - interval '30 days'
SELECT count(*) FROM orders WHERE placed >= now() - '30 days'::interval
SELECT count(*) FROM orders WHERE placed > current_date - 7
SELECT count(*) FROM orders WHERE placed > now() - interval '1' day
SELECT count(*) FROM orders WHERE placed > now() - interval '2' hour
SELECT count(*) FROM orders WHERE placed > now() - 3 * interval '1 hour'
SELECT count(*) FROM orders WHERE placed > now() - make_interval(days => 10)
SELECT count(*) FROM orders WHERE placed > now() - make_interval(0, 0, 0, 10)
SELECT count(*) FROM orders WHERE wait > interval(0) '90 minutes'
SELECT count(*) FROM orders WHERE wait > interval '1-2' year to month
SELECT count(*) FROM orders WHERE wait > cast('90 minutes' AS interval)
SELECT count(*) FROM orders WHERE placed >= timestamp with time zone '2024-01-01 00:00:00+00'
SELECT count(*) FROM orders WHERE placed >= timestamp with time zone '2024-01-01' AND placed < timestamp with time zone '2024-02-01'
SELECT count(*) FROM orders WHERE placed >= timestamptz '2024-01-01'
SELECT count(*) FROM orders WHERE placed >= timestamptz(3) '2024-01-01'
SELECT count(*) FROM orders WHERE shipped >= timestamp '2024-01-01 10:00:00'
SELECT count(*) FROM orders WHERE shipped >= timestamp without time zone '2024-01-01 10:00:00'
SELECT count(*) FROM orders WHERE shipped >= timestamp(3) '2024-01-01 10:00:00'
SELECT count(*) FROM orders WHERE shipped >= timestamp(3) without time zone '2024-01-01 10:00:00'
SELECT count(*) FROM orders WHERE placed >= timestamp(6) with time zone '2024-01-01 10:00:00'
SELECT count(*) FROM orders WHERE at_time > time '10:00'
SELECT count(*) FROM orders WHERE at_time > time without time zone '10:00'
SELECT count(*) FROM orders WHERE at_time::timetz > time with time zone '10:00+00'
SELECT count(*) FROM orders WHERE due > date '2024-01-01' + 30
SELECT count(*) FROM orders WHERE due > '2024-01-01'::date + 30
SELECT count(*) FROM orders WHERE due > date '2024-01-01' + interval '1 month'
SELECT count(*) FROM orders WHERE due - date '2024-01-01' > 30
SELECT count(*) FROM orders WHERE due + 3 > current_date
SELECT count(*) FROM orders WHERE due > to_date('2024-01-01', 'YYYY-MM-DD')
SELECT count(*) FROM orders WHERE placed > to_timestamp(1700000000)
SELECT count(*) FROM orders WHERE placed > to_timestamp('2024-01-01', 'YYYY-MM-DD')
SELECT count(*) FROM orders WHERE placed > make_date(2024, 1, 1)
SELECT count(*) FROM orders WHERE placed > date_trunc('month', now())
SELECT count(*) FROM orders WHERE placed >= date_trunc('month', now()) - interval '1 month' AND placed < date_trunc('month', now())
SELECT count(*) FROM orders WHERE extract(year FROM placed) = 2024
SELECT count(*) FROM orders WHERE extract(epoch FROM now() - placed) > 3600
SELECT count(*) FROM orders WHERE extract(dow FROM due) IN (0, 6)
SELECT count(*) FROM orders WHERE date_part('hour', placed) = 10
SELECT count(*) FROM orders WHERE placed AT TIME ZONE 'UTC' > '2024-01-01'
SELECT count(*) FROM orders WHERE (placed AT TIME ZONE 'Europe/Berlin')::date = '2024-01-10'
SELECT count(*) FROM orders WHERE placed::date = '2024-01-10'
SELECT count(*) FROM orders WHERE cast(placed AS date) = cast('2024-01-10' AS date)
SELECT count(*) FROM orders WHERE date(placed) = '2024-01-10'
SELECT count(*) FROM orders WHERE to_char(placed, 'YYYY-MM') = '2024-01'
SELECT count(*) FROM orders WHERE age(placed) < interval '10 years'
SELECT count(*) FROM orders WHERE (placed, placed) OVERLAPS (timestamptz '2024-01-01', interval '3 days')
SELECT count(*) FROM orders WHERE placed BETWEEN '2024-01-01T00:00:00.000Z' AND '2024-01-31T23:59:59.999Z'
SELECT count(*) FROM orders WHERE placed BETWEEN $1 AND $2 -- values=["2024-01-01","2024-02-01"]
SELECT count(*) FROM orders WHERE placed BETWEEN symmetric '2024-02-01' AND '2024-01-01'
SELECT count(*) FROM orders WHERE price > double precision '3.5'
SELECT count(*) FROM orders WHERE price > real '3.5'
SELECT count(*) FROM orders WHERE price > float8 '3.5'
SELECT count(*) FROM orders WHERE price > float '3.5'
SELECT count(*) FROM orders WHERE price > float(4) '3.5'
SELECT count(*) FROM orders WHERE note = varchar 'note 3'
SELECT count(*) FROM orders WHERE note = N'note 3' AND qty > 3
SELECT count(*) FROM customers WHERE country = char 'DE'
SELECT count(*) FROM customers WHERE country IN (national character 'DE', nchar 'FR')
SELECT count(*) FROM orders WHERE flags = bit '10101010'
SELECT count(*) FROM orders WHERE note = character varying 'note 3'
SELECT count(*) FROM orders WHERE note = varchar(20) 'note 3'
SELECT count(*) FROM orders WHERE note = char(8) 'note 3'
SELECT count(*) FROM orders WHERE note = text 'note 3'
SELECT count(*) FROM orders WHERE qty = int '3'
SELECT count(*) FROM orders WHERE qty = integer '3'
SELECT count(*) FROM orders WHERE qty = int4 '3' AND id = int8 '4'
SELECT count(*) FROM orders WHERE qty = bigint '3' AND small = smallint '3'
SELECT count(*) FROM orders WHERE total = numeric '3.5'
SELECT count(*) FROM orders WHERE total = decimal(10,2) '3.5'
SELECT count(*) FROM orders WHERE flags = bit(8) '10101010'
SELECT count(*) FROM orders WHERE flags::varbit = bit varying '10101010'
SELECT count(*) FROM orders WHERE status = order_status 'paid'
SELECT count(*) FROM orders WHERE status = public.order_status 'paid'
SELECT count(*) FROM customers WHERE vip = boolean 't'
SELECT count(*) FROM customers WHERE vip = bool 'on'
SELECT count(*) FROM customers WHERE uid = uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
SELECT count(*) FROM customers WHERE ip = inet '10.0.0.1'
SELECT count(*) FROM customers WHERE ip << cidr '10.0.0.0/8'
SELECT count(*) FROM customers WHERE prefs = jsonb '{"a": 1}'
SELECT count(*) FROM orders WHERE period @> timestamptz '2024-01-05'
SELECT count(*) FROM orders WHERE period && tstzrange '[2024-01-01,2024-01-05)'
SELECT count(*) FROM pg_class WHERE oid = regclass 'orders'
SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0
SELECT count(*) FROM pg_class WHERE relnamespace = regnamespace 'public'
SELECT date '2024-01-31' + interval '1 month', time '10:00' + interval '5 min', timestamp '2024-01-01' - timestamp '2023-01-01'
SELECT date_trunc('day', timestamp with time zone '2024-01-01 10:00:00+00')
SELECT generate_series(date '2024-01-01', date '2024-01-10', interval '1 day')
SELECT d::date FROM generate_series('2024-01-01'::date, '2024-01-31'::date, '1 day'::interval) d
SELECT d FROM generate_series('2024-01-01'::timestamp, '2024-01-31', '1 day') d
SELECT d FROM generate_series(now() - interval '7 days', now(), interval '1 day') d
SELECT * FROM generate_series(1, 10)
SELECT * FROM generate_series(1, 10, 2) g WHERE g > 3
SELECT * FROM generate_series($1::int, $2::int) -- values=[1,5]
SELECT g, random() FROM generate_series(1, 100) g

-- Grouping
SELECT date_trunc('day', placed), count(*) FROM orders GROUP BY date_trunc('day', placed)
SELECT CASE WHEN kind IN ('web', 'shop') THEN 'a' ELSE 'b' END AS k, count(*) FROM orders GROUP BY CASE WHEN kind IN ('web', 'shop') THEN 'a' ELSE 'b' END
SELECT upper(CASE WHEN qty IN (1, -2, 3) THEN 'a' ELSE 'b' END) AS k, count(*) FROM orders GROUP BY CASE WHEN qty IN (1, -2, 3) THEN 'a' ELSE 'b' END
SELECT id IN (1), kind = ANY (ARRAY['web', 'x']), due IN (date '2024-01-01', date '2024-01-02'), count(*) FROM orders GROUP BY id IN (1), kind = ANY (ARRAY['web', 'x']), due IN (date '2024-01-01', date '2024-01-02')
SELECT date_trunc('day', placed) AS day, count(*) FROM orders GROUP BY 1 ORDER BY 1
SELECT date_trunc('day', placed) AS day, count(*) FROM orders GROUP BY day ORDER BY day DESC LIMIT 10
SELECT date_trunc('month', placed) AS "m", sum(total) FROM orders GROUP BY date_trunc('month', placed) ORDER BY date_trunc('month', placed) ASC
SELECT DATE_TRUNC('week', placed) AS w, status, COUNT(*) FROM orders WHERE total > 5 GROUP BY DATE_TRUNC('week', placed), status ORDER BY count(*) DESC LIMIT 100
SELECT (date_trunc('day', placed AT TIME ZONE 'UTC')) AS d, avg(total) FROM orders GROUP BY (date_trunc('day', placed AT TIME ZONE 'UTC'))
SELECT extract(year FROM placed), count(*) FROM orders GROUP BY extract(year FROM placed)
SELECT extract(hour FROM placed) AS h, extract(dow FROM placed) AS d, count(*) FROM orders GROUP BY extract(hour FROM placed), extract(dow FROM placed)
SELECT to_char(placed, 'YYYY-MM'), count(*) FROM orders GROUP BY to_char(placed, 'YYYY-MM') HAVING count(*) > 5
SELECT placed::date, count(*) FROM orders GROUP BY placed::date
SELECT coalesce(country, 'none') AS c, count(*) FROM customers GROUP BY coalesce(country, 'none')
SELECT CASE WHEN total > 500 THEN 'big' WHEN total > 100 THEN 'mid' ELSE 'small' END AS size, count(*) FROM orders GROUP BY CASE WHEN total > 500 THEN 'big' WHEN total > 100 THEN 'mid' ELSE 'small' END
SELECT CASE WHEN vip THEN 'yes' ELSE 'no' END, count(*) FROM customers GROUP BY 1
SELECT floor(total / 100) * 100 AS bin, count(*) FROM orders GROUP BY floor(total / 100) * 100 ORDER BY floor(total / 100) * 100
SELECT width_bucket(total, 0, 1000, 10) AS b, count(*) FROM orders GROUP BY width_bucket(total, 0, 1000, 10)
SELECT substring(email from '@(.*)$') AS domain, count(*) FROM customers GROUP BY substring(email from '@(.*)$')
SELECT left(name, 3), count(*) FROM customers GROUP BY left(name, 3)
SELECT prefs->>'lang' AS lang, count(*) FROM customers GROUP BY prefs->>'lang'
SELECT qty % 5 AS r, count(*) FROM orders GROUP BY qty % 5
SELECT country, vip, count(*) FROM customers GROUP BY GROUPING SETS ((country), (vip), ())
SELECT country, vip, grouping(country), count(*) FROM customers GROUP BY ROLLUP (country, vip)
SELECT country, vip, count(*) FROM customers GROUP BY CUBE (country, vip) HAVING count(*) > 2
SELECT date_trunc('month', placed) AS m, status, sum(total) FROM orders GROUP BY ROLLUP (date_trunc('month', placed), status)
SELECT country, count(*) FROM customers GROUP BY DISTINCT ROLLUP (country), CUBE (country)
SELECT DISTINCT date_trunc('day', placed) FROM orders ORDER BY date_trunc('day', placed) LIMIT 10
SELECT DISTINCT ON (customer_id) customer_id, id, placed FROM orders ORDER BY customer_id, placed DESC
SELECT DISTINCT ON (date_trunc('day', placed)) date_trunc('day', placed), id FROM orders ORDER BY date_trunc('day', placed), id
SELECT DISTINCT ON (coalesce(country, '')) id FROM customers ORDER BY coalesce(country, ''), created DESC LIMIT 5
SELECT count(DISTINCT customer_id) FROM orders WHERE placed > '2024-01-10'
SELECT count(*) FILTER (WHERE status = 'paid') AS paid, count(*) FILTER (WHERE status = 'new') AS fresh FROM orders
SELECT sum(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) FROM orders
SELECT sum(CASE WHEN status = 'paid' THEN total ELSE 0 END) / nullif(count(*), 0) FROM orders
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders
SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY total) FROM orders
SELECT mode() WITHIN GROUP (ORDER BY qty) FROM orders
SELECT string_agg(name, ', ' ORDER BY name) FROM customers WHERE id < 10
SELECT array_agg(id ORDER BY placed DESC) FROM orders WHERE customer_id = 3
SELECT json_agg(o) FROM (SELECT id, total FROM orders WHERE customer_id = 3) o
SELECT jsonb_object_agg(key, value) FROM settings
SELECT bool_and(vip), bool_or(vip), every(vip) FROM customers
SELECT corr(qty, total), stddev(total), variance(total), regr_slope(total, qty) FROM orders
SELECT min(total), max(total), avg(total), sum(qty) FROM orders WHERE customer_id BETWEEN 3 AND 9
SELECT any_value(name) FROM customers GROUP BY country -- since=16
SELECT date_bin('15 minutes', placed, timestamp '2001-01-01') AS b, count(*) FROM orders GROUP BY 1 ORDER BY 1
SELECT date_bin('15 minutes', placed, '2001-01-01') AS b, count(*) FROM orders GROUP BY date_bin('15 minutes', placed, '2001-01-01')
SELECT to_timestamp(floor(extract(epoch FROM at) / 300) * 300) AS time, avg(value) FROM events WHERE at BETWEEN '2024-01-01' AND '2024-01-02' GROUP BY 1 ORDER BY 1
SELECT floor(extract(epoch FROM at)/300)*300 AS "time", kind AS metric, avg(value) AS "value" FROM events WHERE at BETWEEN '2024-01-01T00:00:00Z' AND '2024-01-02T00:00:00Z' GROUP BY floor(extract(epoch FROM at)/300)*300, kind ORDER BY 1

-- Windows
SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY placed DESC) AS rn FROM orders
SELECT * FROM (SELECT id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY placed DESC) AS rn FROM orders) t WHERE rn <= 3
SELECT id, rank() OVER (ORDER BY total DESC), dense_rank() OVER (ORDER BY total DESC) FROM orders LIMIT 10
SELECT id, lag(total, 1) OVER (ORDER BY id), lead(total, 1, 0) OVER (ORDER BY id) FROM orders LIMIT 10
SELECT id, lag(total) OVER w, total - lag(total) OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY placed)
SELECT id, sum(total) OVER (ORDER BY placed ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM orders
SELECT id, avg(total) OVER (ORDER BY placed RANGE BETWEEN interval '1 day' PRECEDING AND CURRENT ROW) FROM orders
SELECT id, sum(total) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM orders
SELECT id, ntile(4) OVER (ORDER BY total), cume_dist() OVER (ORDER BY total), percent_rank() OVER (ORDER BY total) FROM orders
SELECT id, first_value(total) OVER (PARTITION BY customer_id ORDER BY placed), nth_value(total, 2) OVER (PARTITION BY customer_id ORDER BY placed) FROM orders
SELECT date_trunc('day', placed) AS d, sum(count(*)) OVER (ORDER BY date_trunc('day', placed)) FROM orders GROUP BY date_trunc('day', placed)
SELECT status, count(*) * 100.0 / sum(count(*)) OVER () AS pct FROM orders GROUP BY status
SELECT id, count(*) OVER () AS full_count FROM orders WHERE qty > 3 ORDER BY id LIMIT 10 OFFSET 20
SELECT id, count(*) FILTER (WHERE qty > 3) OVER (PARTITION BY status) FROM orders LIMIT 3

-- Joins and subqueries
SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 3
SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id AND c.vip = true WHERE o.total > 900
SELECT o.id FROM orders o, customers c WHERE o.customer_id = c.id AND c.country = 'DE' LIMIT 5
SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = 'paid')
SELECT c.id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)
SELECT c.id FROM customers c WHERE c.id IN (SELECT customer_id FROM orders WHERE total > 990)
SELECT c.id FROM customers c WHERE c.id NOT IN (SELECT customer_id FROM orders WHERE total > 990)
SELECT c.id, (SELECT max(placed) FROM orders o WHERE o.customer_id = c.id) FROM customers c WHERE c.id < 10
SELECT c.id, l.id FROM customers c CROSS JOIN LATERAL (SELECT id FROM orders o WHERE o.customer_id = c.id ORDER BY placed DESC LIMIT 3) l WHERE c.id < 20
SELECT c.id, l.total FROM customers c LEFT JOIN LATERAL (SELECT sum(total) AS total FROM orders o WHERE o.customer_id = c.id AND o.qty > 2) l ON true WHERE c.country = 'FR'
SELECT o.id, i.sku FROM orders o JOIN items i USING (qty) WHERE o.id = 4
SELECT * FROM orders NATURAL JOIN items WHERE order_id = 3 LIMIT 1
SELECT a.id FROM employees a FULL JOIN employees b ON a.manager_id = b.id WHERE a.salary > 100 OR b.salary > 100
SELECT * FROM customers c CROSS JOIN settings s WHERE c.id = 1 AND s.key = 'k1'
SELECT o.id, v.label FROM orders o JOIN (VALUES (1, 'one'), (2, 'two')) AS v (n, label) ON v.n = o.qty WHERE o.id < 50
SELECT c.id FROM customers c JOIN unnest(ARRAY[1, 2, 3]) AS u (id) ON u.id = c.id
SELECT c.id FROM customers c JOIN unnest($1::bigint[]) u (id) USING (id) -- values=[[1,2]]
SELECT id, t FROM customers, unnest(tags) AS t WHERE t = 'all' LIMIT 5
SELECT id, t.n FROM customers, unnest(tags) WITH ORDINALITY AS t (v, n) WHERE n = 1 LIMIT 5
SELECT * FROM big_orders WHERE customer_id = 7
SELECT * FROM daily WHERE day >= '2024-01-10' ORDER BY day
SELECT * FROM ROWS FROM (generate_series(1, 3), generate_series(1, 4)) AS r (a, b)
SELECT id FROM orders TABLESAMPLE BERNOULLI (10) WHERE qty = 3
SELECT id FROM orders TABLESAMPLE SYSTEM (10) REPEATABLE (42)
SELECT id FROM customers WHERE score > (SELECT avg(score) FROM customers WHERE country = 'DE')
SELECT id FROM customers WHERE score >= ALL (SELECT score FROM customers WHERE vip AND score IS NOT NULL)
SELECT id, ARRAY(SELECT o.id FROM orders o WHERE o.customer_id = c.id AND o.qty = 3) FROM customers c LIMIT 3
SELECT id FROM events WHERE at > '2024-02-01' AND device = 5
SELECT id FROM events WHERE at >= $1 AND at < $2 AND device = $3 -- values=["2024-02-01","2024-02-02",5]
SELECT device, avg(value) FROM events WHERE at > now() - interval '1 day' GROUP BY device

-- Common table expressions
WITH paid AS (SELECT * FROM orders WHERE status = 'paid') SELECT count(*) FROM paid WHERE total > 10
WITH a AS MATERIALIZED (SELECT id FROM orders WHERE qty = 3), b AS NOT MATERIALIZED (SELECT id FROM orders WHERE qty = 4) SELECT count(*) FROM a JOIN b USING (id)
WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 10) SELECT n FROM c
WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 100) SELECT sum(n) FROM t
WITH RECURSIVE tree AS (SELECT id, manager_id, name, 0 AS depth FROM employees WHERE manager_id IS NULL UNION ALL SELECT e.id, e.manager_id, e.name, t.depth + 1 FROM employees e JOIN tree t ON e.manager_id = t.id) SELECT * FROM tree WHERE depth < 4
WITH RECURSIVE tree AS (SELECT id, ARRAY[id] AS path FROM employees WHERE id = 1 UNION ALL SELECT e.id, path || e.id FROM employees e JOIN tree t ON e.manager_id = t.id) SELECT id, path FROM tree
WITH RECURSIVE tree AS (SELECT id, name::text AS path, 1 AS level FROM employees WHERE manager_id IS NULL UNION ALL SELECT e.id, t.path || ' > ' || e.name, t.level + 1 FROM employees e JOIN tree t ON e.manager_id = t.id) SELECT * FROM tree ORDER BY path
WITH RECURSIVE tree AS (SELECT id, manager_id FROM employees WHERE id = $1 UNION SELECT e.id, e.manager_id FROM employees e JOIN tree t ON t.manager_id = e.id) SELECT * FROM tree -- values=[5]
WITH RECURSIVE d AS (SELECT date '2024-01-01' AS day UNION ALL SELECT day + 1 FROM d WHERE day < date '2024-01-31') SELECT day FROM d
WITH RECURSIVE d AS (SELECT '2024-01-01'::timestamp AS t UNION ALL SELECT t + interval '1 hour' FROM d WHERE t < '2024-01-02') SELECT count(*) FROM d
WITH RECURSIVE f (a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM f WHERE b < 1000) SELECT a FROM f
WITH RECURSIVE s AS (SELECT 'a' AS s UNION ALL SELECT s || 'b' FROM s WHERE length(s) < 5) SELECT * FROM s
WITH RECURSIVE g (id, link, depth) AS (SELECT id, manager_id, 1 FROM employees UNION ALL SELECT e.id, e.manager_id, g.depth + 1 FROM employees e, g WHERE e.manager_id = g.id AND g.depth < 3) SEARCH DEPTH FIRST BY id SET ord CYCLE id SET is_cycle USING path SELECT count(*) FROM g
WITH days AS (SELECT generate_series('2024-01-01'::date, '2024-01-31'::date, interval '1 day') AS day) SELECT d.day, count(o.id) FROM days d LEFT JOIN orders o ON o.placed::date = d.day GROUP BY d.day ORDER BY d.day
WITH x AS (SELECT customer_id, sum(total) AS s FROM orders GROUP BY customer_id HAVING sum(total) > 1000), y AS (SELECT avg(s) AS m FROM x) SELECT x.customer_id FROM x, y WHERE x.s > y.m * 1.5
WITH del AS (DELETE FROM settings WHERE key = 'nope' RETURNING *) SELECT count(*) FROM del
WITH up AS (UPDATE settings SET version = version + 1 WHERE key = 'k1' RETURNING key) INSERT INTO settings (key, value) SELECT 'copy-' || key, 'x' FROM up ON CONFLICT DO NOTHING
WITH gone AS (DELETE FROM audit WHERE id = -1 RETURNING id) SELECT count(*) FROM gone -- code=insufficient_privilege

-- Set operations and pagination
SELECT id FROM customers WHERE vip UNION SELECT customer_id FROM orders WHERE total > 990
SELECT id, 'customer' AS kind FROM customers WHERE id < 5 UNION ALL SELECT id, 'order' FROM orders WHERE id < 5 ORDER BY 1
SELECT id FROM customers INTERSECT SELECT customer_id FROM orders WHERE qty = 3
SELECT id FROM customers EXCEPT ALL SELECT customer_id FROM orders WHERE qty = 3
(SELECT id FROM orders WHERE status = 'paid' ORDER BY placed DESC LIMIT 5) UNION ALL (SELECT id FROM orders WHERE status = 'new' ORDER BY placed DESC LIMIT 5)
SELECT * FROM (SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3) t WHERE a > 1
SELECT 'a' AS k, count(*) FROM orders UNION SELECT 'b', count(*) FROM customers
SELECT 1 AS one, NULL AS two UNION ALL SELECT qty, note FROM orders WHERE id = 3
SELECT id FROM orders ORDER BY id OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY
SELECT id FROM orders ORDER BY total DESC FETCH FIRST 5 ROWS WITH TIES
SELECT id FROM orders ORDER BY id FETCH FIRST ROW ONLY
SELECT id FROM orders ORDER BY id LIMIT ALL OFFSET 9990
SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2 -- values=[10,20]
SELECT id FROM orders WHERE id > 100 ORDER BY id LIMIT 50
SELECT id FROM orders ORDER BY CASE WHEN status = 'new' THEN 0 ELSE 1 END, id LIMIT 10
SELECT id FROM orders ORDER BY array_position(ARRAY['new', 'paid']::order_status[], status), id LIMIT 10
SELECT id FROM customers ORDER BY name COLLATE "C" DESC NULLS LAST LIMIT 3
SELECT id FROM customers ORDER BY random() LIMIT 1
SELECT (SELECT count(*) FROM orders) AS a, (SELECT count(*) FROM customers WHERE vip) AS b

-- JSON, arrays, ranges, full text
SELECT id FROM customers WHERE prefs @> '{"lang": "en"}'
SELECT id FROM customers WHERE prefs @> '{"n": 3}'::jsonb LIMIT 5
SELECT id FROM customers WHERE prefs @> $1 -- values=["{\"n\":3}"]
SELECT id FROM customers WHERE prefs->>'lang' = 'en' AND (prefs->>'n')::int > 5
SELECT id FROM customers WHERE prefs->'a'->0 = '1'
SELECT id FROM customers WHERE prefs->'a'->>1 = '2'
SELECT id FROM customers WHERE prefs #>> '{a,0}' = '1'
SELECT id FROM customers WHERE prefs #> ARRAY['a', '0'] = '1'::jsonb
SELECT id FROM customers WHERE prefs ? 'lang'
SELECT id FROM customers WHERE prefs ?| ARRAY['lang', 'x'] AND prefs ?& ARRAY['lang']
SELECT id FROM customers WHERE prefs @? '$.a[*] ? (@ > 1)'
SELECT id FROM customers WHERE prefs @@ '$.n > 3'
SELECT id FROM customers WHERE jsonb_path_exists(prefs, '$.a[*] ? (@ > $x)', '{"x": 1}')
SELECT jsonb_array_elements(prefs->'a') FROM customers WHERE id = 3
SELECT id, e.value FROM customers, jsonb_each_text(prefs) e WHERE e.key = 'lang' LIMIT 3
SELECT jsonb_build_object('id', id, 'name', name) FROM customers WHERE id = 3
SELECT json_build_object('type', 'Feature', 'props', row_to_json(c)) FROM customers c WHERE c.id = 3
SELECT jsonb_build_object('id', id, 'name', name, 'mail', email, 'from', country, 'born', born, 'vip', vip, 'score', score, 'where', jsonb_build_object('street', (lives).street)) FROM customers WHERE id = 3
SELECT to_jsonb(c) - 'email' FROM customers c WHERE id = 3
SELECT jsonb_set(prefs, '{lang}', '"de"') FROM customers WHERE id = 3
SELECT prefs || '{"x": 1}' FROM customers WHERE id = 3
SELECT * FROM jsonb_to_recordset('[{"a": 1, "b": "x"}]') AS r (a int, b text)
SELECT * FROM json_to_record('{"a": 1}') AS r (a int)
SELECT raw->>'x' FROM customers WHERE id = 3
SELECT prefs['lang'] FROM customers WHERE prefs['n'] = '3' LIMIT 3
SELECT JSON_VALUE(prefs, '$.lang') FROM customers WHERE id = 3 -- since=17
SELECT JSON_VALUE(prefs, '$.n' RETURNING int DEFAULT 7 ON EMPTY DEFAULT 8 ON ERROR) FROM customers WHERE id = 3 -- since=17
SELECT JSON_VALUE(prefs, '$.lang' DEFAULT 'none' ON EMPTY) FROM customers WHERE id = 3 -- since=17
SELECT JSON_QUERY(prefs, '$.a' EMPTY ARRAY ON EMPTY NULL ON ERROR) FROM customers WHERE id = 3 -- since=17
SELECT id FROM customers WHERE JSON_EXISTS(prefs, '$.a') LIMIT 3 -- since=17
SELECT id FROM customers WHERE JSON_EXISTS(prefs, 'strict $.a' FALSE ON ERROR) LIMIT 3 -- since=17
SELECT jt.* FROM customers, JSON_TABLE(prefs, '$.a[*]' COLUMNS (v int PATH '$')) jt WHERE id = 3 -- since=17
SELECT a.v, b.w FROM customers, JSON_TABLE(coalesce(prefs, '{}'), '$.a[*]' AS root COLUMNS (v int PATH '$', NESTED PATH '$.n[*]' COLUMNS (c int PATH '$.c'))) a, JSON_TABLE(prefs, '$.b' COLUMNS (w text)) b WHERE id = 3 -- since=17
SELECT JSON_OBJECT('a': name, 'b': id) FROM customers WHERE id = 3 -- since=16
SELECT JSON_OBJECT('a' VALUE name, 'b' VALUE id) FROM customers WHERE id = 3 -- since=16
SELECT JSON_ARRAYAGG(name ORDER BY name) FROM customers WHERE id < 5 -- since=16
SELECT id FROM customers WHERE prefs IS JSON OBJECT AND id = 4 -- since=16
SELECT id FROM customers WHERE tags @> ARRAY['t1']
SELECT id FROM customers WHERE tags @> '{t1,all}'
SELECT id FROM customers WHERE tags && ARRAY['t1', 't2']::text[]
SELECT id FROM customers WHERE 't3' = ANY (tags)
SELECT id FROM customers WHERE array_to_string(tags, ',') LIKE '%t1%'
SELECT array_append(tags, 'new'), array_remove(tags, 'all'), tags[1:2] FROM customers WHERE id = 3
SELECT tags || 'x'::text, ARRAY[1, 2] || 3 FROM customers WHERE id = 3
SELECT string_to_array('a,b,c', ',')
SELECT unnest(string_to_array('a,b', ','))
SELECT id FROM orders WHERE period @> '2024-01-05'::timestamptz
SELECT id FROM orders WHERE period && tstzrange('2024-01-01', '2024-01-05', '[)')
SELECT id FROM orders WHERE span @> 5
SELECT id FROM orders WHERE span && int4range(1, 10) AND lower(span) > 3
SELECT id FROM orders WHERE span <@ '[1,100)'
SELECT id FROM orders WHERE isempty(span) OR upper_inf(span)
SELECT id FROM orders WHERE span && '{[1,3),[5,7)}'::int4multirange
SELECT id FROM orders WHERE doc @@ to_tsquery('english', 'fox & quick') LIMIT 5
SELECT id FROM orders WHERE doc @@ plainto_tsquery('quick fox') LIMIT 5
SELECT id FROM orders WHERE doc @@ websearch_to_tsquery('english', 'quick -dog') LIMIT 5
SELECT id, ts_rank(doc, q) FROM orders, to_tsquery('fox') q WHERE doc @@ q ORDER BY 2 DESC LIMIT 5
SELECT id, ts_headline('english', note, to_tsquery('note')) FROM orders WHERE id = 3
SELECT id FROM orders WHERE to_tsvector('english', note) @@ to_tsquery('english', 'note') AND id < 10
SELECT id FROM orders WHERE doc @@ 'fox'::tsquery LIMIT 2
SELECT regexp_replace(name, '\d+', '#', 'g'), split_part(email, '@', 2) FROM customers WHERE id = 3
SELECT regexp_matches(name, '(\w+)', 'g') FROM customers WHERE id = 3
SELECT normalize(name, NFC), name IS NOT NFKD NORMALIZED FROM customers WHERE normalize(email) IS NORMALIZED AND name IS NFC NORMALIZED AND id = 3
SELECT id FROM customers WHERE name = U&'d!0061ta' UESCAPE '!' AND id = 3
SELECT (regexp_match(name, '(\d+)'))[1]::int FROM customers WHERE id = 3
SELECT format('%s-%s', name, 5), concat(name, '-', id), concat_ws(',', name, email), lpad(name, 10, ' '), repeat('x', 3) FROM customers WHERE id = 3
SELECT concat(name, ' <', email, '> (', country, ', ', born, '), ', score, '; ', vip, ' ', id, '.') FROM customers WHERE id = 3
SELECT id FROM customers WHERE ('a' IS NULL OR name = 'a') AND ('b' IS NULL OR email = 'b') AND ('c' IS NULL OR country = 'c') AND ('d' IS NULL OR name > 'd') AND ('e' IS NULL OR email > 'e') AND ('f' IS NULL OR name < 'f') AND ('g' IS NULL OR email < 'g')
SELECT greatest(qty, 3), least(total, 100, 5.5), power(2, 3), mod(10, 3), ceil(2.5), sqrt(16), trunc(2.567, 2) FROM orders WHERE id = 3
SELECT overlay(name placing 'xx' from 2 for 3), replace(name, 'a', 'b'), translate(name, 'abc', 'xyz'), reverse('abc'), md5('x'), chr(65), ascii('A') FROM customers WHERE id = 3
SELECT 10 / 3, 10.0 / 3, 10 % 3, 2 ^ 10, 5 & 3, 5 | 3, 5 # 3, 1 << 4, ~5, @ -5, |/ 25
SELECT 'a' || 'b', 'a' < 'b', 1 = 1.0, '1' = '2'
SELECT NOT true, true AND false, 1 IS NULL, 'a' IN ('a', 'b'), 3 BETWEEN 1 AND 5
SELECT CASE 3 WHEN 1 THEN 'a' WHEN 3 THEN 'c' END
SELECT cast('5' AS int), '5'::numeric(4,1), 5::text, '2024-01-01'::date, true::int
SELECT ROW(1, 'a', 2.5), (1, 2) = (1, 3), ROW(1, 2) IS NOT NULL
SELECT coalesce(NULL, 'x'), coalesce(NULL, 5), nullif(5, 5), coalesce(qty, 0) FROM orders WHERE id = 3
SELECT md5(random()::text), gen_random_uuid()
SELECT pg_size_pretty(pg_total_relation_size('orders')), pg_relation_size('orders')
SELECT obj_description('orders'::regclass), pg_get_userbyid(10), to_regclass('orders')
SELECT pg_sleep(0)
SELECT pg_advisory_unlock(42)
SELECT pg_try_advisory_lock(42), pg_advisory_unlock(42)

-- What object mappers send: Hibernate, EclipseLink
select c1_0.id, c1_0.email, c1_0.name from customers c1_0 where c1_0.id=$1 -- values=[3]
select o1_0.id, o1_0.customer_id, o1_0.total from orders o1_0 left join customers c1_0 on c1_0.id=o1_0.customer_id where c1_0.email=$1 and o1_0.placed>$2 order by o1_0.placed desc fetch first $3 rows only -- values=["c1@x.org","2024-01-01",10]
select o1_0.id from orders o1_0 where o1_0.status=$1 offset $2 rows fetch first $3 rows only -- values=["paid",10,5]
select count(o1_0.id) from orders o1_0 where lower(o1_0.note) like $1 escape '' -- values=["%note%"]
select c1_0.id from customers c1_0 where c1_0.id in ($1,$2,$3,$4,$5) -- values=[1,2,3,4,5]
select max(o1_0.id) from orders o1_0 where cast(o1_0.placed as date)=$1 -- values=["2024-01-10"]
select nextval('sq') as id
insert into settings (value,version,key) values ($1,$2,$3) on conflict do nothing -- values=["v",1,"k1"]
update settings set value=$1,version=$2 where key=$3 and version=$4 -- values=["v",1,"k1",1]
delete from settings where key=$1 and version=$2 -- values=["zz",1]
select s1_0.key from settings s1_0 where s1_0.key=$1 for no key update -- values=["k1"]
select t1.id as a1, t1.name as a2 from customers t1 where ((t1.name = $1) and (t1.score > $2)) limit $3 offset $4 -- values=["x",2.5,3,0]

-- ActiveRecord, Sequel
SELECT "customers".* FROM "customers" WHERE "customers"."id" = $1 LIMIT $2 -- values=[3,1]
SELECT "orders".* FROM "orders" WHERE "orders"."customer_id" IN (1, 2, 3) ORDER BY "orders"."id" ASC
SELECT 1 AS one FROM "customers" WHERE "customers"."email" = $1 LIMIT $2 -- values=["a@x.org",1]
SELECT COUNT(*) FROM "orders" WHERE "orders"."status" = $1 AND "orders"."placed" BETWEEN $2 AND $3 -- values=["paid","2024-01-01","2024-02-01"]
SELECT COUNT(DISTINCT "orders"."id") FROM "orders" INNER JOIN "customers" ON "customers"."id" = "orders"."customer_id" WHERE "customers"."vip" = TRUE
SELECT "orders"."status", COUNT(*) AS count_all FROM "orders" GROUP BY "orders"."status"
SELECT DATE_TRUNC('day', "orders"."placed"::timestamptz AT TIME ZONE 'Etc/UTC')::date, COUNT(*) FROM "orders" WHERE ("orders"."placed" IS NOT NULL) GROUP BY DATE_TRUNC('day', "orders"."placed"::timestamptz AT TIME ZONE 'Etc/UTC')::date
SELECT "customers".* FROM "customers" WHERE (name ILIKE '%a%' OR email ILIKE '%a%') ORDER BY "customers"."created" DESC LIMIT 25 OFFSET 0
SELECT "customers".* FROM "customers" WHERE "customers"."deleted_at" IS NULL AND ("customers"."score" >= 3.0 OR "customers"."vip" = FALSE) ORDER BY "customers"."id" ASC LIMIT 1000
SELECT "customers".* FROM "customers" LEFT OUTER JOIN "orders" ON "orders"."customer_id" = "customers"."id" WHERE "orders"."id" IS NULL
SELECT SUM("orders"."total") FROM "orders" WHERE "orders"."customer_id" = $1 AND (placed > '2024-01-01') -- values=[3]
SELECT "orders"."id" FROM "orders" WHERE "orders"."total" > $1 AND "orders"."kind" = 'web' ORDER BY "orders"."id" ASC LIMIT $2 -- values=[10,5]
UPDATE "settings" SET "version" = COALESCE("version", 0) + 1 WHERE "settings"."key" = 'k2'
INSERT INTO "settings" ("key", "value") VALUES ('k3', 'v') ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "version" = "settings"."version" + 1 RETURNING "key"
INSERT INTO "settings" ("key","value") VALUES ('k4', 'v'), ('k5', 'w') ON CONFLICT ("key") DO NOTHING RETURNING "key"
SELECT "customers".* FROM "customers" WHERE "customers"."id" = 3 LIMIT 1 FOR UPDATE
SELECT "settings".* FROM "settings" WHERE "settings"."version" = 1 ORDER BY "settings"."key" ASC LIMIT 1 FOR UPDATE SKIP LOCKED
SELECT attname FROM pg_attribute WHERE attrelid = '"orders"'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod, col_description(a.attrelid, a.attnum) AS comment FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attrelid = '"orders"'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum

-- Django
SELECT "customers"."id", "customers"."name" FROM "customers" WHERE ("customers"."vip" AND "customers"."created" >= '2024-01-01T00:00:00+00:00'::timestamptz) ORDER BY "customers"."id" DESC LIMIT 21
SELECT COUNT(*) AS "__count" FROM "orders" WHERE "orders"."total" >= 100.50
SELECT (1) AS "a" FROM "customers" WHERE "customers"."email" = 'x' LIMIT 1
SELECT (DATE_TRUNC('month', "orders"."placed" AT TIME ZONE 'UTC')) AS "month", COUNT("orders"."id") AS "n" FROM "orders" GROUP BY 1 ORDER BY 1 ASC
SELECT "orders"."id" FROM "orders" WHERE ("orders"."placed" AT TIME ZONE 'UTC')::date = '2024-01-10'::date
SELECT "orders"."id" FROM "orders" WHERE "orders"."placed" BETWEEN '2024-01-01 00:00:00+00:00'::timestamptz AND '2024-12-31 23:59:59.999999+00:00'::timestamptz LIMIT 10
SELECT "orders"."id" FROM "orders" WHERE EXTRACT(MONTH FROM "orders"."placed" AT TIME ZONE 'UTC') = 3
SELECT "customers"."id" FROM "customers" WHERE UPPER("customers"."name"::text) = UPPER('x')
SELECT "customers"."id" FROM "customers" WHERE UPPER("customers"."name"::text) LIKE UPPER('%x%')
SELECT "customers"."id" FROM "customers" WHERE ("customers"."prefs" -> 'lang') = '"en"'::jsonb
SELECT "customers"."id" FROM "customers" WHERE "customers"."name"::text LIKE 'na%' ESCAPE '\'
SELECT "customers"."id", COUNT("orders"."id") AS "n" FROM "customers" LEFT OUTER JOIN "orders" ON ("customers"."id" = "orders"."customer_id") GROUP BY "customers"."id" HAVING COUNT("orders"."id") > 3 ORDER BY "n" DESC LIMIT 10
SELECT "customers"."id", EXISTS(SELECT 1 AS "a" FROM "orders" U0 WHERE (U0."customer_id" = "customers"."id" AND U0."total" > 10) LIMIT 1) AS "has" FROM "customers" LIMIT 5
SELECT CASE WHEN "customers"."score" > 5.0 THEN 'high' ELSE 'low' END AS "band" FROM "customers" LIMIT 5
UPDATE "settings" SET "value" = 'x' WHERE "settings"."key" IN ('k1', 'k2')
INSERT INTO "settings" ("key", "value", "version") VALUES ('k7', 'x', 1) ON CONFLICT ("key") DO UPDATE SET "value" = EXCLUDED."value"
SELECT ("settings"."version" + 5) AS "next" FROM "settings" WHERE "settings"."key" = 'k1'
SELECT "customers"."id" FROM "customers" WHERE "customers"."created" > (NOW() - '30 days'::interval)
SELECT "customers"."id" FROM "customers" WHERE (("customers"."created" + '1 day'::interval) > '2024-01-01'::timestamptz)

-- SQLAlchemy, Alembic
SELECT customers.id, customers.name FROM customers WHERE customers.name = $1::VARCHAR -- values=["x"]
SELECT orders.id FROM orders WHERE orders.total > $1::NUMERIC(12, 2) AND orders.placed > $2::TIMESTAMP WITH TIME ZONE LIMIT $3::INTEGER -- values=[10,"2024-01-01",5]
SELECT orders.id AS orders_id FROM orders WHERE orders.id IN (1, 2, 3) AND orders.qty = 3
SELECT anon_1.customer_id, anon_1.n FROM (SELECT customer_id AS customer_id, count(*) AS n FROM orders GROUP BY customer_id) AS anon_1 WHERE anon_1.n > 3
SELECT count(*) AS count_1 FROM (SELECT orders.id AS id FROM orders WHERE orders.status = 'paid') AS anon_1
INSERT INTO settings (key, value, version) VALUES ($1::VARCHAR, $2::VARCHAR, $3::INTEGER) ON CONFLICT (key) DO UPDATE SET value = excluded.value -- values=["k8","v",1]
INSERT INTO settings (key, value, version) SELECT p0::TEXT, p1::TEXT, p2::INTEGER FROM (VALUES ('k9', 'x', 1, 0), ('k10', 'x', 1, 1)) AS imp_sen(p0, p1, p2, sen_counter) ORDER BY sen_counter ON CONFLICT DO NOTHING RETURNING settings.key
SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = 'orders' AND pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm']) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != 'pg_catalog'
SELECT lag(orders.total, 1) OVER (PARTITION BY orders.customer_id ORDER BY orders.placed) AS anon_1 FROM orders WHERE orders.customer_id = 4
SELECT coalesce(sum(orders.total), 0) AS s FROM orders WHERE orders.customer_id = 3
SELECT CAST(orders.total AS FLOAT) / CAST(2 AS FLOAT) AS half FROM orders WHERE orders.id = 3

-- Prisma, Sequelize, TypeORM, Drizzle, Knex
SELECT "public"."customers"."id", "public"."customers"."name" FROM "public"."customers" WHERE ("public"."customers"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3 -- values=[3,1,0]
SELECT "public"."orders"."id" FROM "public"."orders" WHERE "public"."orders"."customer_id" IN ($1,$2) OFFSET $3 -- values=[1,2,0]
SELECT COUNT(*) FROM (SELECT "public"."orders"."id" FROM "public"."orders" WHERE "public"."orders"."total" > $1 OFFSET $2) AS "sub" -- values=[10,0]
SELECT "public"."orders"."status"::text FROM "public"."orders" WHERE "public"."orders"."status" = CAST($1::text AS "public"."order_status") LIMIT $2 -- values=["paid",3]
SELECT "t1"."id", (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t2"."id") AS "__prisma_data__" FROM "public"."orders" AS "t2" WHERE "t1"."id" = "t2"."customer_id" LIMIT $1) AS "t3") AS "orders" FROM "public"."customers" AS "t1" WHERE "t1"."id" = $2 -- values=[3,1]
INSERT INTO "public"."settings" ("key","value","version") VALUES ($1,$2,$3) ON CONFLICT ("key") DO UPDATE SET "value" = $4 WHERE ("public"."settings"."key" = $5 AND 1=1) RETURNING "public"."settings"."key" -- values=["k11","a",1,"b","k11"]
UPDATE "public"."settings" SET "version" = ("public"."settings"."version" + $1) WHERE ("public"."settings"."key" = $2 AND 1=1) -- values=[1,"k1"]
SELECT "id", "name" FROM "customers" AS "Customer" WHERE "Customer"."email" LIKE '%x%' AND "Customer"."vip" = true ORDER BY "Customer"."created" DESC LIMIT 10
SELECT count(*) AS "count" FROM "customers" AS "Customer" WHERE ("Customer"."deleted_at" IS NULL AND ("Customer"."id" >= 3 AND "Customer"."id" <= 9))
SELECT "id" FROM "customers" AS "Customer" WHERE "Customer"."created" BETWEEN '2024-01-01 00:00:00.000 +00:00' AND '2024-06-01 00:00:00.000 +00:00'
SELECT "id" FROM "customers" AS "Customer" WHERE ("Customer"."prefs"#>>'{lang}') = 'en' LIMIT 2
INSERT INTO "settings" ("key","value") VALUES ($1,$2) ON CONFLICT ("key") DO UPDATE SET "value"=EXCLUDED."value" RETURNING "key","value" -- values=["k12","x"]
SELECT DISTINCT "distinctAlias"."Order_id" AS "ids_Order_id" FROM (SELECT "Order"."id" AS "Order_id", "Order"."total" AS "Order_total" FROM "orders" "Order" WHERE "Order"."total" > $1) "distinctAlias" ORDER BY "Order_id" ASC LIMIT 10 -- values=[900]
select "id" from "orders" where ("orders"."total" > $1 and "orders"."qty" in ($2, $3)) order by "orders"."placed" desc limit $4 -- values=[10,3,4,5]
select * from "orders" where "customer_id" = $1 and "kind" in ($2) limit $3 -- values=[3,"web",5]
select count("id") as "cnt", "kind" from "orders" group by "kind" having count("id") > $1 -- values=[2]

-- Entity Framework, GORM, Ecto, jOOQ
SELECT u."Id", u."UserName" FROM "Users" AS u WHERE u."Id" = $1 LIMIT 2 -- values=[3]
SELECT u."Id" FROM "Users" AS u WHERE u."CreatedAt" >= $1 AND u."RoleId" = ANY ($2) ORDER BY u."Id" LIMIT $4 OFFSET $3 -- values=["2024-01-01",[1,2],0,5]
SELECT count(*)::int FROM "Posts" AS p WHERE p."Views" > 10
SELECT p."Id", u."UserName" FROM "Posts" AS p INNER JOIN "Users" AS u ON p."AuthorId" = u."Id" WHERE p."PublishedAt" > TIMESTAMP '2024-01-01T00:00:00' ORDER BY p."PublishedAt" DESC LIMIT 10
SELECT COALESCE(sum(p."Views"), 0)::int FROM "Posts" AS p WHERE p."AuthorId" = $1 -- values=[3]
SELECT date_trunc('day', p."PublishedAt"::timestamp) AS "Day", count(*)::int AS "N" FROM "Posts" AS p GROUP BY date_trunc('day', p."PublishedAt"::timestamp)
SELECT CASE WHEN EXISTS (SELECT 1 FROM "Users" AS u WHERE u."UserName" = 'u3') THEN TRUE ELSE FALSE END
SELECT t."Id" FROM (SELECT p."Id", ROW_NUMBER() OVER(PARTITION BY p."AuthorId" ORDER BY p."Views" DESC) AS row FROM "Posts" AS p) AS t WHERE t.row <= 2
UPDATE "Posts" AS p SET "Views" = p."Views" + 1 WHERE p."Id" = $1 -- values=[3]
DELETE FROM "Posts" AS p WHERE p."AuthorId" = -1
INSERT INTO "Posts" ("Id", "AuthorId", "Title") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING "Id" -- values=[1,2,"t"]
SELECT * FROM "customers" WHERE "customers"."deleted_at" IS NULL AND "customers"."id" = 10 ORDER BY "customers"."id" LIMIT 1
SELECT count(*) FROM "orders" WHERE status = 'paid' AND "orders"."customer_id" IN (1,2)
SELECT o0."id", o0."total" FROM "orders" AS o0 WHERE (o0."customer_id" = $1) AND (o0."placed" > $2::timestamptz + (-(1)::numeric * interval '1 day')) -- values=[3,"2024-01-01"]
SELECT c0."id" FROM "customers" AS c0 WHERE (c0."id" = ANY($1)) ORDER BY c0."id" -- values=[[1,2]]
SELECT sum(coalesce(o0."total", 0::decimal)) FROM "orders" AS o0 WHERE o0."qty" = 3
select "public"."orders"."id" from "public"."orders" where ("public"."orders"."placed" >= cast($1 as timestamp with time zone) and "public"."orders"."kind" like (('%' || replace($2, '!', '!!')) || '%') escape '!') -- values=["2024-01-01","w"]
select "o"."id", sum("o"."total") over (partition by "o"."customer_id" order by "o"."id" rows between unbounded preceding and current row) from "public"."orders" as "o" where "o"."customer_id" = cast($1 as bigint) -- values=[3]

-- Metabase, Looker, Tableau, Superset, Grafana
SELECT CAST("public"."orders"."placed" AS date) AS "placed", COUNT(*) AS "count" FROM "public"."orders" WHERE ("public"."orders"."placed" >= CAST((CAST(NOW() AS timestamp) + (INTERVAL '-30 day')) AS date)) AND ("public"."orders"."placed" < CAST(NOW() AS date)) GROUP BY CAST("public"."orders"."placed" AS date) ORDER BY CAST("public"."orders"."placed" AS date) ASC
SELECT DATE_TRUNC('month', "public"."orders"."placed") AS "placed", SUM("public"."orders"."total") AS "sum" FROM "public"."orders" WHERE "public"."orders"."placed" >= DATE_TRUNC('month', (NOW() + (INTERVAL '-12 month'))) GROUP BY DATE_TRUNC('month', "public"."orders"."placed") ORDER BY DATE_TRUNC('month', "public"."orders"."placed") ASC
SELECT (CAST(extract(dow from "public"."orders"."placed") AS integer) + 1) AS "dow", COUNT(*) AS "count" FROM "public"."orders" GROUP BY (CAST(extract(dow from "public"."orders"."placed") AS integer) + 1) ORDER BY (CAST(extract(dow from "public"."orders"."placed") AS integer) + 1) ASC
SELECT FLOOR(("public"."orders"."total" / 100.0)) * 100.0 AS "total", COUNT(*) AS "count" FROM "public"."orders" GROUP BY FLOOR(("public"."orders"."total" / 100.0)) * 100.0 ORDER BY FLOOR(("public"."orders"."total" / 100.0)) * 100.0 ASC
SELECT "source"."kind" AS "kind", AVG("source"."n") AS "avg" FROM (SELECT "public"."orders"."kind" AS "kind", CAST("public"."orders"."placed" AS date) AS "day", COUNT(*) AS "n" FROM "public"."orders" GROUP BY "public"."orders"."kind", CAST("public"."orders"."placed" AS date)) "source" GROUP BY "source"."kind" LIMIT 10000
SELECT DATE(orders.placed ) AS "orders.placed_date", COUNT(DISTINCT orders.id ) AS "orders.count" FROM public.orders AS orders WHERE ((( orders.placed ) >= ((SELECT (DATE_TRUNC('day', CURRENT_TIMESTAMP) + (-6 || ' day')::INTERVAL))) AND ( orders.placed ) < ((SELECT ((DATE_TRUNC('day', CURRENT_TIMESTAMP) + (-6 || ' day')::INTERVAL) + (7 || ' day')::INTERVAL))))) GROUP BY (DATE(orders.placed )) ORDER BY 1 DESC LIMIT 500
SELECT COALESCE(SUM(CASE WHEN (orders.status = 'paid') THEN orders.total ELSE NULL END), 0) AS "orders.paid_total" FROM public.orders AS orders LIMIT 500
SELECT TO_CHAR(DATE_TRUNC('month', orders.placed ), 'YYYY-MM') AS "m", COUNT(*) AS "n" FROM public.orders AS orders GROUP BY DATE_TRUNC('month', orders.placed ) ORDER BY 1 DESC FETCH NEXT 500 ROWS ONLY
SELECT "orders"."kind" AS "kind", SUM("orders"."total") AS "sum:total:ok", DATE_TRUNC( 'MONTH', CAST("orders"."placed" AS TIMESTAMP) ) AS "tmn:placed:ok" FROM "public"."orders" "orders" WHERE (("orders"."status" <> 'new') AND (CAST("orders"."placed" AS TIMESTAMP) >= (TIMESTAMP '2024-01-01 00:00:00.000'))) GROUP BY 1, 3
SELECT CAST(TRUNC(EXTRACT(YEAR FROM "orders"."placed")) AS INTEGER) AS "yr:placed:ok", SUM(1) AS "cnt" FROM "public"."orders" "orders" GROUP BY 1 HAVING (COUNT(1) > 0)
SELECT 1 AS "col" FROM "public"."orders" "orders" HAVING (COUNT(1) > 0)
SELECT DATE_TRUNC('day', placed) AS __timestamp, kind AS kind, sum(total) AS "SUM(total)" FROM (SELECT * FROM orders WHERE qty > 1) AS virtual_table WHERE placed >= TO_TIMESTAMP('2024-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND placed < TO_TIMESTAMP('2024-06-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') GROUP BY DATE_TRUNC('day', placed), kind ORDER BY "SUM(total)" DESC LIMIT 10000
SELECT extract(epoch from date_trunc('hour', at)) AS "time", count(*) AS "n" FROM events WHERE at >= '2024-01-01T00:00:00Z' AND at <= '2024-01-02T00:00:00Z' GROUP BY 1 ORDER BY 1
SELECT at AS "time", value FROM events WHERE at BETWEEN '2024-01-01T00:00:00Z' AND '2024-01-02T00:00:00Z' AND device IN ('3','4') ORDER BY 1
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'orders' ORDER BY ordinal_position
SELECT c.relname, n.nspname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','') AND n.nspname !~ '^pg_toast' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1, 2
SELECT datname, pg_database_size(datname) FROM pg_database WHERE datistemplate = false
SELECT pid, state, query FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()
SELECT relname, n_live_tup, seq_scan FROM pg_stat_user_tables ORDER BY n_live_tup DESC LIMIT 20

-- Writing
INSERT INTO settings (key, value) VALUES ('w1', 'x') ON CONFLICT (key) DO NOTHING
INSERT INTO settings SELECT 'w' || g, 'v' FROM generate_series(100, 102) g ON CONFLICT DO NOTHING
INSERT INTO settings (key, value, version) VALUES ('w2', 'x', DEFAULT) ON CONFLICT (key) DO UPDATE SET version = settings.version + 1 WHERE settings.version < 5 RETURNING *, (xmax = 0) AS inserted
INSERT INTO events (id, at, device, kind, payload, value) VALUES (1, '2024-05-05', 3, 'k', '{"a": 1}', 2.5)
INSERT INTO events (id, at, device) SELECT 1, now(), 3 FROM generate_series(1, 3)
UPDATE settings SET value = 'y' WHERE key = 'k1' AND version > 0 RETURNING version
UPDATE settings SET (value, version) = ('a', 2) WHERE key = 'k1'
UPDATE settings SET (value, version) = (SELECT name, 1 FROM customers WHERE id = 3) WHERE key = 'k2'
UPDATE settings s SET value = c.name FROM customers c WHERE c.email = 'nope' AND s.key = c.name
UPDATE customers SET prefs = jsonb_set(prefs, '{lang}', '"de"'), tags = array_append(tags, 'x') WHERE id = -1
UPDATE customers SET score = score * 1.1, deleted_at = now() + interval '1 day' WHERE id = -1 AND vip = false
UPDATE orders SET status = 'shipped', shipped = timestamp '2024-01-01' WHERE id = -1
UPDATE settings SET version = CASE WHEN version > 3 THEN 1 ELSE version + 1 END WHERE key IN (SELECT key FROM settings WHERE version = 1 ORDER BY key LIMIT 2 FOR UPDATE SKIP LOCKED)
DELETE FROM settings WHERE key LIKE 'w%' AND version > 100
DELETE FROM settings USING customers c WHERE settings.key = c.name AND c.id = 3
DELETE FROM items WHERE (order_id, line) IN ((0, 1), (0, 2))
DELETE FROM settings WHERE ctid = ANY (ARRAY(SELECT ctid FROM settings WHERE value = 'zz' LIMIT 10))
MERGE INTO settings s USING (VALUES ('k1', 'm')) AS v (key, value) ON s.key = v.key WHEN MATCHED THEN UPDATE SET value = v.value WHEN NOT MATCHED THEN INSERT (key, value) VALUES (v.key, v.value) -- since=15
MERGE INTO settings s USING customers c ON s.key = c.name AND c.id = 3 WHEN MATCHED AND s.version > 5 THEN DELETE WHEN MATCHED THEN DO NOTHING -- since=15
MERGE INTO settings s USING (SELECT 'k2' AS key) v ON s.key = v.key WHEN MATCHED THEN UPDATE SET version = 3 RETURNING merge_action(), s.key -- since=17
UPDATE settings SET value = 'z' WHERE key = 'k1' RETURNING old.value, new.value -- since=18
SELECT key FROM settings WHERE key = 'k1' FOR UPDATE
SELECT key FROM settings WHERE key = 'k1' FOR SHARE NOWAIT
SELECT s.key FROM settings s JOIN customers c ON c.name = s.key FOR UPDATE OF s
SELECT id FROM audit WHERE id = 3
SELECT id FROM audit WHERE id = 3 FOR UPDATE -- code=insufficient_privilege
SELECT a.id FROM audit a, settings s WHERE s.key = a.who FOR KEY SHARE OF a -- code=insufficient_privilege
INSERT INTO audit VALUES (7, 'a', 'b', now()) ON CONFLICT DO NOTHING -- code=insufficient_privilege
UPDATE audit SET what = 'x' WHERE id = 3 -- code=insufficient_privilege
DELETE FROM audit WHERE id = -3 -- code=insufficient_privilege
MERGE INTO audit a USING settings s ON a.who = s.key WHEN MATCHED THEN UPDATE SET what = s.value -- since=15 code=insufficient_privilege

-- Rules make several statements of it
INSERT INTO noted DEFAULT VALUES -- code=not_explainable_statement

-- Not plans
BEGIN -- code=not_explainable_statement
DECLARE cur CURSOR FOR SELECT id FROM orders WHERE qty = 3 -- code=not_explainable_statement
FETCH 10 FROM cur -- code=not_explainable_statement
CLOSE cur -- code=not_explainable_statement
SAVEPOINT a -- code=not_explainable_statement
RELEASE SAVEPOINT a -- code=not_explainable_statement
COMMIT -- code=not_explainable_statement
SET work_mem = '8MB' -- code=not_explainable_statement
RESET work_mem -- code=not_explainable_statement
SHOW work_mem -- code=not_explainable_statement
EXPLAIN SELECT 1 -- code=not_explainable_statement
LISTEN channel -- code=not_explainable_statement
CREATE TEMP TABLE scratch AS SELECT id FROM orders WHERE qty = 3 -- code=not_explainable_statement
SELECT count(*) FROM scratch WHERE id > 5 -- code=undefined_relation
DROP TABLE scratch -- code=not_explainable_statement
DO 'BEGIN NULL; END' -- code=not_explainable_statement
