import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { limits, makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * Who owns what decides, and nothing else; ordinary statements keep their plans beside what is not
 * trusted.
 */
let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: { 'pg_stat_statements.track_utility': 'off' } });
  await prepareServer(server);
  await server.sql('CREATE ROLE app');
});
afterAll(() => server.stop());

const evil =
  'CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RAISE LOG ' +
  "'evil ran as %', session_user; RETURN $1; END $f$";

interface Case {
  /** Of CREATE DATABASE. */
  like?: string;
  /** As superuser, in a database that belongs to the application's role. */
  superuser?: string;
  setup: string;
  path?: string;
  text: string;
  /** Its entry is made when it ends, and holds its literals. */
  prepared?: true;
  allow?: string[];
}

/**
 * What becomes of a statement that the application's role ran: its plan's marks, or its refusal.
 */
async function outcome({
  like = '',
  superuser = '',
  setup,
  path = 'public',
  text,
  prepared,
  allow = [],
}: Case): Promise<unknown> {
  databases += 1;
  const database = `case_${databases}`;
  await server.sql(`CREATE DATABASE ${database} OWNER app ${like}`);
  await prepareServer(server, database);
  await server.sql(
    `${superuser || 'SELECT 1'}; ALTER ROLE app IN DATABASE ${database} SET search_path = ${path}`,
    database,
  );
  await server.sql(
    `SET ROLE app; SET search_path = ${path}; ${setup}; GRANT SELECT ` +
      'ON ALL TABLES IN SCHEMA public TO dbintel',
    database,
  );
  await server.sql('SELECT pg_stat_statements_reset()');
  const application = await server.client(database);
  await application.query(`SET ROLE app; SET search_path = ${path}`);
  const named = prepared ? { name: 'p', text } : { text };
  await application.query(named);
  if (prepared) {
    await server.sql('SELECT pg_stat_statements_reset()');
    await application.query(named);
  }
  await application.end();
  const target = makeTarget({
    port: server.port,
    database,
    spec: { safety: { allowFunctions: allow } },
  });
  await using session = await openSession(target);
  const { statements } = await session.snapshot();
  const [found] = await session.prepare(
    statements.filter((each) => each.database === database && each.user === 'app'),
  );
  if (!found) throw new Error('not seen');
  const patient = { ...limits, timeout_ms: 5_000 };
  const answer = found.kind === 'ready' ? await session.explain(found, patient) : found.refusal;
  expect(readFileSync(join(server.folder, 'server.log'), 'utf8')).not.toContain(
    'evil ran as dbintel',
  );
  // From 18 on, one identifier may be of several tables: that is marked, and of no interest here.
  return answer.kind === 'refused'
    ? { code: answer.code, detail: answer.detail }
    : answer.plan.lossiness.filter((mark) => mark !== 'shared_fingerprint');
}

const refused = (detail: string) => ({ code: 'untrusted_function', detail });

it('a member of an extension is its owner’s all the same', async () => {
  const setup =
    `CREATE TABLE t (id int); CREATE EXTENSION hstore; ${evil}; ` +
    'ALTER EXTENSION hstore ADD FUNCTION evil(int)';
  expect(await outcome({ setup, text: 'SELECT id FROM t WHERE id = evil(1)' })).toEqual(
    refused('public.evil'),
  );
});

it('a role called like the admin of a managed service is nobody', async () => {
  const superuser =
    'CREATE ROLE rds_superuser; CREATE ROLE azure_pg_admin; ' +
    'GRANT rds_superuser, azure_pg_admin TO app';
  expect(
    await outcome({
      superuser,
      setup: `${evil}; CREATE TABLE t (id int)`,
      text: 'SELECT id FROM t WHERE id = evil(1)',
    }),
  ).toEqual(refused('public.evil'));
});

it('a function by the name of a column is no alarm', async () => {
  const setup =
    'CREATE TABLE t (id int, state text); CREATE FUNCTION state(int) RETURNS text ' +
    "LANGUAGE sql IMMUTABLE AS 'SELECT null'";
  expect(await outcome({ setup, text: 'SELECT state FROM t WHERE id = 1' })).toEqual([]);
});

