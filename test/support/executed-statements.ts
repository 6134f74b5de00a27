/**
 * Statements whose plans have every shape in which PostgreSQL counts time and cost at another place
 * than the tree shows: shared, late and never used CTEs, InitPlans, subplans of each row, loops,
 * parts that end early, and workers. All are executed, in a transaction that is rolled back.
 */
export const worldSql = `
CREATE TABLE a (id int PRIMARY KEY, n int, t text);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a ON DELETE CASCADE, c_id int, n int);
CREATE TABLE c (id int PRIMARY KEY, n int);
CREATE TABLE p (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
CREATE INDEX ON a (n);
CREATE INDEX ON b (a_id);
CREATE INDEX ON p (k);
CREATE INDEX ON p (v);
INSERT INTO a SELECT g, g % 97, 't' || g FROM generate_series(1, 20000) g;
INSERT INTO b SELECT g, g % 20000 + 1, g % 300 + 1, g % 10 FROM generate_series(1, 60000) g;
INSERT INTO c SELECT g, g % 7 FROM generate_series(1, 300) g;
INSERT INTO p SELECT g % 30, g FROM generate_series(1, 30000) g;
CREATE FUNCTION slow(i int) RETURNS int LANGUAGE plpgsql AS
  'BEGIN FOR j IN 1..20 LOOP i := i + 1; END LOOP; RETURN i; END';
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM slow(NEW.n); RETURN NEW; END';
CREATE TRIGGER before_c BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER after_c AFTER UPDATE ON c FOR EACH ROW EXECUTE FUNCTION noted();
ANALYZE;
`;

const parallel =
  'SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; ' +
  'SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL min_parallel_index_scan_size = 0; ' +
  'SET LOCAL max_parallel_workers_per_gather = 2';
const nestLoop = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';
const mergeJoin = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off';
const noMemoize = `${nestLoop}; SET LOCAL enable_memoize = off`;
const sortedOnly = 'SET LOCAL enable_hashagg = off';
const noMaterial =
  `${noMemoize}; SET LOCAL enable_material = off; ` + 'SET LOCAL enable_indexscan = off';

interface Executed {
  kind: string;
  settings?: string;
  statements: string[];
}

