import { z } from 'zod';
import { countIn, jsonIn, type Row } from '../row.ts';
import { callsOf, interpreted, runs, touchedBy } from './bodies.ts';
import { catalogSql } from './catalog-sql.ts';
import { childrenOf, hasTree } from './children.ts';
import type { Question } from './transaction.ts';

/**
 * Handlers that do not call a server while planning, by library and symbol: only a superuser makes
 * functions in C.
 */
const quietWrappers = `(handler.probin LIKE '%postgres\\_fdw'
  AND handler.prosrc = 'postgres_fdw_handler' OR handler.probin LIKE '%file\\_fdw'
    AND handler.prosrc = 'file_fdw_handler')
  AND (SELECT l.lanname FROM pg_catalog.pg_language l WHERE l.oid = handler.prolang) = 'c'`;
const remoteEstimate = (options: string) =>
  `(SELECT pg_catalog.lower(pg_catalog.split_part(x, '=', 2)) FROM pg_catalog.unnest(${options}) x
    WHERE x LIKE 'use\\_remote\\_estimate=%')`;

/** What a body leaves open is looked for in so many: more are tenants', and have the same names. */
const mostNear = 16;
/** A body takes a quarter of a millisecond to a whole one; tenants may have the same functions. */
const mostFunctions = 500;

const relationClass = "'pg_catalog.pg_class'::regclass";
const functionClass = "'pg_catalog.pg_proc'::regclass";
const standsOn = (kind: 'pg_rewrite' | 'pg_policy', of: string) => `
    SELECT ${relationClass}::oid, d.refobjid, t.run, t.depth
    FROM pg_catalog.${kind} w CROSS JOIN LATERAL (
      SELECT d.refobjid FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.${kind}'::regclass AND d.objid = w.oid
        AND d.refclassid = ${relationClass} AND d.refobjid <> t.oid OFFSET 0) d
    WHERE w.${of} = t.oid AND t.class = ${relationClass}`;

/**
 * Where planning finds expressions of relation c; most have none, and are not looked for. The key
 * of its partitions is its own.
 */
const stored = [
  ['pg_rewrite', 'w.ev_class', 'c.relhasrules'],
  ['pg_policy', 'w.polrelid', 'c.relrowsecurity'],
  ['pg_attrdef', 'w.adrelid', 'true'],
  ['pg_constraint', "w.contype = 'c' AND w.conrelid", 'c.relchecks > 0'],
  ['pg_statistic_ext', 'w.stxexprs IS NOT NULL AND w.stxrelid', "c.relkind <> 'i'"],
]
  .map(
    ([kind, of, where]) =>
      `SELECT 'pg_catalog.${kind}'::regclass::oid, w.oid FROM pg_catalog.${kind} w
      WHERE ${where} AND ${of} = c.oid`,
  )
  .join(`
      UNION ALL `);
const calledIn = `
    SELECT ${functionClass}::oid, called.oid, t.run OR called.runs, t.depth
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL (
      ${stored}
      UNION ALL SELECT ${relationClass}::oid, i.indexrelid FROM pg_catalog.pg_index i
        WHERE c.relhasindex AND i.indrelid = c.oid
          AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
      UNION ALL SELECT ${relationClass}::oid, c.oid WHERE c.relkind = 'p'
    ) expression (classid, objid)
      CROSS JOIN LATERAL ${callsOf('expression.classid', 'expression.objid')} called
    WHERE t.class = ${relationClass} AND c.oid = t.oid`;

/**
 * For each root, which is a relation ($1), or all functions and casts of a name ($2) or operators
 * ($4), in the schemas $3: what planning would lock (`tree`: partitions, children, what views,
 * policies, functions and stored expressions stand on, each with its indexes), whether it would
 * call another server, and whether someone has, or waits for, one of them or of their indexes
 * exclusively: each statement would wait for a lock in vain, at the expense of all others; and a
 * mark that is another when an index is made, dropped or finished anywhere in it. A table with
 * partitions or children is a root of its own, to which whatever reaches it leads: walked once,
 * however many views stand on it. Cost: some hundredths of a millisecond for each relation; of no
 * parent more than $5 children are looked at.
 */