it('an operator of one’s own on a type of one’s own is no alarm where it is not meant', async () => {
  const setup = `${evil}; CREATE TYPE c AS ENUM ('x'); CREATE TABLE t (id int);
    CREATE FUNCTION same(c, c) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN
      RETURN evil(1) = 1; END $f$;
    CREATE OPERATOR = (FUNCTION = same, LEFTARG = c, RIGHTARG = c)`;
  expect(await outcome({ setup, text: 'SELECT id FROM t WHERE id = 1' })).toEqual([]);
  expect(await outcome({ setup, text: "SELECT id FROM t WHERE 'x'::c = 'x'::c" })).toEqual(
    refused('public.='),
  );
});

it.each([
  ['citext', 'email citext', "SELECT id FROM t WHERE email = 'A' ORDER BY email"],
  [
    'citext',
    'email citext',
    "SELECT id FROM t WHERE email IN (SELECT email FROM t) AND email BETWEEN 'A' AND 'z'",
  ],
  ['hstore', 'h hstore', "SELECT h -> 'a' FROM t WHERE h ? 'a' AND h @> 'a=>1'::hstore"],
  ['pg_trgm', 'name text', "SELECT similarity(name, 'x') FROM t WHERE name % 'x'"],
])(
  'operators of %s in a schema where the application keeps its own functions',
  async (extension, column, text) => {
    const setup =
      `CREATE EXTENSION ${extension}; CREATE TABLE t (id int, ${column}); ${evil}; ` +
      "CREATE FUNCTION helper(int) RETURNS int LANGUAGE sql AS 'SELECT 1'";
    expect(await outcome({ setup, text })).toEqual([]);
  },
);

it('operators of an extension beside one that is not trusted: the one that only it has is written out', async () => {
  const setup =
    `CREATE EXTENSION intarray; CREATE TABLE t (id int, a int[]); ${evil}; ` +
    'CREATE OPERATOR ~~~ (FUNCTION = evil, RIGHTARG = int)';
  expect(await outcome({ setup, text: "SELECT id FROM t WHERE a @@ '1&2'::query_int" })).toEqual(
    refused('public.evil'),
  );
  expect(
    await outcome({ setup, text: 'SELECT id FROM t WHERE (a # 1) = 2 AND icount(a) > 1' }),
  ).toEqual(refused('public.evil'));
});

it('names in schemas that are not in our path: relations, functions, types and collations', async () => {
  const superuser = `CREATE SCHEMA tools; GRANT USAGE ON SCHEMA tools TO app, dbintel; CREATE
  FUNCTION tools.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
    CREATE DOMAIN tools.positive AS int CHECK (VALUE > 0); CREATE COLLATION tools.plain (provider
      = libc, locale = 'C')`;
  const setup = 'CREATE TABLE t (id int, name text)';
  const text =
    'WITH x AS (SELECT id, name FROM t WHERE id = twice(2)) SELECT t.id::positive FROM x ' +
    'JOIN t USING (id) ORDER BY t.name COLLATE plain FOR UPDATE OF t';
  const grants = 'GRANT UPDATE ON t TO dbintel';
  expect(
    await outcome({ superuser, setup: `${setup}; ${grants}`, path: 'public, tools', text }),
  ).toEqual([]);
});

it('a view by the name of one of the server’s is meant where the path says so', async () => {
  const setup = "CREATE VIEW pg_tables AS SELECT 'n'::name AS tablename";
  const text = "SELECT tablename FROM pg_tables WHERE tablename = 'a'";
  expect(await outcome({ setup, path: 'public, pg_catalog', text })).toEqual([]);
  expect(await outcome({ setup, path: 'public', text })).toEqual([]);
});

it('what the server made for a type of the application is no alarm, and what the type runs is', async () => {
  const setup = `CREATE TYPE span AS RANGE (SUBTYPE = int); CREATE TABLE t (id int, s span);
    ${evil}`;
  expect(await outcome({ setup, text: 'SELECT id FROM t WHERE s && span(1, 2)' })).toEqual([]);
  const diff =
    'CREATE FUNCTION diff(int, int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN ' +
    'RETURN public.evil(1); END $f$';
  const own =
    `${evil}; ${diff}; CREATE TYPE span AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = diff); ` +
    'CREATE TABLE t (id int)';
  expect(
    await outcome({ setup: own, text: 'SELECT id FROM t WHERE NOT isempty(span(1, 2))' }),
  ).toEqual(refused('public.diff'));
});

