import { btreeSize, keepsEqualOnce, pageBytes, pagesOfHeight } from './btree.ts';
import { type Claim, type Loaded, restoreSql } from './load.ts';
import { otherIndexBytes } from './other-indexes.ts';
import { nameOf } from './schema-sql.ts';
import { likenStatisticsSql } from './statistics-sql.ts';
import { type StoredColumns, storedColumns } from './stored-columns.ts';

/**
 * An index that production has not: made on tables that are empty for that moment, then given the
 * size that it would have. Whatever is made rewrites what its table claims to be: it is said again
 * afterwards.
 */
export interface Wanted {
  schema: string;
  table: string;
  name: string;
  /** What makes it, all or nothing of it: `CREATE INDEX …` of that name, of partitions theirs. */
  sql: string;
  where?: string | undefined;
}

/** Bytes of all its parts. Throws what the server says. */
export async function createIndex(world: Loaded, wanted: Wanted): Promise<number> {
  const { pg } = world;
  const tables = await tablesBelow(world, wanted);
  const rows = new Map<number, number>();
  for (const table of tables) rows.set(table.oid, await rowsOf(world, table, wanted.where));
  const claimed = tables.flatMap(({ oid }) => {
    const claim = world.claims.get(oid);
    return claim ? [{ oid, claim }] : [];
  });
  await empty(world, claimed);
  try {
    await pg.exec(wanted.sql);
  } finally {
    await restore(world, claimed);
  }
  try {
    return await claimIndexes(world, wanted, rows);
  } catch (error) {
    await pg.exec(`DROP INDEX ${nameOf(wanted)}`);
    throw error;
  }
}

interface Table {
  oid: number;
  name: string;
}

const tablesSql = `
WITH RECURSIVE below (oid) AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2
  UNION ALL SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
    JOIN pg_class p ON p.oid = i.inhparent AND p.relkind = 'p'
)
SELECT c.oid::int8::int AS oid, c.oid::regclass::text AS name
FROM below JOIN pg_class c USING (oid) WHERE c.relkind IN ('r', 'm')`;

async function tablesBelow({ pg }: Loaded, { schema, table }: Wanted): Promise<Table[]> {
  const { rows } = await pg.query<Table>(tablesSql, [schema, table]);
  return rows;
}

/** As many as the planner itself thinks; of a partial index, those that it thinks fit. */
async function rowsOf({ pg }: Loaded, { name }: Table, where: string | undefined): Promise<number> {
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  const { rows } = await pg.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    `EXPLAIN (FORMAT JSON) SELECT 1 FROM ONLY ${name}${condition}`,
  );
  return rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}

interface Claimed {
  oid: number;
  claim: Claim;
}

/** Told to the catalog first: whoever has the file open forgets how long it was. */
async function empty({ pg, files }: Loaded, tables: readonly Claimed[]): Promise<void> {
  const rows = tables.map(({ oid }) => ({ oid, rows: 0, pages: 0, visible: 0 }));
  await pg.query(restoreSql, [JSON.stringify(rows)]);
  for (const { claim } of tables) files.claim(claim.path, 0);
}

async function restore({ pg, files }: Loaded, tables: readonly Claimed[]): Promise<void> {
  for (const { claim } of tables) files.claim(claim.path, claim.bytes);
  const rows = tables.map(({ oid, claim: { rows: count, pages, visible } }) => ({
    oid,
    rows: count,
    pages,
    visible,
  }));
  await pg.query(restoreSql, [JSON.stringify(rows)]);
}

interface Made {
  oid: number;
  table: number;
  path: string;
  method: string;
  fillfactor: number;
}

const madeSql = `
WITH RECURSIVE made (oid) AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2
  UNION ALL SELECT i.inhrelid FROM made m JOIN pg_inherits i ON i.inhparent = m.oid
)
SELECT c.oid::int8::int AS oid, i.indrelid::int8::int AS "table",
  pg_relation_filepath(c.oid) AS path, a.amname AS method,
  coalesce((SELECT o.option_value::int FROM pg_options_to_table(c.reloptions) o
    WHERE o.option_name = 'fillfactor'), 90) AS fillfactor
FROM made JOIN pg_class c USING (oid) JOIN pg_index i ON i.indexrelid = c.oid
  JOIN pg_am a ON a.oid = c.relam WHERE c.relkind = 'i'`;

async function claimIndexes(
  world: Loaded,
  { schema, name }: Wanted,
  rowsOfTable: ReadonlyMap<number, number>,
): Promise<number> {
  const { pg, files } = world;
  const { rows } = await pg.query<Made>(madeSql, [schema, name]);
  const columns = await likelyColumns(
    world,
    rows.map(({ oid }) => oid),
  );
  const sized = rows.map((index) => {
    const stored = columns.get(index.oid) ?? { keys: [], all: [] };
    const count = rowsOfTable.get(index.table) ?? 0;
    const heap = world.claims.get(index.table)?.bytes ?? 0;
    return { index, count, bytes: claimOne(world, index, stored, { count, heap }) };
  });
  await pg.query(restoreSql, [
    JSON.stringify(
      sized.map(({ index: { oid }, count, bytes }) => ({
        oid,
        rows: count,
        pages: Math.ceil(bytes / pageBytes),
        visible: 0,
      })),
    ),
  ]);
  for (const { index, bytes } of sized) files.claim(index.path, bytes);
  return sized.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** An expression has no statistics before the next ANALYZE; its width is known sooner. */
async function likelyColumns({ pg }: Loaded, indexes: readonly number[]) {
  await pg.query(likenStatisticsSql, [indexes]);
  const columns = await storedColumns(pg, indexes);
  await pg.query('DELETE FROM pg_statistic WHERE starelid = ANY ($1::oid[])', [indexes]);
  return columns;
}

function claimOne(
  { files }: Loaded,
  { path, method, fillfactor }: Made,
  stored: StoredColumns,
  { count, heap }: { count: number; heap: number },
): number {
  if (method !== 'btree') return otherIndexBytes(method, stored.all, count, heap);
  const meta = files.firstPage(path);
  const { pages, height } = btreeSize({
    rows: count,
    columns: stored.all,
    keys: stored.keys.length,
    once: keepsEqualOnce(meta),
    fillfactor,
  });
  if (pages > 1) files.write(path, pagesOfHeight(meta, height));
  return pages * pageBytes;
}