export const closureSql = catalogSql(`
WITH RECURSIVE near AS MATERIALIZED (
  SELECT ARRAY(SELECT n.oid FROM pg_catalog.pg_namespace n
    WHERE n.nspname = ANY (($3::text[])[1:${mostNear}])) AS oids
), given (root, class, oid, run, depth) AS MATERIALIZED (
  SELECT pg_catalog.json_build_array(o::text)::text, ${relationClass}::oid, o, false, 0
  FROM pg_catalog.unnest($1::oid[]) o
  UNION ALL
  (SELECT pg_catalog.json_build_array(n.nspname, named.name)::text, ${functionClass}::oid, p.oid,
    ${runs}, 0
  FROM (
    SELECT f.oid, f.proname, f.pronamespace FROM pg_catalog.pg_proc f
    WHERE f.proname = ANY ($2::text[])
    UNION ALL SELECT o.oprcode, o.oprname, o.oprnamespace FROM pg_catalog.pg_operator o
    WHERE o.oprname = ANY ($4::text[]) AND o.oid >= 16384
    UNION ALL SELECT c.castfunc, y.typname, y.typnamespace
    FROM pg_catalog.pg_cast c CROSS JOIN LATERAL (
      SELECT y.typname, y.typnamespace FROM pg_catalog.pg_type y
      WHERE y.oid IN (c.castsource, c.casttarget) OFFSET 0) y
    WHERE y.typname = ANY ($2::text[]) AND c.castfunc >= 16384
  ) named (oid, name, schema)
    JOIN pg_catalog.pg_namespace n ON n.oid = named.schema
    JOIN pg_catalog.pg_proc p ON p.oid = named.oid
  WHERE n.nspname = ANY ($3::text[]) AND ${interpreted}
  LIMIT ${mostFunctions})
), tree (root, class, oid, run, depth, leads) AS (
  SELECT g.root, g.class, g.oid, g.run, g.depth, NULL::text FROM given g
  UNION
  SELECT made.root, made.class, made.oid, made.run, made.depth, made.leads
  FROM tree t CROSS JOIN LATERAL (
    SELECT ${relationClass}::oid, child.oid, t.run, t.depth
    FROM ${childrenOf('t.oid', '$5::int')} child
    WHERE t.class = ${relationClass}
    UNION ALL ${standsOn('pg_rewrite', 'ev_class')}
    UNION ALL ${standsOn('pg_policy', 'polrelid')}
    UNION ALL ${calledIn}
    UNION ALL ${touchedBy('(SELECT near.oids FROM near)')}
  ) next (class, oid, run, depth)
  LEFT JOIN LATERAL (
    SELECT (CASE WHEN next.run OR next.depth > 0
      THEN pg_catalog.json_build_array(c.oid::text, next.run, next.depth)
      ELSE pg_catalog.json_build_array(c.oid::text) END)::text
    FROM pg_catalog.pg_class c
    WHERE next.class = ${relationClass} AND c.oid = next.oid AND ${hasTree}) shared (root) ON true
  CROSS JOIN LATERAL (
    SELECT COALESCE(shared.root, t.root), next.class, next.oid, next.run, next.depth, NULL
    UNION ALL SELECT t.root, 0, 0, false, 0, shared.root WHERE shared.root <> t.root
  ) made (root, class, oid, run, depth, leads)
  WHERE t.leads IS NULL
), lead (root, at) AS (
  SELECT DISTINCT g.root, g.root FROM given g
  UNION SELECT l.root, t.leads FROM lead l
    JOIN (SELECT root, leads FROM tree WHERE leads IS NOT NULL) t ON t.root = l.at
), touched AS MATERIALIZED (
  SELECT DISTINCT l.root, t.oid FROM lead l JOIN tree t ON t.root = l.at
  WHERE t.class = ${relationClass}
), weighed AS MATERIALIZED (
  SELECT t.oid, x.indexes, x.sound, x.newest, remote.name AS remote, awaited.name AS awaited,
    (SELECT c.relrowsecurity FROM pg_catalog.pg_class c WHERE c.oid = t.oid) AS rls
  FROM (SELECT DISTINCT oid FROM touched) t CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*) AS indexes, pg_catalog.max(i.indexrelid) AS newest,
      pg_catalog.count(*) FILTER (WHERE i.indisvalid) AS sound
    FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid) x
  LEFT JOIN (
    SELECT c.oid, c.relname || CASE WHEN ${quietWrappers} THEN '' ELSE ' (' || w.fdwname || ')' END
      AS name
    FROM pg_catalog.pg_foreign_table ft JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
      JOIN pg_catalog.pg_class c ON c.oid = ft.ftrelid
      JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = fs.srvfdw
      LEFT JOIN pg_catalog.pg_proc handler ON handler.oid = w.fdwhandler
    WHERE (${quietWrappers}) IS NOT TRUE
      OR coalesce(${remoteEstimate('ft.ftoptions')}, ${remoteEstimate('fs.srvoptions')},
        'false') NOT IN ('false', 'off', 'no', '0', 'f', 'n')) remote ON remote.oid = t.oid
  LEFT JOIN (
    SELECT coalesce(i.indrelid, l.relation) AS oid, pg_catalog.min(c.relname::text) AS name
    FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = l.relation
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT oid FROM pg_catalog.pg_database
        WHERE datname = pg_catalog.current_database())
    GROUP BY 1) awaited ON awaited.oid = t.oid
)
SELECT t.root, pg_catalog.count(*) + coalesce(pg_catalog.sum(w.indexes), 0) AS locks,
  pg_catalog.concat_ws('/', pg_catalog.count(*), coalesce(pg_catalog.sum(w.indexes), 0),
    pg_catalog.sum(w.sound), pg_catalog.max(w.newest)) AS mark,
  pg_catalog.min(w.remote) AS remote, pg_catalog.min(w.awaited) AS awaited,
  pg_catalog.bool_or(w.rls) AS rls
FROM touched t JOIN weighed w ON w.oid = t.oid
GROUP BY t.root`);

