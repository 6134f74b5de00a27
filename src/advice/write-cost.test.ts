import { describe, expect, it } from 'vitest';
import { index, table } from '../analysis/examples.ts';
import type { IndexDef } from '../model/index-def.ts';
import { emptyShape, type QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import {
  isWrittenUnseen,
  msOfCost,
  nothingWritten,
  writeMs,
  writesByTable,
  writesOf,
} from './write-cost.ts';

const orders = table('orders', 1_000, {
  indexes: [index('pkey', ['id']), index('by', ['customer'])],
  writes: { inserted: 9, updated: 100, deleted: 0, hotUpdated: 80 },
});
const of = (...columns: string[]): IndexDef => ({
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: columns.map((column) => ({ column })),
});
const writing = (kind: QueryShape['kind'], calls: number, sets?: string[]) => ({
  fingerprint: kind,
  database: 'shop',
  weight: { calls, totalMs: 1, rows: 2 * calls },
  facts: [orders],
  shape: { ...emptyShape(kind), writes: [{ name: 'orders' }], ...(sets ? { sets } : {}) },
});

describe('what writes pay', () => {
  const written = writesByTable([
    writing('insert', 50),
    writing('update', 25, ['status']),
    writing('delete', 10),
  ]).get('public.orders');
  it('is counted over the workload’s own time', () =>
    expect(written).toEqual({ inserted: 100, updated: 50, sets: new Set(['status']) }));
  it('is counted of rows that are loaded, of which there is no plan', () => {
    const { shape: _, facts: __, ...load } = writing('insert', 50);
    const text = 'COPY orders (id, customer) FROM STDIN';
    const read = { ...writing('select', 1), shape: emptyShape() };
    expect(writesByTable([{ ...load, text }, read]).get('public.orders')?.inserted).toBe(100);
  });
  it('is told as not known where nobody is seen who writes', () => {
    const unseen = (more: Partial<TableFacts>, by = nothingWritten) =>
      isWrittenUnseen(table('orders', 1_000, more), by);
    const writes = { inserted: 1_500, updated: 900, deleted: 0 };
    expect(unseen({ writes })).toBe(true);
    expect(unseen({ writes }, { ...nothingWritten, inserted: 1 })).toBe(false);
    expect(unseen({ writes: { ...writes, updated: 0 } })).toBe(false);
    expect(unseen({ modifiedSinceAnalyze: 30 })).toBe(true);
  });
  it('is of rows that come, and of those that are written anew elsewhere', () =>
    expect(writesOf(of('customer'), orders, written ?? nothingWritten)).toEqual({
      entries: 110,
      besides: 0,
    }));
  it('of an updated column, ends HOT for the whole table', () =>
    expect(writesOf(of('status'), orders, written ?? nothingWritten)).toEqual({
      entries: 150,
      besides: 80,
    }));
  it('of a predicate’s column, too', () =>
    expect(
      writesOf({ ...of('customer'), where: 'NOT status' }, orders, written ?? nothingWritten)
        .besides,
    ).toBe(80));
  it('is more for an index of parts, and least for ranges of pages', () => {
    const one = { entries: 1_000, besides: 0 };
    const [btree, gin, brin] = ['btree', 'gin', 'brin'].map((method) =>
      writeMs({ ...of('a'), method }, one),
    );
    expect(gin).toBeGreaterThan(btree ?? 0);
    expect(brin).toBeLessThan(btree ?? 0);
  });
  it('stands beside costs by what these take', () => {
    expect(msOfCost([{ calls: 10, totalMs: 100, cost: 1_000 }])).toBe(0.01);
    expect(msOfCost([])).toBe(0.01);
  });
});
