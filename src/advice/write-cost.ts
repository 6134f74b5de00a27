import { dictionary } from '../base/dictionary.ts';
import { loadedTable } from '../dialects/loaded-table.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { TableFacts } from '../model/statistics.ts';
import type { AdvisedStatement } from './statement.ts';

/**
 * What writes pay for an index. Each row that is inserted is written to it; so is each that is
 * updated, but for PostgreSQL's HOT updates, which change no indexed column. An index on a column
 * that is updated ends that for the whole table: then every other index is written, too.
 */
export interface Writes {
  /** Entries that come, over the time that the counts are of. */
  entries: number;
  /** Entries of other indexes, which were not written before. */
  besides: number;
}

/**
 * Milliseconds of database time an entry: of what `make bench ONLY=write-cost` measures, on tables
 * that are in memory. GIN writes an entry for each of a value's parts, BRIN next to nothing.
 */
const msAnEntry = 0.0035;
const ofMethod = dictionary<number>({ gin: 5, brin: 0.1 });

/** What a workload writes into a table, over its own time. */
export interface TableWrites {
  inserted: number;
  updated: number;
  /** Columns that its statements set. */
  sets: ReadonlySet<string>;
}
export const nothingWritten: TableWrites = { inserted: 0, updated: 0, sets: new Set() };

/** By `schema.name` of the facts. */
export function writesByTable(statements: readonly AdvisedStatement[]): Map<string, TableWrites> {
  const all = new Map<string, TableWrites>();
  const known = statements.flatMap(({ facts = [] }) => facts);
  for (const { shape, facts = [], text = '', weight } of statements) {
    // Each call writes at least a row, where the server does not count those that are written.
    const rows = Math.max(weight.rows, weight.calls);
    const loaded = loadedTable(text);
    for (const written of loaded ? [loaded] : (shape?.writes ?? [])) {
      const table = (loaded ? known : facts).find(
        ({ schema, name }) => name === written.name && schema === (written.schema ?? schema),
      );
      if (!table || shape?.kind === 'delete') continue;
      const key = writtenName(table);
      const { inserted, updated, sets } = all.get(key) ?? nothingWritten;
      all.set(key, {
        inserted: inserted + (shape?.kind === 'update' ? 0 : rows),
        updated: updated + (shape?.kind === 'update' ? rows : 0),
        sets: new Set([...sets, ...(shape?.sets ?? [])]),
      });
    }
  }
  return all;
}

/** Who wrote it is not seen: a function, a trigger, a statement that does not count. */
export const isWrittenUnseen = (table: TableFacts, written: TableWrites): boolean => {
  const { inserted = 0, updated = 0 } = table.writes ?? {};
  const { rows, modifiedSinceAnalyze } = table;
  const isWritten = inserted + updated >= 2 * rows || modifiedSinceAnalyze >= noticed * rows;
  return written.inserted + written.updated === 0 && isWritten;
};
/** Of its rows; less may be from when it was made. */
const noticed = 0.01;

export const writtenName = ({ schema, name }: { schema: string; name: string }): string =>
  `${schema}.${name}`;

export function writesOf(index: IndexDef, table: TableFacts, written: TableWrites): Writes {
  const { updated = 0, hotUpdated = 0 } = table.writes ?? {};
  const hot = updated > 0 ? (written.updated * hotUpdated) / updated : 0;
  const lost = columnsOf(index).some((column) => written.sets.has(column)) ? hot : 0;
  return {
    entries: written.inserted + written.updated - hot + lost,
    besides: lost * table.indexes.length,
  };
}

/** Columns that an index is on, keeps, or is limited by; of an expression all words. */
function columnsOf({ keys, include = [], where = '' }: IndexDef): string[] {
  const texts = keys.map((key) => ('column' in key ? '' : key.expression));
  const words = [...texts, where].join(' ').match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? [];
  const plain = keys.flatMap((key) => ('column' in key ? [key.column] : []));
  return [...plain, ...include, ...words];
}

/** Milliseconds that writes pay over the same time as the counts are of. */
export const writeMs = ({ method }: IndexDef, { entries, besides }: Writes): number =>
  (entries * (ofMethod[method] ?? 1) + besides) * msAnEntry;

/**
 * Of a workload: how long a unit of the planner's cost takes. Where costs say nothing of time, what
 * writes pay cannot be held against what reads save; a usual machine's is taken then.
 */
export function msOfCost(
  statements: readonly { calls: number; totalMs: number; cost: number }[],
): number {
  const costs = statements.reduce((sum, { calls, cost }) => sum + calls * cost, 0);
  const ms = statements.reduce((sum, { totalMs }) => sum + totalMs, 0);
  return costs > 0 && ms > 0 ? ms / costs : usualMsOfCost;
}
/** A page that is read in sequence costs 1, and takes about a hundredth of a millisecond. */
const usualMsOfCost = 0.01;
