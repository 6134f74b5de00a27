import type { PGlite } from '@electric-sql/pglite';
import type { WorldExport } from '../../model/world.ts';
import type { Booted } from './boot.ts';
import { heightOf, pageBytes, pagesOfHeight } from './btree.ts';
import { type RelationFiles, relationFiles } from './files.ts';
import {
  addConstraint,
  attach,
  attachIndex,
  createTable,
  createView,
  nameOf,
  surroundings,
} from './schema-sql.ts';
import {
  castsSql,
  extendedRows,
  insertExtendedSql,
  insertStatisticsSql,
  likenStatisticsSql,
  statisticsRows,
} from './statistics-sql.ts';
import { storedColumns } from './stored-columns.ts';

/**
 * A world, made in an empty cluster: schema, statistics, sizes, settings; in this order, and no
 * plan is made before the last: what was once read stays in memory as it was. What cannot be made
 * is left out, and statements that need it cannot be planned.
 */
export interface Loaded {
  pg: PGlite;
  /** Of production. */
  version: number;
  /** What can be set for one statement, in lower case. */
  settings: ReadonlySet<string>;
  files: RelationFiles;
  /** What tables claim to be; by oid. */
  claims: ReadonlyMap<number, Claim>;
}

export interface Claim {
  path: string;
  bytes: number;
  rows: number;
  pages: number;
  visible: number;
}

export async function load(
  { pg, folder, extensions }: Booted,
  world: WorldExport,
): Promise<Loaded> {
  await tryEach(pg, surroundings(world, extensions));
  await makeTables(pg, world);
  await makeIndexes(pg, world);
  await makeViews(pg, world);
  await tryEach(pg, [...castsSql, ...world.extended.map(({ definition }) => definition)]);
  const json = (rows: unknown) => [JSON.stringify(rows)];
  await pg.query(insertStatisticsSql, json(statisticsRows(world)));
  await pg.query(likenStatisticsSql, [null]);
  await tryQuery(pg, insertExtendedSql, json(extendedRows(world)));
  const files = relationFiles(pg, folder);
  const claims = await claimSizes(pg, files, world);
  const settings = await applySettings(pg, world.settings);
  return { pg, version: world.version, settings, files, claims };
}

/** The lock table of one session is small, and what fails takes its batch along. */
const batch = 20;

/** In the order given; those that fail are left out, and told. */
async function tryEach(pg: PGlite, statements: readonly string[]): Promise<string[]> {
  const failed: string[] = [];
  for (let from = 0; from < statements.length; from += batch) {
    const some = statements.slice(from, from + batch);
    if (await tryQuery(pg, some.join(';\n'))) continue;
    for (const one of some) if (!(await tryQuery(pg, one))) failed.push(one);
  }
  return failed;
}

/** Whether it went well. Why not may quote a value: nobody is told. */
export async function tryQuery(pg: PGlite, sql: string, values?: unknown[]): Promise<boolean> {
  try {
    await (values ? pg.query(sql, values) : pg.exec(sql));
    return true;
  } catch {
    return false;
  }
}

async function makeTables(pg: PGlite, { relations, tablespaces }: WorldExport): Promise<void> {
  const tables = relations.filter(({ kind }) => kind !== 'view');
  const types = [...new Set(tables.flatMap(({ columns }) => columns.map(({ type }) => type)))];
  const { rows } = await pg.query<{ type: string }>(
    'SELECT t AS type FROM unnest($1::text[]) t WHERE to_regtype(t) IS NULL',
    [types],
  );
  const unknown = new Set(rows.map(({ type }) => type));
  const spaces = new Set(tablespaces.map(({ name }) => name));
  await tryEach(
    pg,
    tables.flatMap((table) => createTable(table, (type) => !unknown.has(type), spaces)),
  );
  const there = new Set(tables.map(nameOf));
  await tryEach(
    pg,
    tables.flatMap((table) => attach(table, (parent) => there.has(nameOf(parent)))),
  );
}

async function makeIndexes(pg: PGlite, { indexes, constraints }: WorldExport): Promise<void> {
  const valid = indexes.filter((index) => index.valid);
  const made = valid.filter(({ constraint }) => constraint === undefined);
  const own = constraints.filter(({ kind }) => kind !== 'foreign');
  await tryEach(pg, [
    ...made.map(({ definition }) => definition),
    ...own.map(addConstraint),
    ...valid.flatMap(attachIndex),
    ...constraints.filter(({ kind }) => kind === 'foreign').map(addConstraint),
  ]);
}

/** One may stand on another: again, as long as some can be made. */
async function makeViews(pg: PGlite, { relations }: WorldExport): Promise<void> {
  let left = relations.filter(({ kind }) => kind === 'view').map(createView);
  for (let before = left.length + 1; left.length > 0 && left.length < before; ) {
    before = left.length;
    left = await tryEach(pg, left);
  }
}

interface Place {
  oid: number;
  schema: string;
  name: string;
  kind: string;
  path: string | null;
}

const placesSql = `
SELECT c.oid::int8::int AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
  pg_relation_filepath(c.oid) AS path
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'i', 'I', 'm')`;

export const restoreSql = `
UPDATE pg_class c SET reltuples = s.rows, relpages = s.pages, relallvisible = s.visible
FROM jsonb_to_recordset($1::jsonb) s (oid oid, rows float4, pages int, visible int)
WHERE c.oid = s.oid`;

async function claimSizes(
  pg: PGlite,
  files: RelationFiles,
  { relations, indexes }: WorldExport,
): Promise<Map<number, Claim>> {
  const { rows } = await pg.query<Place>(placesSql);
  const byName = new Map(rows.map((row) => [nameOf(row), row]));
  const sized = [
    ...relations.map((each) => ({ ...each, visible: each.allVisible })),
    ...indexes.map((each) => ({ ...each, visible: 0 })),
  ].flatMap((each) => {
    const place = byName.get(nameOf(each));
    return place ? [{ ...each, place }] : [];
  });
  await pg.query(restoreSql, [
    JSON.stringify(
      sized.map(({ place, rows: count, pages, visible }) => ({
        oid: place.oid,
        rows: count,
        pages,
        visible,
      })),
    ),
  ]);
  const claims = new Map<number, Claim>();
  const columns = await storedColumns(pg);
  for (const { place, bytes, rows: count, pages, ...each } of sized) {
    if (place.path === null) continue;
    if ('method' in each && each.method === 'btree') {
      const stored = columns.get(place.oid);
      const height = each.height ?? heightOf(bytes / pageBytes, stored?.keys ?? []);
      if (bytes > pageBytes)
        files.write(place.path, pagesOfHeight(files.firstPage(place.path), height));
    }
    files.claim(place.path, bytes);
    if (!('method' in each))
      claims.set(place.oid, { path: place.path, bytes, rows: count, pages, visible: each.visible });
  }
  return claims;
}

/**
 * Those of production that there are here. What only a newer planner can do is off where production
 * has no switch for it.
 */
async function applySettings(pg: PGlite, settings: Record<string, string>): Promise<Set<string>> {
  const { rows } = await pg.query<{ name: string; switch: boolean }>(
    `SELECT name, category LIKE 'Query Tuning%' AND vartype = 'bool' AS switch FROM pg_settings
     WHERE name NOT LIKE 'jit%'`,
  );
  for (const { name, switch: isSwitch } of rows) {
    const value = settings[name] ?? (isSwitch && Object.keys(settings).length ? 'off' : undefined);
    if (value !== undefined) await tryQuery(pg, 'SELECT set_config($1, $2, false)', [name, value]);
  }
  return new Set(rows.map(({ name }) => name.toLowerCase()));
}
