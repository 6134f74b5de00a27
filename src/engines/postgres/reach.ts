import type { Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import { childrenOf, hasTree } from './children.ts';
import { executingBuiltins } from './executing-builtins.ts';
import type { Question } from './transaction.ts';
import { closedSchema, ownedByTrusted, owners, trustedFunction } from './trusted-owners.ts';

/** Whose code planning could run, from what a statement names to what that stands on. */

const refused = [...executingBuiltins.keys()].map((name) => `'${name}'`).join(', ');
/**
 * A function p with a search path of its own, in which others could put something. By parts of the
 * setting's text, which may be too much.
 */
const looksElsewhere = (allowed: string) => `EXISTS (
    SELECT FROM pg_catalog.unnest(p.proconfig) c
      JOIN open_schemas n ON pg_catalog.strpos(pg_catalog.lower(c),
        pg_catalog.lower(pg_catalog.replace(n.nspname, '"', '""'))) > 0
      OR (c LIKE '%$user%' AND n.nspname IN (current_user, pg_catalog.pg_get_userbyid(p.proowner)))
    WHERE c LIKE 'search\\_path=%'
      AND NOT (pn.nspname || '.' || p.proname) = ANY (${allowed}::text[]))`;
const catalogClass = (name: string) => `'pg_catalog.${name}'::regclass::oid`;
const node = (name: string, oid: string, from: string) =>
  `SELECT ${catalogClass(name)}, ${oid} FROM pg_catalog.${from}`;

/**
 * From each root, everything whose code planning could run, and the first that is of an untrusted
 * owner. Roots are relations, named objects, the operators of a schema (`schema public`), and
 * `server`: what is asked of built-in types and found by no name (casts, operator classes,
 * commutators). A relation leads to its children, rules, policies, indexes, checks, defaults,
 * statistics and the key of its parent; a type to its parts, checks, casts and operator classes; an
 * operator to its commutator and negator; everything to what pg_depend says it stands on.
 * `pg_attribute` marks a relation of which only the columns count, because it is the type of a
 * value. Built-ins leave no dependency, so those that must not run are looked for in the stored
 * expressions. A table with partitions or children, and a type, is a root of its own, to which
 * whatever reaches it leads: walked once, however many views stand on it. Plain indexes run none.
 * Cost: some milliseconds, and a tenth of one for each partition.
 */
export const reachSql = catalogSql(`
WITH RECURSIVE ${owners}, reach (root, classid, objid, leads) AS (
  (SELECT root, class::regclass::oid, object, NULL::text FROM ROWS
    FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]),
      pg_catalog.unnest($3::oid[])) given (root, class, object)
  UNION ALL
  SELECT 'schema ' || n.nspname, ${catalogClass('pg_operator')}, o.oid, NULL
    FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_operator o ON o.oprnamespace = n.oid
      AND o.oid >= 16384
  WHERE n.nspname <> 'pg_catalog'
  UNION ALL
  SELECT 'server', extra.classid, extra.objid, NULL FROM (
    ${node(
      'pg_operator',
      'o.oid',
      `pg_operator o WHERE (o.oid >= 16384 AND o.oprnamespace = 'pg_catalog'::regnamespace)
        OR (o.oid < 16384 AND (o.oprcom >= 16384 OR o.oprnegate >= 16384))`,
    )}
    UNION ALL ${node(
      'pg_proc',
      'f.oid',
      `pg_proc f WHERE f.oid >= 16384 AND f.pronamespace = 'pg_catalog'::regnamespace`,
    )}
    UNION ALL ${node(
      'pg_proc',
      'c.castfunc',
      'pg_cast c WHERE c.oid >= 16384 AND c.castsource < 16384 AND c.casttarget < 16384 ' +
        'AND c.castfunc <> 0',
    )}
    UNION ALL ${node(
      'pg_opclass',
      'k.oid',
      'pg_opclass k WHERE k.oid >= 16384 AND k.opcintype < 16384',
    )}
    UNION ALL ${node(
      'pg_operator',
      'm.amopopr',
      'pg_amop m WHERE m.oid >= 16384 AND m.amopfamily < 16384',
    )}
    UNION ALL ${node(
      'pg_proc',
      'm.amproc',
      'pg_amproc m WHERE m.oid >= 16384 AND m.amprocfamily < 16384',
    )}
  ) extra (classid, objid))
  UNION
  SELECT made.root, made.classid, made.objid, made.leads FROM reach r CROSS JOIN LATERAL (
    SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
    WHERE d.classid = CASE r.classid WHEN ${catalogClass('pg_attribute')}
      THEN ${catalogClass('pg_class')} ELSE r.classid END AND d.objid = r.objid
        AND d.refobjid >= 16384
      AND (d.refclassid IN (${catalogClass('pg_proc')}, ${catalogClass('pg_type')},
        ${catalogClass('pg_operator')}, ${catalogClass('pg_opclass')},
        ${catalogClass('pg_opfamily')})
        OR (d.refclassid = ${catalogClass('pg_class')}
          AND r.classid IN (${catalogClass('pg_rewrite')}, ${catalogClass('pg_policy')},
            ${catalogClass('pg_proc')})))
    UNION ALL SELECT part.classid, part.objid FROM (
      SELECT ${catalogClass('pg_class')}, child.oid FROM ${childrenOf('r.objid')} child
      UNION ALL ${node('pg_rewrite', 'w.oid', 'pg_rewrite w WHERE w.ev_class = r.objid')}
      UNION ALL ${node('pg_policy', 'y.oid', 'pg_policy y WHERE y.polrelid = r.objid')}
      UNION ALL ${node(
        'pg_class',
        'x.indexrelid',
        `pg_index x WHERE x.indrelid = r.objid AND (
          coalesce(x.indexprs, x.indpred) IS NOT NULL OR 16384 <= ANY (x.indclass))`,
      )}
      UNION ALL ${node(
        'pg_constraint',
        'k.oid',
        "pg_constraint k WHERE k.conrelid = r.objid AND k.contype = 'c'",
      )}
      UNION ALL ${node('pg_attrdef', 'f.oid', 'pg_attrdef f WHERE f.adrelid = r.objid')}
      UNION ALL ${node(
        'pg_statistic_ext',
        's.oid',
        'pg_statistic_ext s WHERE s.stxrelid = r.objid',
      )}
    ) part (classid, objid) WHERE r.classid = ${catalogClass('pg_class')}
    UNION ALL SELECT ${catalogClass('pg_attribute')}, i.inhparent FROM pg_catalog.pg_inherits i
      WHERE i.inhrelid = r.objid AND r.classid IN (${catalogClass('pg_class')},
        ${catalogClass('pg_attribute')})
    UNION ALL SELECT part.classid, part.objid FROM (
      ${node('pg_constraint', 'k.oid', 'pg_constraint k WHERE k.contypid = r.objid')}
      UNION ALL ${node(
        'pg_attribute',
        't.typrelid',
        'pg_type t WHERE t.oid = r.objid AND t.typrelid <> 0',
      )}
      UNION ALL ${node('pg_opclass', 'k.oid', 'pg_opclass k WHERE k.opcintype = r.objid')}
      UNION ALL ${node(
        'pg_proc',
        'c.castfunc',
        'pg_cast c WHERE c.castsource = r.objid AND c.castfunc >= 16384',
      )}
      UNION ALL ${node(
        'pg_proc',
        'c.castfunc',
        'pg_cast c WHERE c.casttarget = r.objid AND c.castfunc >= 16384',
      )}
    ) part (classid, objid) WHERE r.classid = ${catalogClass('pg_type')}
    UNION ALL SELECT part.classid, part.objid FROM (
      ${node(
        'pg_operator',
        'm.amopopr',
        'pg_amop m WHERE m.amopfamily = r.objid AND m.amopopr >= 16384',
      )}
      UNION ALL ${node(
        'pg_proc',
        'm.amproc',
        'pg_amproc m WHERE m.amprocfamily = r.objid AND m.amproc >= 16384',
      )}
    ) part (classid, objid) WHERE r.classid = ${catalogClass('pg_opfamily')}
    UNION ALL SELECT ${catalogClass('pg_operator')}, other.oid
      FROM pg_catalog.pg_operator o
      CROSS JOIN LATERAL (VALUES (o.oprcom), (o.oprnegate)) other (oid)
    WHERE o.oid = r.objid AND r.classid = ${catalogClass('pg_operator')} AND other.oid >= 16384
  ) next (classid, objid)
  LEFT JOIN LATERAL (
    SELECT 'relation ' || c.oid FROM pg_catalog.pg_class c
    WHERE next.classid = ${catalogClass('pg_class')} AND c.oid = next.objid AND ${hasTree}
    UNION ALL SELECT 'type ' || next.objid WHERE next.classid = ${catalogClass('pg_type')}
  ) shared (root) ON true
  CROSS JOIN LATERAL (
    SELECT COALESCE(shared.root, r.root), next.classid, next.objid, NULL
    UNION ALL SELECT r.root, 0, 0, shared.root WHERE shared.root <> r.root
  ) made (root, classid, objid, leads)
  WHERE r.leads IS NULL
), lead (root, at) AS (
  SELECT DISTINCT r.root, r.root FROM reach r
  UNION SELECT l.root, r.leads FROM lead l
    JOIN (SELECT root, leads FROM reach WHERE leads IS NOT NULL) r ON r.root = l.at
), calls AS MATERIALIZED (
  SELECT ':funcid (' || pg_catalog.string_agg(p.oid::text, '|') || ') ' AS pattern
    FROM pg_catalog.pg_proc p
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (${refused})
), open_schemas AS MATERIALIZED (
  SELECT n.nspname::text FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema') AND NOT ${closedSchema}
), functions AS (
  SELECT r.root, pn.nspname || '.' || p.proname AS label, ${trustedFunction('$4')}
    AND NOT ${looksElsewhere('$4')} AS trusted,
    p.prolang NOT IN (SELECT l.oid FROM pg_catalog.pg_language l
      WHERE l.lanname IN ('c', 'internal')) AS interpreted
  FROM reach r JOIN pg_catalog.pg_proc p ON p.oid = r.objid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
      WHERE r.classid = ${catalogClass('pg_proc')}
), found (root, untrusted, interpreted) AS (
  SELECT f.root, CASE WHEN NOT f.trusted THEN f.label END, f.interpreted FROM functions f
    WHERE f.interpreted OR NOT f.trusted
  UNION ALL
  SELECT r.root, n.nspname || '.' || o.oprname, false FROM reach r
    JOIN pg_catalog.pg_operator o ON o.oid = r.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
      JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
  WHERE r.classid = ${catalogClass('pg_operator')} AND NOT ${ownedByTrusted('o.oprowner')}
    AND NOT (pn.nspname || '.' || p.proname) = ANY ($4::text[])
  UNION ALL
  SELECT r.root, 'pg_catalog.' || b.proname, false
    FROM reach r CROSS JOIN calls c CROSS JOIN LATERAL (
    SELECT w.ev_action::text || w.ev_qual::text FROM pg_catalog.pg_rewrite w
      WHERE r.classid = ${catalogClass('pg_rewrite')} AND w.oid = r.objid
    UNION ALL SELECT pg_catalog.concat(y.polqual, y.polwithcheck) FROM pg_catalog.pg_policy y
      WHERE r.classid = ${catalogClass('pg_policy')} AND y.oid = r.objid
    UNION ALL SELECT k.conbin::text FROM pg_catalog.pg_constraint k
      WHERE r.classid = ${catalogClass('pg_constraint')} AND k.oid = r.objid
    UNION ALL SELECT t.typdefaultbin::text FROM pg_catalog.pg_type t
      WHERE r.classid = ${catalogClass('pg_type')} AND t.oid = r.objid
    UNION ALL SELECT f.adbin::text FROM pg_catalog.pg_attrdef f
      WHERE r.classid = ${catalogClass('pg_attrdef')} AND f.oid = r.objid
    UNION ALL SELECT pg_catalog.concat(x.indexprs, x.indpred) FROM pg_catalog.pg_index x
      WHERE r.classid = ${catalogClass('pg_class')} AND x.indexrelid = r.objid
    UNION ALL SELECT s.stxexprs::text FROM pg_catalog.pg_statistic_ext s
      WHERE r.classid = ${catalogClass('pg_statistic_ext')} AND s.oid = r.objid
    UNION ALL SELECT h.partexprs::text FROM pg_catalog.pg_partitioned_table h
      WHERE r.classid IN (${catalogClass('pg_class')}, ${catalogClass('pg_attribute')})
        AND h.partrelid = r.objid
  ) stored (expression)
  JOIN pg_catalog.pg_proc b ON b.oid = pg_catalog.substring(stored.expression, c.pattern)::oid
)
SELECT l.root, pg_catalog.min(f.untrusted) AS untrusted,
  pg_catalog.bool_or(f.interpreted) AS interpreted
FROM lead l JOIN found f ON f.root = l.at GROUP BY l.root`);

export interface TrustRoot {
  root: string;
  class: 'pg_class' | 'pg_proc' | 'pg_type' | 'pg_operator';
  oid: string;
}

export interface Reached {
  /** The first that is of an untrusted owner, as schema.name. */
  untrusted?: string;
  /** Something of it is written in SQL or another language that looks names up when it runs. */
  interpreted: boolean;
}

/**
 * By root; one that has nothing to run may be missing. `schema …` and `server` are always asked.
 */
export const reachOf = (
  roots: readonly TrustRoot[],
  allowed: readonly string[],
): Question<Map<string, Reached>> => ({
  sql: reachSql,
  values: [
    roots.map(({ root }) => root),
    roots.map((each) => `pg_catalog.${each.class}`),
    roots.map(({ oid }) => oid),
    allowed,
  ],
  read: (rows) => new Map(rows.map((row) => [row['root'] ?? '', toReached(row)])),
});

const toReached = (row: Row): Reached => ({
  ...(row['untrusted'] == null ? {} : { untrusted: row['untrusted'] }),
  interpreted: row['interpreted'] === 't',
});
