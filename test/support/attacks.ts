/**
 * Places where a statement can name or imply code of its application's role, which EXPLAIN then
 * runs with the rights of whoever asks. `@` stands before each name that can be qualified. Setups
 * run as the application's role in a schema of its own, which has `evil` (int → int), `yes` (int →
 * bool), table `t` (id 1…200, name), an empty one, `one` (name), enum `c` with `te` (e), and
 * whatever a setup adds; `superuser` runs as superuser, with `$role` and `$schema`.
 */
export interface Attack {
  name: string;
  setup?: string;
  superuser?: string;
  text: string;
  /**
   * The server's own EXPLAIN does not run it while planning: what counts is only that ours does not
   * either.
   */
  dormant?: true;
  /**
   * Planned without what it would run, which the closed path does not find, or with an error for
   * that reason.
   */
  planned?: true;
  /** It is meant only where the path names pg_catalog after the schema. */
  later?: true;
  /** First and last major version of the server. */
  since?: number;
  until?: number;
}

const view = 'CREATE VIEW v AS SELECT evil(1) AS a FROM t';
const domain = 'CREATE DOMAIN d AS int CHECK (yes(VALUE))';
const compare = (name: string, operator: string, extra = '') =>
  `CREATE FUNCTION ${name}(c, c) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ` +
  `RETURN yes(1); END $f$; CREATE OPERATOR ${operator} (FUNCTION = ${name}, LEFTARG = c, ` +
  `RIGHTARG = c${extra})`;
const equals = compare('same', '=', ', RESTRICT = eqsel, JOIN = eqjoinsel');

