import { describe, expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import { emptyShape, type QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { index, node, table } from './examples.ts';
import type { RuleContext } from './rule.ts';
import { dropIndex, tablesWritten } from './written.ts';

const plan = readAnyPlan(
  JSON.stringify([
    { Plan: node('ModifyTable', { Operation: 'Update', 'Relation Name': 't', Schema: 'public' }) },
  ]),
);
const context = (kind: QueryShape['kind'], more: Partial<TableFacts> = {}, pages?: number) => ({
  ...({
    stats: {
      key: 'k',
      nativeId: '1',
      database: 'd',
      user: 'u',
      toplevel: true,
      calls: 1,
      totalMs: 1,
      meanMs: 1,
      rows: 1,
      tempBlocksWritten: 0,
      isNew: false,
      ...(pages === undefined ? {} : { work: { pages } }),
    },
    fingerprint: { algorithm: 'test', value: 'f' },
    facts: [table('t', 9_000, { indexes: [index('a', ['a']), index('b', ['b'])], ...more })],
  } satisfies RuleContext),
  shape: emptyShape(kind),
});

describe('what writing to a table costs', () => {
  it('is shared by the table and its indexes', () => {
    const [written] = tablesWritten(plan, context('insert'));
    expect(written?.facts.name).toBe('t');
    expect(written?.eachIndex).toBeCloseTo(1 / 3);
  });
  it('is little of a statement that reads far more', () => {
    const [written] = tablesWritten(plan, context('delete', {}, 9_000));
    expect(written?.eachIndex).toBeLessThan(0.001);
  });
  it('is no index where updates change none', () => {
    const writes = { inserted: 0, updated: 100, deleted: 0, hotUpdated: 99 };
    expect(tablesWritten(plan, context('update', { writes }))).toEqual([]);
    expect(tablesWritten(plan, context('insert', { writes }))).toHaveLength(1);
  });
  it('is nothing where nothing is written', () =>
    expect(tablesWritten(plan, context('select'))).toEqual([]));
});

it('an index is dropped with a word of how to have it back', () => {
  expect(dropIndex(plan, table('t', 1), index('i', ['a', 'b'], { unique: true }))).toBe(
    'DROP INDEX CONCURRENTLY public.i; ' +
      '-- undone by: CREATE UNIQUE INDEX CONCURRENTLY ON public.t (a, b);',
  );
  expect(dropIndex(plan, table('t', 1), index('i', ['a'], { method: 'gin' }))).toBe(
    'DROP INDEX CONCURRENTLY public.i; -- undone by: its definition, kept before;',
  );
});
