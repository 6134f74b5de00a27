import type pg from 'pg';

/**
 * Calls every function of the server that planning could evaluate with values that name code of a
 * role: its relations, types, functions, and queries over them. Returns the names of those that ran
 * it.
 */
export async function builtinsThatRun(client: pg.Client): Promise<string[]> {
  await client.query(`CREATE SCHEMA bait; CREATE SEQUENCE bait.hits;
    CREATE FUNCTION bait.evil(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM
      nextval('bait.hits'); RETURN true; END $f$;
    CREATE DOMAIN bait.d AS int CHECK (bait.evil(VALUE)); CREATE TYPE bait.c AS (a bait.d); CREATE
      TYPE bait.r AS RANGE (SUBTYPE = bait.d);
    CREATE TABLE bait.one (a int); INSERT INTO bait.one VALUES (1); CREATE VIEW bait.v AS SELECT
      bait.evil(a) AS a FROM bait.one;
    CREATE TABLE bait.p (a int) PARTITION BY HASH (a); CREATE TEMP TABLE calls (name text, sql
      text); CREATE TEMP TABLE ran (name text)`);
  const { rows } = await client.query<{ name: string; args: string[] }>(`
    SELECT p.proname AS name, ARRAY(SELECT t.typname::text FROM unnest(p.proargtypes) WITH
      ORDINALITY u (oid, i) JOIN pg_type t ON t.oid = u.oid ORDER BY i) AS args
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND
      p.provolatile IN ('i', 's') AND p.pronargs > 0
      AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND NOT
        p.proargtypes::oid[] @> ARRAY['internal'::regtype::oid]`);
  const calls = rows
    .filter(({ args }) => args.some((type) => naming.has(type)))
    .flatMap(({ name, args }) =>
      combinations(args.map((type) => values[type] ?? ['NULL'])).map((list) => ({
        name,
        sql: `SELECT pg_catalog."${name}"(${list.join(', ')})`,
      })),
    );
  await client.query(
    'INSERT INTO calls SELECT name, sql FROM json_to_recordset($1) AS x (name text, sql text)',
    [JSON.stringify(calls)],
  );
  await client.query(`DO $f$ DECLARE each record; before int8; BEGIN
    FOR each IN SELECT * FROM calls LOOP
      SELECT last_value + is_called::int INTO before FROM bait.hits;
      BEGIN EXECUTE each.sql; EXCEPTION WHEN OTHERS THEN NULL; END;
      IF (SELECT last_value + is_called::int FROM bait.hits) > before THEN INSERT INTO ran VALUES
        (each.name); END IF;
    END LOOP; END $f$`);
  const ran = await client.query<{ name: string }>('SELECT DISTINCT name FROM ran ORDER BY name');
  return ran.rows.map(({ name }) => name);
}

const oid = (name: string) => [`'bait.${name}'::regtype::oid`];
const texts = [
  "'1'",
  "'select * from bait.v'",
  "'bait.v'",
  "'bait.d'",
  "'bait'",
  "'bait.evil'",
  "'(1)'",
  "'{1}'",
  "'[1,2)'",
];
const typed = (type: string) => texts.map((text) => `${text}::${type}`);
const values: Record<string, string[]> = {
  text: typed('text'),
  cstring: typed('cstring'),
  varchar: typed('varchar'),
  name: ["'bait'::name", "'v'::name"],
  oid: [
    ...oid('d'),
    ...oid('c'),
    ...oid('r'),
    "'bait.v'::regclass::oid",
    "'bait.p'::regclass::oid",
    "'bait.evil'::regproc::oid",
  ],
  regclass: ["'bait.v'::regclass", "'bait.p'::regclass"],
  regtype: ["'bait.d'::regtype"],
  regproc: ["'bait.evil'::regproc"],
  regprocedure: ["'bait.evil(int)'::regprocedure"],
  regnamespace: ["'bait'::regnamespace"],
  _text: ["ARRAY['bait', 'v']", "ARRAY['bait', 'd']"],
  int2: ['1::int2'],
  int4: ['1', '-1'],
  int8: ['1::int8'],
  bool: ['true'],
  char: [`'r'::"char"`],
  json: [`'{"a":1}'::json`],
  jsonb: [`'{"a":1}'::jsonb`],
  xml: [`xmlparse(content '<a/>')`],
  tsquery: ["'a'::tsquery"],
  anyelement: ['1'],
  anynonarray: ['1'],
  anyarray: ['ARRAY[1]'],
  any: ['1'],
};

/** A value of these can name something. */
const naming = new Set([
  'text',
  'cstring',
  'varchar',
  'name',
  'oid',
  'regclass',
  'regtype',
  'regproc',
  'regprocedure',
  'regnamespace',
  '_text',
]);

/**
 * Enough of one function's to try every value of every argument; all of them where they are few.
 */
const combinationsLimit = 120;

function combinations(choices: readonly string[][]): string[][] {
  const all = choices.reduce<string[][]>(
    (lists, more) => lists.flatMap((list) => more.map((one) => [...list, one])).slice(0, 20_000),
    [[]],
  );
  const step = Math.ceil(all.length / combinationsLimit);
  return all.filter((_, i) => i % step === 0);
}
