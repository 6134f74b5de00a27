import type { IndexDef } from '../model/index-def.ts';
import type { TableFacts } from '../model/statistics.ts';

/**
 * Bytes of an index that is not there, from statistics alone: for pruning, and where no what-if
 * planner says better. A B-tree as PostgreSQL builds it: pages filled to 90 %, an entry of its
 * values, a header of 8 bytes and a line pointer of 4, some half a per cent of inner pages.
 * InnoDB's are within a third of that, and have the primary key as well.
 */
export function indexBytes({ keys, include = [], method, where }: IndexDef, table: TableFacts) {
  const rows = table.rows * (where === undefined ? 1 : usualShareOfRows);
  if (method === 'brin') return pageBytes * (2 + Math.ceil(table.pages / pagesOfRange / perPage));
  const widths = [
    ...keys.map((key) => ('column' in key ? widthOf(key.column, table) : usualWidth)),
    ...include.map((column) => widthOf(column, table)),
  ];
  const values = widths.reduce((sum, width) => sum + width, table.entryKey ?? 0);
  // Each value of a document or a text stands in several entries, which share their rows' places.
  if (method === 'gin') return Math.max(1, rows) * Math.max(usualWidth, values) * shareOfInverted;
  const entry = entryHeader + linePointer + Math.ceil(values / alignment) * alignment;
  const pages = Math.ceil((Math.max(1, rows) * entry) / (usableBytes * filled));
  return (pages + 1) * innerPages * pageBytes;
}

const widthOf = (column: string, { columns }: TableFacts): number => {
  const known = columns?.find(({ name }) => name === column);
  return known?.width ?? Math.min(known?.bytes ?? usualWidth, mostWidth);
};

const pageBytes = 8_192;
/** Less its header and what an index keeps at its end. */
const usableBytes = pageBytes - 40;
const filled = 0.9;
const innerPages = 1.005;
const entryHeader = 8;
const linePointer = 4;
const alignment = 8;
/** Of a column of which nothing is known: a number or a time. */
const usualWidth = 8;
/** What is longer is cut, or has no index. */
const mostWidth = 256;
const pagesOfRange = 128;
/** Entries of a BRIN on a page. */
const perPage = 300;
const shareOfInverted = 0.6;
/** Of a partial index, until the planner says. */
const usualShareOfRows = 0.2;