it('what a person has reviewed is planned', async () => {
  const setup =
    'CREATE TABLE t (id int); CREATE FUNCTION fine(int) RETURNS int ' +
    "LANGUAGE sql IMMUTABLE AS 'SELECT $1'";
  expect(
    await outcome({ setup, text: 'SELECT id FROM t WHERE id = fine(1)', allow: ['public.fine'] }),
  ).toEqual([]);
});

it('a name that cannot be qualified is said', async () => {
  expect(
    await outcome({
      setup: 'CREATE TABLE t (id int)',
      text: String.raw`SELECT id FROM U&"\0074" WHERE id = 1`,
    }),
  ).toMatchObject({
    code: 'not_explainable_statement',
  });
});

it('what its owner put into a database runs for nobody who looks who the server is', async () => {
  const setup = `CREATE TABLE t (id int); ${evil};
    CREATE FUNCTION times(numeric, int) RETURNS numeric LANGUAGE plpgsql AS $f$ BEGIN PERFORM
      evil(1); RETURN 1; END $f$; CREATE OPERATOR * (FUNCTION = times, LEFTARG = numeric, RIGHTARG
      = int);
    CREATE FUNCTION same(text, text) RETURNS bool LANGUAGE plpgsql AS $f$ BEGIN PERFORM evil(1);
      RETURN false; END $f$; CREATE OPERATOR = (FUNCTION = same, LEFTARG = text, RIGHTARG = text);
    CREATE FUNCTION times(float8, int) RETURNS float8 LANGUAGE plpgsql AS $f$ BEGIN PERFORM
      evil(1); RETURN 1; END $f$; CREATE OPERATOR * (FUNCTION = times, LEFTARG = float8, RIGHTARG
      = int);
    CREATE DOMAIN "text" AS pg_catalog.text CHECK (evil(1) = 1); CREATE DOMAIN int8 AS
      pg_catalog.int8 CHECK (evil(1) = 1)`;
  expect(await outcome({ setup, text: 'SELECT id FROM t' })).toEqual([]);
  const first =
    `${setup}; DO $f$ BEGIN EXECUTE format('ALTER DATABASE %I ` +
    "SET search_path = public, pg_catalog', current_database()); END $f$";
  expect(await outcome({ setup: first, text: 'SELECT id FROM t' })).toEqual([]);
});

it('a backslash in a literal means what our parser says', async () => {
  const off =
    "DO $f$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', " +
    'current_database()); END $f$';
  const setup = `CREATE TABLE t (id int, name text); CREATE EXTENSION hstore; ${evil}; ${off}`;
  const text = String.raw`SELECT id FROM t WHERE name = 'a\' -- ' || evil(1)::text -- `;
  expect(await outcome({ setup, text, prepared: true })).toEqual(['identifier_differs']);
});

/** Up to 63 bytes of the database's encoding a name is whole. */
const long = 'имя'.repeat(12);
it.each([
  ['WIN1251', `TEMPLATE template0 ENCODING 'WIN1251' LC_COLLATE 'C' LC_CTYPE 'C'`, long],
  ['SQL_ASCII', `TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`, `a${long}`],
])('names in a database of %s are those that its server reads', async (_encoding, like, name) => {
  const cut = new TextDecoder().decode(Buffer.from(name).subarray(0, 62)).replace('\ufffd', '');
  const setup =
    `CREATE TABLE t (id int); CREATE TABLE "${cut}" (a int); ${evil}; ` +
    `CREATE EXTENSION hstore; CREATE VIEW "${name}" AS SELECT evil(1) AS a FROM t`;
  expect(await outcome({ like, setup, text: `SELECT a FROM ${name} WHERE a = 1` })).toMatchObject({
    code: expect.anything(),
  });
});
