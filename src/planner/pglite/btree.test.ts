import { describe, expect, it } from 'vitest';
import { btreeSize, heightOf, pageBytes, pagesOfHeight, type StoredColumn } from './btree.ts';

const int4 = (distinct = 1e9): StoredColumn => ({
  length: 4,
  align: 4,
  width: 4,
  nulls: 0,
  distinct,
});
const text = (width: number, over: Partial<StoredColumn> = {}): StoredColumn => ({
  length: -1,
  align: 4,
  width,
  nulls: 0,
  distinct: 1e9,
  ...over,
});
const shape = (rows: number, columns: StoredColumn[], once = true) => ({
  rows,
  columns,
  keys: columns.length,
  once,
  fillfactor: 90,
});

describe('the size of a B-tree', () => {
  // What servers of 18 have after CREATE INDEX.
  it.each([
    ['a million integers', shape(1_000_000, [int4()]), 2_745, 2],
    ['a million of ten values', shape(1_000_000, [int4(10)]), 850, 2],
    ['the same, kept each', shape(1_000_000, [int4(10)], false), 2_749, 2],
    ['a hundred thousand texts', shape(100_000, [text(33)]), 724, 2],
    ['of a hundred values', shape(100_000, [text(33, { distinct: 100 })]), 91, 1],
    ['one in ten there', shape(100_000, [text(33, { nulls: 0.9, distinct: 1e4 })]), 152, 2],
    ['nothing', shape(0, [int4()]), 1, 0],
  ])('of %s is that of a server', (_, of, pages, height) => {
    const size = btreeSize(of);
    expect(size.height).toBe(height);
    expect(size.pages / pages).toBeGreaterThan(0.95);
    expect(size.pages / pages).toBeLessThan(1.05);
  });

  it.each([
    [2, 0],
    [4, 1],
    [276, 1],
    [2_745, 2],
    [300_000, 3],
  ])('of %i pages of integers its height is %i', (pages, height) =>
    expect(heightOf(pages, [int4()])).toBe(height),
  );
});

it('writes a chain of empty pages below the metapage', () => {
  const meta = new Uint8Array(pageBytes).fill(7, 0, 100);
  const pages = pagesOfHeight(meta, 2);
  expect(pages.length).toBe(4 * pageBytes);
  const view = new DataView(pages.buffer);
  expect([1, 2, 3].map((block) => view.getUint32(block * pageBytes + pageBytes - 8, true))).toEqual(
    [2, 1, 0],
  );
  // root, level, fast root, its level
  expect([0, 4, 8, 12].map((at) => view.getUint32(32 + at, true))).toEqual([1, 2, 1, 2]);
});