export const attacks: readonly Attack[] = [
  { name: 'a call', text: 'SELECT id FROM @t WHERE id = @evil(1)' },
  { name: 'a call in FROM', text: 'SELECT count(*) FROM @evil(1) x', dormant: true },
  { name: 'an argument of a set', text: 'SELECT count(*) FROM generate_series(1, @evil(3)) x' },
  {
    name: 'an aggregate',
    setup: 'CREATE AGGREGATE ag (int) (SFUNC = int4pl, STYPE = int, FINALFUNC = evil)',
    text: 'SELECT @ag(id) FROM @t',
    dormant: true,
  },
  {
    name: 'a call in a CTE that changes',
    superuser: 'GRANT UPDATE ON $schema.t TO dbintel',
    text:
      'WITH x AS (UPDATE @t SET id = @evil(id) WHERE false RETURNING id) SELECT count(*) ' +
      'FROM x WHERE id = @evil(2)',
  },
  { name: 'a view', setup: view, text: 'SELECT a FROM @v' },
  {
    name: 'a view on a view',
    setup: `${view}; CREATE VIEW w AS SELECT * FROM v; CREATE VIEW u AS SELECT * FROM w`,
    text: 'SELECT a FROM @u',
  },
  {
    name: 'a security barrier',
    setup: 'CREATE VIEW b WITH (security_barrier) AS SELECT id FROM t WHERE id = evil(1)',
    text: 'SELECT id FROM @b',
  },
  {
    name: 'a view under a CTE of its name',
    setup: view,
    text: 'WITH v AS (SELECT * FROM @v) SELECT count(*) FROM v WHERE a = 1',
  },
  {
    name: 'a view beside a CTE of its name in another scope',
    setup: view,
    text:
      'SELECT count(*) FROM @v AS own, (WITH v AS (SELECT 1) SELECT * FROM v) q ' +
      'WHERE own.a = 1',
  },
  {
    name: 'a view after a nested CTE of its name',
    setup: view,
    text:
      'WITH x AS (WITH v AS (SELECT 1 AS a) SELECT a FROM v) SELECT count(*) ' +
      'FROM x, @v AS own WHERE own.a = 1',
  },
  {
    name: 'a view before the CTE of its name',
    setup: view,
    text:
      'WITH x AS (SELECT a FROM @v WHERE a = 1), v AS (SELECT 1 AS a) SELECT count(*) ' +
      'FROM x, v',
  },
  {
    name: 'a view in a set operation beside a CTE',
    setup: view,
    text: '(WITH v AS (SELECT 1 AS a) SELECT a FROM v) UNION ALL SELECT a FROM @v',
  },
  {
    name: 'a view in a sub-link',
    setup: view,
    text: 'SELECT id FROM @t WHERE id IN (SELECT a FROM @v)',
  },
  { name: 'TABLE', setup: view, text: 'TABLE @v' },
  {
    name: 'a view like one of the server',
    setup: "CREATE VIEW pg_tables AS SELECT 'n'::name AS tablename FROM t WHERE id = evil(1)",
    text: "SELECT tablename FROM @pg_tables WHERE tablename = 'a'",
    later: true,
  },
  {
    name: 'a rule',
    setup: 'CREATE RULE r AS ON UPDATE TO t DO ALSO SELECT evil(1)',
    superuser: 'GRANT UPDATE ON $schema.t TO dbintel',
    text: 'UPDATE @t SET id = id WHERE false',
  },
  {
    name: 'a default',
    setup: 'CREATE TABLE df (a int, b int DEFAULT evil(1))',
    superuser: 'GRANT INSERT ON $schema.df TO dbintel',
    text: 'INSERT INTO @df (a) SELECT 1 WHERE false',
  },
  {
    name: 'a policy',
    setup: 'ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = evil(1))',
    text: 'SELECT count(*) FROM @t',
  },
  {
    name: 'a policy that reads a view',
    setup:
      'CREATE TABLE other (a int); CREATE VIEW v AS SELECT evil(1) AS a FROM other; GRANT ' +
      'SELECT ON v TO PUBLIC; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ' +
      'ON t USING (EXISTS (SELECT FROM v WHERE a > id))',
    text: 'SELECT count(*) FROM @t',
  },
  {
    name: 'a check',
    setup: 'CREATE TABLE ck (a int CHECK (a <> evil(1)))',
    text: 'SELECT a FROM @ck WHERE a = 1',
    dormant: true,
  },
  {
    name: 'an index',
    setup: 'CREATE INDEX ON t ((id + evil(1)))',
    text: 'SELECT id FROM @t WHERE id = 1',
  },
  {
    name: 'an index predicate',
    setup: 'CREATE INDEX ON t (id) WHERE id > evil(1)',
    text: 'SELECT id FROM @t WHERE id = 1',
  },
  {
    name: 'statistics',
    setup:
      'CREATE TABLE st (a int, b int); CREATE STATISTICS s ON (a + evil(1)), b FROM st; ' +
      'INSERT INTO st SELECT g, g FROM generate_series(1, 200) g; ANALYZE st',
    text: 'SELECT a FROM @st WHERE a = 1 AND b = 2',
  },
  {
    name: 'a partition key',
    setup:
      'CREATE TABLE pk (a int) PARTITION BY RANGE ((a + evil(1))); CREATE TABLE pk1 ' +
      'PARTITION OF pk FOR VALUES FROM (0) TO (1000)',
    text: 'SELECT a FROM @pk WHERE a = 1',
  },
  {
    name: 'the partition of such a key',
    setup:
      'CREATE TABLE pk (a int) PARTITION BY RANGE ((a + evil(1))); CREATE TABLE pk1 ' +
      'PARTITION OF pk FOR VALUES FROM (0) TO (1000)',
    text: 'SELECT a FROM @pk1 WHERE a = 1',
    dormant: true,
  },
  {
    name: 'an index of a child',
    setup: 'CREATE TABLE child () INHERITS (t); CREATE INDEX ON child ((id + evil(1)))',
    text: 'SELECT id FROM @t WHERE id = 1',
  },
  {
    name: 'an index of a materialised view',
    setup: 'CREATE MATERIALIZED VIEW mv AS SELECT id FROM t; CREATE INDEX ON mv ((id + evil(1)))',
    text: 'SELECT id FROM @mv WHERE id = 1',
  },
  {
    name: 'a column that is computed',
    setup: 'CREATE TABLE gc (a int, b int GENERATED ALWAYS AS (a + evil(1)) STORED)',
    text: 'SELECT a FROM @gc WHERE b = 1',
    dormant: true,
  },
  {
    name: 'BETWEEN',
    setup: `${compare('ge', '>=')}; ${compare('le', '<=')}`,
    text: "SELECT count(*) FROM @te WHERE 'x'::@c BETWEEN 'x'::@c AND 'y'::@c",
  },
  {
    name: 'NOT BETWEEN SYMMETRIC',
    setup: `${compare('lt', '<')}; ${compare('gt', '>')}`,
    text: "SELECT count(*) FROM @te WHERE 'x'::@c NOT BETWEEN SYMMETRIC 'x'::@c AND 'y'::@c",
  },
  {
    name: 'IN (SELECT …)',
    setup: equals,
    text: 'SELECT count(*) FROM @te WHERE e IN (SELECT e FROM @te)',
  },
  {
    name: 'IN a list',
    setup: equals,
    text: "SELECT count(*) FROM @te WHERE e IN ('x'::@c, 'y'::@c)",
  },
  {
    name: 'ANY',
    setup: equals,
    text: "SELECT count(*) FROM @te WHERE 'x'::@c = ANY (ARRAY['x'::@c])",
  },
  {
    name: 'JOIN … USING',
    setup: equals,
    text: 'SELECT count(*) FROM @te JOIN @te AS other USING (e)',
  },
  {
    name: 'NATURAL JOIN',
    setup: equals,
    text: 'SELECT count(*) FROM @te NATURAL JOIN @te AS other',
  },
  {
    name: 'CASE x WHEN',
    setup: equals,
    text: "SELECT CASE 'x'::@c WHEN 'x'::@c THEN 1 END FROM @t",
  },
  { name: 'NULLIF', setup: equals, text: "SELECT NULLIF('x'::@c, 'y'::@c) FROM @t" },
  {
    name: 'IS DISTINCT FROM',
    setup: equals,
    text: "SELECT id FROM @t WHERE 'x'::@c IS DISTINCT FROM 'y'::@c",
  },
  {
    name: 'LIKE',
    setup: compare('alike', '~~'),
    text: "SELECT id FROM @t WHERE 'x'::@c LIKE 'y'::@c",
  },
  {
    name: 'an operator',
    setup: compare('same', '==='),
    text: "SELECT id FROM @t WHERE 'x'::@c === 'y'::@c",
  },
  {
    name: 'an operator, written out',
    setup: compare('same', '==='),
    text: "SELECT id FROM @t WHERE 'x'::@c OPERATOR($schema.===) 'y'::@c",
  },
  {
    name: 'an operator before its operand',
    setup: 'CREATE OPERATOR ~~~ (FUNCTION = evil, RIGHTARG = int)',
    text: 'SELECT id FROM @t WHERE id = ~~~ 1',
  },
  {
    name: 'the commutator of an operator',
    setup:
      'CREATE FUNCTION more(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      'RETURN yes(1); END $f$; CREATE OPERATOR <<< (FUNCTION = int4gt, LEFTARG = int, ' +
      'RIGHTARG = int, COMMUTATOR = >>>, RESTRICT = scalargtsel); ' +
      'CREATE OPERATOR >>> (FUNCTION = more, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ' +
      '<<<, RESTRICT = scalarltsel)',
    text: 'SELECT id FROM @t WHERE 5 <<< id',
  },
  {
    name: 'the negator of an operator',
    setup:
      'CREATE FUNCTION unlike(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ ' +
      'BEGIN RETURN yes(1); END $f$; CREATE OPERATOR <<<< (FUNCTION = int4gt, LEFTARG = ' +
      'int, RIGHTARG = int, NEGATOR = >>>>, RESTRICT = scalargtsel); ' +
      'CREATE OPERATOR >>>> (FUNCTION = unlike, LEFTARG = int, RIGHTARG = int, NEGATOR = ' +
      '<<<<, RESTRICT = scalarltsel)',
    text: 'SELECT id FROM @t WHERE NOT (id <<<< 5)',
  },
  { name: 'a domain', setup: domain, text: "SELECT id FROM @t WHERE id = '1'::@d", dormant: true },
  {
    name: 'a domain by its name as a function',
    setup: domain,
    text: 'SELECT id FROM @t WHERE id = @d(1)',
    dormant: true,
  },
  {
    name: 'a domain as a column',
    setup: `${domain}; CREATE TABLE td (a d)`,
    text: 'SELECT a FROM @td WHERE a = 1',
    dormant: true,
  },
  {
    name: 'an array of a domain',
    setup: domain,
    text: "SELECT id FROM @t WHERE id = ANY ('{1,2}'::@d[])",
  },
  {
    name: 'a composite of a domain',
    setup: `${domain}; CREATE TYPE comp AS (a d)`,
    text: "SELECT id FROM @t WHERE id = ('(1)'::@comp).a",
  },
  {
    name: 'a composite of arrays of a composite',
    setup: `${domain}; CREATE TYPE comp AS (a d); CREATE TYPE outside AS (many comp[])`,
    text: `SELECT id FROM @t WHERE ('("{(1)}")'::@outside) IS NOT NULL`,
  },
  {
    name: 'the row of a table',
    setup: `${domain}; CREATE TABLE rows (a d)`,
    text: "SELECT id FROM @t WHERE id = ('(1)'::@rows).a",
  },
  {
    name: 'a range of a domain',
    setup: `${domain}; CREATE TYPE r AS RANGE (SUBTYPE = d)`,
    text: "SELECT id FROM @t WHERE NOT isempty('[1,2)'::@r)",
  },
  {
    name: 'columns of a function',
    setup: domain,
    text: `SELECT count(*) FROM json_to_record('{"a":1}') AS x(a @d)`,
    dormant: true,
  },
  {
    name: 'a domain that JSON returns',
    setup: domain,
    text: `SELECT id FROM @t WHERE id = JSON_VALUE('{"a":1}'::jsonb, '$.a' RETURNING @d)`,
    since: 17,
    dormant: true,
  },
  {
    name: 'a record read from JSON',
    setup: `${domain}; CREATE TYPE comp AS (a d)`,
    text: `SELECT id FROM @t WHERE id = (jsonb_populate_record(NULL::@comp, '{"a":1}')).a`,
  },
  {
    name: 'a cast',
    setup:
      'CREATE FUNCTION toint(c) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN ' +
      'evil(1); END $f$; CREATE CAST (c AS int) WITH FUNCTION toint(c) AS IMPLICIT',
    text: "SELECT id FROM @t WHERE id = 'x'::@c + 1",
  },
  {
    name: 'a cast to JSON',
    setup:
      'CREATE FUNCTION tojson(c) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      "PERFORM evil(1); RETURN 'null'; END $f$; CREATE CAST (c AS json) WITH FUNCTION " +
      'tojson(c)',
    text: "SELECT name FROM @t WHERE name = to_json('x'::@c)::text",
  },
  {
    name: 'column notation',
    setup:
      'CREATE FUNCTION evl(t) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN ' +
      'evil(1); END $f$',
    text: 'SELECT t.evl FROM @t',
    dormant: true,
  },
  { name: 'column notation of a value', text: 'SELECT id FROM @t WHERE id = (1).evil' },
  {
    name: 'column notation of a cast',
    setup: 'CREATE DOMAIN dt AS text CHECK (yes(1))',
    text: "SELECT id FROM @t WHERE name = ('x'::text).dt",
    dormant: true,
  },
  {
    name: 'an overload of a built-in',
    setup:
      'CREATE FUNCTION lower(c) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      "PERFORM evil(1); RETURN ''; END $f$",
    text: "SELECT id FROM @t WHERE name = @lower('x'::@c)",
  },
  {
    name: 'an overload in place of a built-in',
    setup:
      'CREATE FUNCTION abs(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN ' +
      'evil(1); END $f$',
    text: 'SELECT id FROM @t WHERE id = @abs(-1)',
    later: true,
  },
  {
    name: 'an overload for another type',
    setup:
      'CREATE FUNCTION lower(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      "PERFORM evil(1); RETURN ''; END $f$",
    text: 'SELECT id FROM @t WHERE name = @lower(1)',
  },
  {
    name: 'a superuser’s function that looks names up',
    setup:
      'CREATE FUNCTION helper(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      'RETURN evil($1); END $f$',
    superuser:
      'CREATE FUNCTION $schema.sufn(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ ' +
      'BEGIN RETURN helper($1); END $f$',
    text: 'SELECT id FROM @t WHERE id = @sufn(7)',
    planned: true,
  },
  {
    name: 'a superuser’s SQL function',
    setup:
      'CREATE FUNCTION helper(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      'RETURN evil($1); END $f$',
    superuser:
      'CREATE FUNCTION $schema.sufn(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC ' +
      'SELECT helper($1); END',
    text: 'SELECT id FROM @t WHERE id = @sufn(7)',
  },
  {
    name: 'an operator class made by a superuser',
    setup:
      `${compare('less', '<#')}; ${compare('same', '=#')}; ` +
      'CREATE FUNCTION cmp(c, c) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM ' +
      'evil(1); RETURN enum_cmp($1, $2); END $f$',
    superuser:
      'CREATE OPERATOR CLASS $schema.oc DEFAULT FOR TYPE $schema.c USING btree AS OPERATOR ' +
      '1 <#, OPERATOR 3 =#, FUNCTION 1 cmp(c, c)',
    text: 'SELECT e FROM @te GROUP BY e ORDER BY e',
    dormant: true,
  },
  {
    name: 'a schema read as XML',
    setup: 'CREATE VIEW v AS SELECT evil(1) AS a',
    text: "SELECT name FROM @one WHERE name = schema_to_xml('$schema', true, true, '')::text",
  },
  {
    name: 'the current schema read as XML',
    setup: 'CREATE VIEW v AS SELECT evil(1) AS a',
    text:
      'SELECT name FROM @one WHERE name = schema_to_xml(current_schema(), true, true, ' +
      "'')::text",
    dormant: true,
  },
  {
    name: 'a table read as XML behind a view',
    setup:
      'CREATE VIEW v AS SELECT evil(1) AS a; CREATE VIEW x AS SELECT name FROM one ' +
      "WHERE name = table_to_xml('v', true, true, '')::text",
    text: 'SELECT name FROM @x',
  },
  {
    name: 'a table read as XML by a policy',
    setup:
      'CREATE VIEW v AS SELECT evil(1) AS a; GRANT SELECT ON v TO PUBLIC; ' +
      'CREATE TABLE rls (name text); ALTER TABLE rls ENABLE ROW LEVEL SECURITY; ' +
      "CREATE POLICY p ON rls USING (name = table_to_xml('v', true, true, '')::text)",
    text: 'SELECT name FROM @rls',
  },
  {
    name: 'a value read by a type that a number names',
    setup: domain,
    text: "SELECT name FROM @one WHERE name = array_in('{1}'::cstring, $domain, -1)::text",
  },
  {
    name: 'a value tested for a type that a string names',
    setup: domain,
    text: "SELECT id FROM @t WHERE name = pg_input_is_valid('1', '$schema.d')::text",
    since: 16,
  },
  {
    name: 'ORDER BY … USING',
    setup:
      `${compare('less', '<#')}; ${compare('same', '=#')}; ` +
      'CREATE FUNCTION cmp(c, c) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM ' +
      'evil(1); RETURN enum_cmp($1, $2); END $f$',
    superuser:
      'CREATE OPERATOR CLASS $schema.oc FOR TYPE $schema.c USING btree AS OPERATOR 1 <#, ' +
      'OPERATOR 3 =#, FUNCTION 1 cmp(c, c)',
    text: 'SELECT e FROM @te ORDER BY e USING <#',
    dormant: true,
  },
  {
    name: 'a multirange of a domain',
    setup: `${domain}; CREATE TYPE r AS RANGE (SUBTYPE = d, MULTIRANGE_TYPE_NAME = mr)`,
    text: "SELECT id FROM @t WHERE NOT isempty('{[1,2)}'::@mr)",
  },
  {
    name: 'a domain over a domain',
    setup: `${domain}; CREATE DOMAIN dd AS d`,
    text: "SELECT id FROM @t WHERE id = ANY ('{1}'::@dd[])",
  },
  {
    name: 'a default of a superuser’s function',
    setup: 'SELECT 1',
    superuser:
      'CREATE FUNCTION $schema.sufn(int DEFAULT $schema.evil(3)) RETURNS int ' +
      'LANGUAGE internal IMMUTABLE STRICT AS $f$int4um$f$',
    text: 'SELECT id FROM @t WHERE id = @sufn()',
  },
  {
    name: 'MERGE',
    superuser: 'GRANT UPDATE ON $schema.t TO dbintel',
    text:
      'MERGE INTO @t USING (SELECT 1 AS a WHERE false) s ON t.id = s.a ' +
      'AND t.id = @evil(1) WHEN MATCHED THEN UPDATE SET id = 1',
    since: 15,
  },
  {
    name: 'a view beside a table whose name reads like its qualified one',
    setup: `${view}; CREATE TABLE "$schema.v" (a int)`,
    text: 'SELECT count(*) FROM $schema.v AS own, @"$schema.v" AS other WHERE own.a = 1',
  },
  {
    name: 'a table by a name that reads like another’s with its schema',
    superuser: `CREATE SCHEMA ".$schema" AUTHORIZATION $role; GRANT USAGE ON SCHEMA ".$schema" TO
  dbintel; SET ROLE $role; CREATE TABLE $schema."$schema.n" (a int); CREATE TABLE ".$schema".n (a
  int);
      CREATE VIEW ".$schema"."$schema.n" AS SELECT $schema.evil(1) AS a; GRANT SELECT ON ALL
        TABLES IN SCHEMA ".$schema" TO dbintel; RESET ROLE`,
    text: 'SELECT count(*) FROM @"$schema.n" AS other, ".$schema".n AS own WHERE other.a = 1',
    dormant: true,
    planned: true,
  },
  {
    name: 'a name that the grammar of a later version keeps for itself',
    setup:
      'CREATE FUNCTION json_value(int, int) RETURNS int ' +
      'LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN evil(1); END $f$',
    text: 'SELECT id FROM @t WHERE id = @json_value(1, 1)',
    until: 16,
  },
  {
    name: 'a superuser’s function with a path of its own',
    setup:
      'CREATE FUNCTION helper(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
      'RETURN evil($1); END $f$',
    superuser:
      'CREATE FUNCTION $schema.sufn(int) RETURNS int LANGUAGE plpgsql IMMUTABLE ' +
      'SET search_path = pg_catalog, $schema AS $f$ BEGIN RETURN helper($1); END $f$',
    text: 'SELECT id FROM @t WHERE id = @sufn(7)',
  },
  {
    name: 'the default of a domain',
    setup:
      'CREATE VIEW v AS SELECT evil(1) AS a; CREATE DOMAIN xd AS text DEFAULT ' +
      "schema_to_xml('$schema', true, true, '')::text; CREATE TABLE dx (a int, b xd)",
    superuser: 'GRANT INSERT ON $schema.dx TO dbintel',
    text: 'INSERT INTO @dx (a) SELECT 1 WHERE false',
    dormant: true,
  },
];