const bigCte = 'WITH x AS MATERIALIZED (SELECT id, n, slow(n) AS s FROM a WHERE n < 20)';
export const executed: Executed[] = [
  {
    kind: 'a CTE',
    statements: [
      `${bigCte} SELECT count(*) FROM x`,
      `${bigCte} SELECT * FROM x LIMIT 5`,
      `${bigCte} SELECT count(*) FROM x JOIN b ON b.a_id = x.id`,
      `${bigCte} SELECT count(*) FROM x one JOIN x two ON one.id = two.n`,
      `${bigCte} SELECT * FROM x one, x two WHERE one.id = two.id + 1 LIMIT 3`,
      `${bigCte} SELECT (SELECT count(*) FROM x WHERE x.n < c.n) FROM c LIMIT 9`,
      `${bigCte} SELECT count(*) FROM c WHERE c.id IN (SELECT n FROM x)`,
      `${bigCte} SELECT count(*) FROM c WHERE false AND c.id IN (SELECT n FROM x)`,
      `${bigCte} SELECT count(*) FROM c LEFT JOIN x ON c.id = x.n AND c.n > 100`,
      `${bigCte} SELECT id FROM x UNION ALL SELECT n FROM x UNION ALL (SELECT s FROM x LIMIT 1)`,
      `${bigCte}, y AS MATERIALIZED (SELECT n, count(*) AS k FROM x GROUP BY n) ` +
        'SELECT * FROM y one JOIN y two ON one.k = two.k JOIN x ON x.n = one.n LIMIT 500',
      'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 2000) ' +
        'SELECT count(*) FROM r',
      'WITH RECURSIVE r AS (SELECT id, n FROM a WHERE id < 5 UNION SELECT a.id, a.n FROM r ' +
        'JOIN a ON a.id = r.id + 7 WHERE a.id < 900) SELECT * FROM r ORDER BY id',
      'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT * FROM r LIMIT 500',
      'WITH i AS (INSERT INTO c SELECT g, 1 FROM generate_series(1000, 3000) g RETURNING id) ' +
        'SELECT count(*) FROM i',
      'WITH i AS (INSERT INTO c SELECT g, 1 FROM generate_series(1000, 3000) g RETURNING id) ' +
        'SELECT 1',
      'WITH i AS (INSERT INTO c SELECT g, 1 FROM generate_series(1000, 3000) g RETURNING id) ' +
        'SELECT * FROM i LIMIT 10',
      'WITH d AS (DELETE FROM b WHERE n = 3 RETURNING a_id) UPDATE c SET n = 0 ' +
        'FROM d WHERE d.a_id = c.id',
    ],
  },
  {
    kind: 'an InitPlan',
    statements: [
      'SELECT count(*) FROM a WHERE id = (SELECT max(a_id) FROM b WHERE n = 3)',
      'SELECT count(*) FROM a WHERE n > (SELECT avg(n) FROM b)',
      'SELECT id, (SELECT count(*) FROM b) FROM a WHERE n = 5',
      'SELECT id, (SELECT count(*) FROM b) FROM a ORDER BY t LIMIT 10',
      'SELECT n, count(*) FROM a GROUP BY n HAVING count(*) > (SELECT count(*) / 300 FROM b)',
      'SELECT * FROM a JOIN b ON b.a_id = a.id WHERE b.c_id = (SELECT min(id) FROM c WHERE n = 2)',
      'SELECT min(id), max(id) FROM a',
      'SELECT * FROM c WHERE EXISTS (SELECT 1 FROM b WHERE n > 100) OR id < 5',
      'SELECT (SELECT sum(n) FROM a), (SELECT sum(n) FROM b)',
      'SELECT * FROM a LIMIT (SELECT count(*) / 5000 FROM b)',
      'UPDATE c SET n = (SELECT count(*) FROM b) WHERE id < 50',
      'SELECT count(*) FROM a WHERE n = (SELECT avg(n)::int FROM b ' +
        'WHERE c_id = (SELECT max(id) FROM c))',
      'SELECT count(*) FROM a WHERE n IN ((SELECT min(n) FROM b), (SELECT max(n) FROM b))',
    ],
  },
  {
    kind: 'a subplan of each row',
    statements: [
      'SELECT id, (SELECT count(*) FROM b WHERE b.a_id = a.id) FROM a WHERE n = 9',
      'SELECT id FROM a WHERE n < 5 AND (SELECT count(*) FROM b WHERE b.a_id = a.id) > 2',
      'SELECT id FROM a WHERE id NOT IN (SELECT a_id FROM b WHERE n = 2)',
      'SELECT id FROM a WHERE n = 3 OR id IN (SELECT a_id FROM b WHERE n = 2)',
      'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id AND n > 7) OR n = 1',
      'SELECT id, (SELECT t FROM a inn WHERE inn.id = b.a_id), ' +
        '(SELECT n FROM c WHERE c.id = b.c_id) FROM b WHERE n = 4 LIMIT 700',
      'SELECT id FROM c ORDER BY (SELECT count(*) FROM b WHERE b.c_id = c.id) LIMIT 3',
      'UPDATE c SET (id, n) = (SELECT c.id, count(*) FROM b WHERE b.c_id = c.id) WHERE n = 3',
      'SELECT * FROM c WHERE n > ALL (SELECT n - 9 FROM b WHERE b.c_id = c.id)',
    ],
  },
  {
    kind: 'loops and what ends early',
    statements: [
      'SELECT * FROM a WHERE n = 5 ORDER BY id LIMIT 10',
      'SELECT * FROM a JOIN b ON b.a_id = a.id ORDER BY a.id LIMIT 10',
      'SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.a_id = a.id ORDER BY id LIMIT 1) l ' +
        'WHERE a.n = 2',
      'SELECT * FROM a JOIN b ON b.a_id = a.id WHERE a.id = -1',
      'SELECT count(*) FROM p',
      'SELECT * FROM p WHERE k = 15 OR v < 10',
      'SELECT * FROM p LIMIT 12000',
      'SELECT * FROM p ORDER BY k LIMIT 10',
      'SELECT * FROM p ORDER BY v LIMIT 10',
      'SELECT n FROM a UNION SELECT n FROM b UNION SELECT n FROM c',
      'SELECT n FROM a INTERSECT SELECT n FROM b',
      'SELECT n FROM a EXCEPT ALL SELECT n FROM b',
      'SELECT *, row_number() OVER (PARTITION BY n ORDER BY id) FROM a',
      'SELECT * FROM a ORDER BY n, t',
      'SELECT DISTINCT n FROM b',
      'SELECT n, c_id, count(*) FROM b GROUP BY GROUPING SETS ((n), (c_id), ())',
      'SELECT a.n, slow(count(*)::int) FROM a JOIN b ON b.a_id = a.id GROUP BY a.n',
      'SELECT * FROM a WHERE n = 1 OR id BETWEEN 5 AND 90',
      'SELECT * FROM generate_series(1, 3000) g JOIN a ON a.id = g',
      'UPDATE c SET n = n + 1',
      'DELETE FROM a WHERE id < 30',
      'INSERT INTO c SELECT id + 100000, n FROM a WHERE n < 30',
      'SELECT * FROM a FOR UPDATE LIMIT 100',
      'SELECT 1',
    ],
  },
  {
    kind: 'nested loops',
    settings: nestLoop,
    statements: [
      'SELECT count(*) FROM a JOIN b ON b.a_id = a.id',
      'SELECT count(*) FROM c JOIN b ON b.c_id = c.id WHERE c.n = 2',
      'SELECT count(*) FROM c one JOIN c two ON one.n = two.n',
      'SELECT * FROM b WHERE EXISTS (SELECT 1 FROM c WHERE c.id = b.c_id AND c.n = 4) LIMIT 50',
      'SELECT * FROM c WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.c_id = c.id AND b.n > 8)',
      'SELECT count(*) FROM b JOIN a ON a.id = b.a_id JOIN c ON c.id = b.c_id WHERE b.n = 6',
      `${bigCte} SELECT count(*) FROM c JOIN x ON x.n = c.n`,
    ],
  },
  {
    kind: 'nested loops without a memory',
    settings: noMemoize,
    statements: [
      'SELECT count(*) FROM b JOIN a ON a.id = b.a_id',
      'SELECT count(*) FROM c LEFT JOIN a ON a.n = c.n WHERE c.id < 30',
    ],
  },
  {
    kind: 'the inner side read again',
    settings: noMaterial,
    statements: ['SELECT count(*) FROM c one JOIN c two ON one.n = two.n WHERE one.id < 40'],
  },
  {
    kind: 'merge joins',
    settings: mergeJoin,
    statements: [
      'SELECT count(*) FROM a JOIN b ON b.a_id = a.id',
      'SELECT count(*) FROM c JOIN b ON b.id = c.id',
      'SELECT count(*) FROM a JOIN c ON a.id = c.id',
      'SELECT * FROM c JOIN a ON a.n = c.n LIMIT 20',
      'SELECT * FROM a FULL JOIN c ON a.id = c.id LIMIT 100',
    ],
  },
  {
    kind: 'sorted groups',
    settings: sortedOnly,
    statements: [
      'SELECT n, count(*) FROM b GROUP BY n',
      'SELECT DISTINCT n, c_id FROM b LIMIT 20',
      'SELECT n FROM a INTERSECT SELECT n FROM b LIMIT 5',
    ],
  },
  {
    kind: 'workers',
    settings: parallel,
    statements: [
      'SELECT count(*) FROM b',
      'SELECT count(*) FROM a JOIN b ON b.a_id = a.id',
      'SELECT n, count(*) FROM b GROUP BY n',
      'SELECT * FROM b ORDER BY n LIMIT 10',
      'SELECT * FROM b WHERE n > (SELECT avg(n) FROM a)',
      'SELECT count(*) FROM p WHERE v % 3 = 0',
      'SELECT id FROM a UNION ALL SELECT id FROM b',
      'SELECT count(*) FROM b WHERE (SELECT n FROM c WHERE c.id = b.c_id) = 3',
      `${bigCte} SELECT count(*) FROM x JOIN b ON b.a_id = x.id`,
      'SELECT * FROM b LIMIT 10',
    ],
  },
];