export interface Closure {
  /** At least so many, where they are more than was asked for. */
  locks: number;
  remote?: string;
  awaited?: string;
  /** Policies hold for its rows: for the statement’s role perhaps, though ours may pass by. */
  rls: boolean;
  /** Another one: what is known of indexes beneath it counts no more. */
  mark: string;
}

export interface Closures {
  /** By oid. */
  relations: Map<string, Closure>;
  /** By name, of operators too: those of a schema under that name, together. */
  functions: Map<string, (Closure & { schema: string })[]>;
}

export const closuresOf = (
  relations: readonly string[],
  {
    functions,
    operators,
    schemas,
  }: Record<'functions' | 'operators' | 'schemas', readonly string[]>,
  lockLimit: number,
): Question<Closures> => ({
  sql: closureSql,
  values: [relations, functions, schemas, operators, lockLimit + 1],
  read(rows) {
    const closures: Closures = { relations: new Map(), functions: new Map() };
    for (const row of rows) {
      const closure = toClosure(row);
      const [of = '', name] = jsonIn(row, 'root', z.array(z.string()), []);
      if (name === undefined) {
        closures.relations.set(of, closure);
        continue;
      }
      const named = closures.functions.get(name) ?? [];
      closures.functions.set(name, named);
      named.push({ ...closure, schema: of });
    }
    return closures;
  },
});

const toClosure = (row: Row): Closure => ({
  locks: countIn(row, 'locks'),
  ...(row['remote'] == null ? {} : { remote: row['remote'] }),
  ...(row['awaited'] == null ? {} : { awaited: row['awaited'] }),
  rls: row['rls'] === 't',
  mark: row['mark'] ?? '',
});
