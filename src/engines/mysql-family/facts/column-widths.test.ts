import { expect, it } from 'vitest';
import type { ColumnFacts, IndexFacts } from '../../../model/statistics.ts';
import { columnWidths, primaryBytes } from './column-widths.ts';

const number = { name: 'id', type: 'bigint', width: 8 };
const text = (name: string, bytes: number): ColumnFacts => ({
  name,
  type: 'varchar',
  bytes,
  collation: 'utf8mb4_bin',
});
const index = (name: string, keys: string[], pages: number): IndexFacts => ({
  name,
  unique: false,
  partial: false,
  keys,
  pages,
});
const primary = index('PRIMARY', ['id'], 1_000);
const of = (columns: ColumnFacts[], bytes: number, indexes = [primary]) =>
  Object.fromEntries(columnWidths({ rows: 100_000, bytes, columns, indexes }));

it('shares a row among columns of which nothing is known', () => {
  const widths = of([number, text('email', 1_020), text('name', 400)], 100_000 * 80);
  expect(widths).toEqual({ id: 8, email: 25, name: 15 });
});
it('leaves to a document what others usually do not take', () => {
  const body = { name: 'body', type: 'json' };
  const widths = of([number, text('email', 1_020), body], 100_000 * 2_000);
  expect(widths).toEqual({ id: 8, email: 32, body: 1_640 });
});
it('knows a column by the size of an index that has it, and one of a fixed length', () => {
  const code = { ...text('code', 80), type: 'char' };
  const indexes = [primary, index('by_email', ['code', 'email'], 400)];
  const widths = of([number, text('email', 1_020), code], 100_000 * 900, indexes);
  expect(widths).toEqual({ id: 8, code: 20, email: 21 });
  expect(primaryBytes(indexes, new Map([['id', 8]]))).toBe(8);
  expect(primaryBytes([], new Map())).toBe(6);
});
it('says nothing of a table of few rows', () =>
  expect(
    columnWidths({ rows: 10, bytes: 16_384, columns: [text('a', 40)], indexes: [] }).size,
  ).toBe(0));
