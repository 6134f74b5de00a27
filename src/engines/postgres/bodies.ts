/**
 * What functions touch when planning puts their text into the statement's (SQL, not VOLATILE) or
 * runs them for a value. A text is no dependency: its words are looked up as names, in the schemas
 * that it or its settings name, in its own, and in those where the statement's names are looked
 * for: there one of each name, as tenants have the same in each of theirs; of relations the
 * costliest. What a text puts together is not seen.
 */

/** Words, in any quotes: whatever else stands between them is ASCII. */
const words = (text: string) => `ARRAY(
    SELECT pg_catalog.regexp_split_to_table(pg_catalog.lower(${text}),
      '[\\x01-\\x23\\x25-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\x7f]+')
    UNION SELECT pg_catalog.replace(found[1], '""', '"')
      FROM pg_catalog.regexp_matches(${text}, '"((?:[^"]|"")+)"', 'g') found)`;

export const interpreted = `p.pronamespace <> 'pg_catalog'::regnamespace AND p.prokind = 'f'
  AND p.prolang NOT IN (SELECT l.oid FROM pg_catalog.pg_language l
    WHERE l.lanname IN ('c', 'internal'))`;
/** Planning may run it, and with it all that it calls. */
export const runs = `p.provolatile <> 'v'`;

const operatorClass = "'pg_catalog.pg_operator'::regclass";
/**
 * `oid`, `runs` of the functions that an object depends on, also behind operators; those of the
 * server itself leave no dependency. Each step is looked up by its key, whatever the server takes
 * for likely: joined, it may read all of pg_depend for each of thousands of partitions.
 */
export const callsOf = (classid: string, objid: string): string => `(
  SELECT called.oid, (SELECT ${runs} FROM pg_catalog.pg_proc p WHERE p.oid = called.oid) AS runs
  FROM (SELECT CASE d.refclassid WHEN ${operatorClass} THEN
      (SELECT o.oprcode::oid FROM pg_catalog.pg_operator o WHERE o.oid = d.refobjid)
      ELSE d.refobjid END AS oid
    FROM pg_catalog.pg_depend d WHERE d.classid = ${classid} AND d.objid = ${objid}
      AND d.refclassid IN ('pg_catalog.pg_proc'::regclass, ${operatorClass}) OFFSET 0) called)`;

/** Deeper calls are not followed. */
const deepest = 2;

/**
 * Of function t: `class`, `oid`, `run`, `depth` of what it touches. `near`: the schemas where the
 * statement's names are looked for, as an array of oids.
 */
export const touchedBy = (near: string): string => `
    SELECT touched.class, touched.oid, touched.run, t.depth + 1 FROM (
      SELECT read.oid, read.words, read.own || ARRAY(SELECT n.oid FROM pg_catalog.pg_namespace n
        WHERE n.nspname = ANY (read.words)) AS named
      FROM (SELECT p.oid, p.pronamespace AS own, ${words('source.text')} AS words
        FROM pg_catalog.pg_proc p CROSS JOIN LATERAL (
          SELECT pg_catalog.left(pg_catalog.concat_ws(' ', p.prosrc,
            pg_catalog.array_to_string(p.proconfig, ' ')), 65536)) source (text)
        WHERE p.oid = t.oid AND t.class = 'pg_catalog.pg_proc'::regclass AND t.depth < ${deepest}
          AND (t.run OR p.prolang = (SELECT l.oid FROM pg_catalog.pg_language l
            WHERE l.lanname = 'sql')) OFFSET 0) read OFFSET 0) body
    CROSS JOIN LATERAL (
      SELECT 'pg_catalog.pg_class'::regclass::oid, c.oid, true
      FROM pg_catalog.unnest(body.words) word CROSS JOIN LATERAL (
        SELECT c.oid, c.relnamespace, pg_catalog.row_number() OVER (
          ORDER BY c.relkind = 'f' DESC, c.relkind = 'p' DESC) AS place
        FROM pg_catalog.pg_class c WHERE c.relname = word::pg_catalog.name
          AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND c.relnamespace <> 'pg_catalog'::regnamespace
          AND c.relnamespace = ANY (body.named || ${near}) OFFSET 0) c
      WHERE t.run AND (c.place = 1 OR c.relnamespace = ANY (body.named))
      UNION ALL
      SELECT 'pg_catalog.pg_proc'::regclass::oid, p.oid, t.run OR ${runs}
      FROM pg_catalog.unnest(body.words) word CROSS JOIN LATERAL (
        SELECT p.oid, p.pronamespace, p.provolatile, pg_catalog.rank() OVER (
          ORDER BY p.pronamespace = body.named[1] DESC, p.pronamespace) AS place
        FROM pg_catalog.pg_proc p WHERE p.proname = word::pg_catalog.name
          AND p.pronamespace = ANY (body.named || ${near}) AND ${interpreted} OFFSET 0) p
      WHERE p.place = 1 OR p.pronamespace = ANY (body.named)
      UNION ALL
      SELECT d.refclassid, d.refobjid, true FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = body.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND t.run
      UNION ALL
      SELECT 'pg_catalog.pg_proc'::regclass::oid, called.oid, t.run OR called.runs
      FROM ${callsOf("'pg_catalog.pg_proc'::regclass", 'body.oid')} called
    ) touched (class, oid, run)`;
