import type { ColumnFacts, IndexFacts } from '../../../model/statistics.ts';

/**
 * Bytes of a value in the mean where no statistics tell, and none of what may be: a column of 255
 * letters has some twenty. From what the catalogs say of size: an index that has the column, or
 * else its share of a row. Nothing of the table is read. Pure.
 */
export interface Sized {
  rows: number;
  /** Of the table itself, what is free in it left out. */
  bytes: number;
  columns: readonly ColumnFacts[];
  indexes: readonly IndexFacts[];
}

/** The sizes of few rows are those of pages. */
const leastRows = 1_000;
const pageBytes = 16_384;
/** Of a page in use: what is written in order fills it, what comes in between half empties some. */
const filled = 0.85;
const entryHeader = 7;
/** With its transaction and the way to what it was before. */
const rowHeader = 20;
/** Of a type of which nothing is known: a decimal, an enum, a set. */
const usualWidth = 5;
/** What is longer is kept elsewhere, for the greater part. */
const longest = 8_192;

export function columnWidths(sized: Sized): Map<string, number> {
  const known = new Map(
    sized.columns.flatMap((column) => {
      const width = column.width ?? (isFixed(column) ? lettersOf(column) : undefined);
      return width === undefined && (column.bytes !== undefined || isDocument(column))
        ? []
        : [[column.name, width ?? usualWidth] as const];
    }),
  );
  if (sized.rows < leastRows) return known;
  for (const index of sized.indexes) {
    const [column, width] = ofIndex(index, sized, known) ?? [];
    if (column !== undefined && width !== undefined) known.set(column, width);
  }
  return new Map([...known, ...sharesOfRow(sized, known)]);
}

/** The one column of an index of which nothing is known takes what the others leave. */
function ofIndex(
  { name, keys, pages, prefixed, method }: IndexFacts,
  { rows, columns, indexes }: Sized,
  known: ReadonlyMap<string, number>,
): [string, number] | undefined {
  if (pages === undefined || prefixed?.length || method !== undefined || name === primary)
    return undefined;
  const all = [...new Set([...keys, ...primaryKeys(indexes)])];
  const unknown = all.filter((each) => !known.has(each));
  const column = columns.find((each) => each.name === unknown[0]);
  if (unknown.length !== 1 || !column) return undefined;
  const others = all.reduce((sum, each) => sum + (known.get(each) ?? 0), 0);
  const width = (pages * pageBytes * filled) / rows - entryHeader - others;
  return [column.name, Math.round(Math.min(column.bytes ?? longest, Math.max(1, width)))];
}

/**
 * Of a column of 255 letters some thirty bytes are usual, of one of twenty nine; what has no such
 * length takes what they leave. Where nothing does, they share the row as they usually would.
 */
function sharesOfRow(
  { rows, bytes, columns }: Sized,
  known: ReadonlyMap<string, number>,
): [string, number][] {
  const open = columns.filter(({ name }) => !known.has(name));
  const [long, short] = [open.filter(isLong), open.filter((each) => !isLong(each))];
  const taken = columns.reduce((sum, { name }) => sum + (known.get(name) ?? 0), 0);
  const left = Math.max(0, (bytes * filled) / rows - rowHeader - taken);
  const usual = short.reduce((sum, each) => sum + usualOf(each), 0);
  const scale = long.length > 0 ? Math.min(1, left / usual) : left / usual;
  const shares = short.map(
    (each) => [each.name, Math.min(each.bytes ?? longest, usualOf(each) * scale)] as const,
  );
  const rest = left - shares.reduce((sum, [, width]) => sum + width, 0);
  return [...shares, ...long.map(({ name }) => [name, rest / long.length] as const)].map(
    ([name, width]) => [name, Math.max(1, Math.round(width))],
  );
}
/** They have no length that the catalog tells. */
const isDocument = ({ type }: ColumnFacts): boolean => /json|geo|point|line|polygon/.test(type);
const isLong = ({ bytes = longest }: ColumnFacts): boolean => bytes >= longest;
const usualOf = (column: ColumnFacts): number => 2 * Math.sqrt(lettersOf(column));

/** As many as a column may have, each of one byte: what keeps a fixed number has no less. */
const lettersOf = ({ bytes = longest, collation = '' }: ColumnFacts): number =>
  bytes / (/^utf8mb4|^utf32|^utf16/.test(collation) ? 4 : collation.startsWith('utf8') ? 3 : 1);
const isFixed = ({ type, bytes }: ColumnFacts): boolean =>
  bytes !== undefined && (type === 'char' || type === 'binary');

const primary = 'PRIMARY';
const primaryKeys = (indexes: readonly IndexFacts[]): readonly string[] =>
  indexes.find(({ name }) => name === primary)?.keys ?? [];

/** Of the primary key, which is in each entry of the other indexes; a number where none is. */
export const primaryBytes = (
  indexes: readonly IndexFacts[],
  widths: ReadonlyMap<string, number>,
): number => {
  const keys = primaryKeys(indexes);
  return keys.length === 0 ? rowNumber : keys.reduce((sum, key) => sum + (widths.get(key) ?? 8), 0);
};
const rowNumber = 6;
