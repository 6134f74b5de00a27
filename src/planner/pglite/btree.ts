/**
 * B-trees as the planner sees them: how many pages they have and how high they stand. Of an index
 * that is only claimed both are written: a metapage that tells the height, and below it a chain of
 * empty pages, so that a look at the index's end finds an empty leaf and not garbage.
 * (nbtree.h, nbtpage.c, bufpage.h; little-endian, pages of 8 KiB.)
 */
export const pageBytes = 8_192;

/** Where the metapage says which page is the root, and its level; twice, for the fast root. */
const metaRoot = 24 + 8;
/** Whether equal keys are equal to the bit: then they are kept once, with a list of their rows. */
const metaEqualIsSame = 24 + 40;
const special = pageBytes - 16;
const leafFlag = 1;
const rootFlag = 2;

export const keepsEqualOnce = (metapage: Uint8Array): boolean => metapage[metaEqualIsSame] === 1;

/** The metapage of an empty index, and its height → the pages that it must begin with. */
export function pagesOfHeight(metapage: Uint8Array, height: number): Uint8Array {
  const pages = new Uint8Array((height + 2) * pageBytes);
  pages.set(metapage.subarray(0, pageBytes));
  const meta = new DataView(pages.buffer);
  for (const [i, value] of [1, height, 1, height].entries())
    meta.setUint32(metaRoot + 4 * i, value, true);
  for (let level = height; level >= 0; level -= 1) {
    const block = height - level + 1;
    const page = new DataView(pages.buffer, block * pageBytes, pageBytes);
    writePage(page, level, level === height, level > 0 ? block + 1 : undefined);
  }
  return pages;
}

/** `child`: below its one key, which is smaller than any. */
function writePage(page: DataView, level: number, root: boolean, child: number | undefined): void {
  const upper = child === undefined ? special : special - 8;
  page.setUint16(12, child === undefined ? 24 : 28, true); // where the line pointers end
  page.setUint16(14, upper, true);
  page.setUint16(16, special, true);
  page.setUint16(18, pageBytes | 4, true); // size and layout version
  if (child !== undefined) {
    page.setUint32(24, upper | (1 << 15) | (8 << 17), true); // line pointer: offset, normal, length
    page.setUint16(upper, child >>> 16, true);
    page.setUint16(upper + 2, child & 0xffff, true);
    page.setUint16(upper + 6, 8 | 0x2000, true); // a pivot of no key
  }
  page.setUint32(special + 8, level, true);
  page.setUint16(special + 12, (level === 0 ? leafFlag : 0) | (root ? rootFlag : 0), true);
}

/** A key or a column beside it, as its index keeps it. */
export interface StoredColumn {
  /** Bytes of every value; below 0 where they differ. */
  length: number;
  /** 1, 2, 4 or 8. */
  align: number;
  /** Of those that are not NULL, with what says how long they are. */
  width: number;
  /** Share of NULLs, 0..1. */
  nulls: number;
  /** Different values. */
  distinct: number;
}

export interface BtreeShape {
  /** Rows that it has entries for. */
  rows: number;
  columns: readonly StoredColumn[];
  /** How many of them are keys. */
  keys: number;
  /** Equal keys are kept once, with a list of their rows. */
  once: boolean;
  /** Percent of a leaf that is filled. */
  fillfactor: number;
}

const aligned = (bytes: number, to: number) => Math.ceil(bytes / to) * to;
const header = 8;
const linePointer = 4;
const usable = pageBytes - 24 - 16;
/** While it is built a list of rows is at most so long (nbtsort.c: a tenth of a page). */
const longestList = 812;
const rowPointer = 6;
/** Inner pages are left so full, whatever the leaves are. */
const innerFill = 0.7;

/** Bytes of an entry on its page. */
function entryBytes(columns: readonly StoredColumn[]): number {
  const full = columns.reduce((bytes, { length, align, width, nulls }) => {
    // short values have a header of one byte, and are not aligned
    const to = length < 0 && width < 127 ? 1 : align;
    return aligned(bytes, to) + (length > 0 ? length : width) * (1 - nulls);
  }, header);
  return aligned(full, 8) + linePointer;
}

/**
 * Different entries. Of several columns there are as many combinations as rows have hit: of `all`
 * possible ones, drawn blindly.
 */
function distinctOf(columns: readonly StoredColumn[], rows: number): number {
  const all = columns.reduce((product, { distinct }) => product * Math.max(1, distinct), 1);
  const hit = columns.length > 1 ? all * -Math.expm1(-rows / all) : all;
  return Math.max(1, Math.min(rows, hit));
}

/** As CREATE INDEX would make it: pages, the metapage among them, and levels above the leaves. */
export function btreeSize(shape: BtreeShape): { pages: number; height: number } {
  if (shape.rows <= 0) return { pages: 1, height: 0 };
  const leaves = Math.ceil(leafBytes(shape) / ((usable * shape.fillfactor) / 100));
  const { inner, height } = above(leaves, shape.columns.slice(0, shape.keys));
  return { pages: 1 + leaves + inner, height };
}

/** In place of a value that is missing: a bitmap says so. */
const missing = { length: 8, align: 8, width: 8, nulls: 0, distinct: 1 };

function leafBytes(shape: BtreeShape): number {
  const { rows, columns, keys, once } = shape;
  const at = columns.findIndex(({ nulls }, i) => i < keys && nulls > 0);
  const column = columns[at];
  if (column) {
    const of = (share: number, instead: StoredColumn) =>
      leafBytes({ ...shape, rows: rows * share, columns: columns.with(at, instead) });
    return of(column.nulls, missing) + of(1 - column.nulls, { ...column, nulls: 0 });
  }
  const entry = entryBytes(columns);
  const same = once ? rows / distinctOf(columns.slice(0, keys), rows) : 1;
  const perList = Math.max(1, Math.floor((longestList - entry + linePointer) / rowPointer));
  const perEntry = Math.min(same, perList);
  const list = entry + aligned(perEntry * rowPointer, 8);
  // two rows are some bytes more than one and a half
  return rows * (perEntry > 1 ? Math.min(entry, list / perEntry) : entry);
}

/** Inner pages have of the keys only what tells one leaf from the next. */
function above(leaves: number, keys: readonly StoredColumn[]): { inner: number; height: number } {
  const needed = keys.findIndex((_, i) => distinctOf(keys.slice(0, i + 1), leaves) >= leaves);
  const kept = keys.slice(0, needed < 0 ? keys.length : needed + 1);
  const full = kept.map((key) => ({ ...key, nulls: 0 }));
  const fanout = Math.max(2, Math.floor((usable * innerFill) / entryBytes(full)));
  let [inner, height] = [0, 0];
  for (let level = leaves; level > 1; height += 1) {
    level = Math.ceil(level / fanout);
    inner += level;
  }
  return { inner, height };
}

/** Of one that is there: only its pages are known, a metapage and few inner ones among them. */
export function heightOf(pages: number, keys: readonly StoredColumn[]): number {
  const { inner } = above(pages - 1, keys);
  return above(Math.max(1, pages - 1 - inner), keys).height;
}
