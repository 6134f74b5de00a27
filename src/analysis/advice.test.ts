import { describe, expect, it } from 'vitest';
import type { TableFacts } from '../model/statistics.ts';
import { createIndex, createIndexes, expressionAdvice, keysFor, rebuildIndex } from './advice.ts';
import type { Condition } from './conditions.ts';
import { index, typed } from './examples.ts';
import { readExpression } from './expression.ts';
import { statementsOf } from './statements-of.ts';

const columns = typed({
  c: 'text',
  n: 'int4',
  made: 'timestamp',
  at: 'timestamptz',
  key: ['int4', 5_000],
  status: ['text', 4],
  b: 'int4',
});
const table = (more: Partial<TableFacts> = {}): TableFacts => ({
  schema: 'my shop',
  name: 'order',
  rows: 50_000,
  pages: 900,
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: [],
  columns,
  ...more,
});
const equal = (column: string, more: Partial<Condition> = {}): Condition => ({
  column,
  kind: 'equal',
  operator: '=',
  single: true,
  ...more,
});
const [mysql, postgres] = [{ engine: 'mysql' }, { engine: 'postgres' }] as const;
const keys = (...names: string[]) => names.map((column) => ({ column }));

describe('keys of an index', () => {
  it('one value before several, few rows before many, then one range', () =>
    expect(
      keysFor(
        [
          { column: 'n', kind: 'range', operator: '>' },
          equal('status'),
          { column: 'c', kind: 'equal', operator: 'in' },
          equal('key'),
          { column: 'b', kind: 'range', operator: '<' },
          equal('key'),
        ],
        table(),
      ),
    ).toEqual(keys('key', 'status', 'c', 'n')));
  it('of ranges no one that nearly all rows are in, before one that may find few', () => {
    const range = (column: string, operator: string): Condition => ({
      column,
      kind: 'range',
      operator,
    });
    const first = (...all: [string, string][]) =>
      keysFor(
        all.map(([column, operator]) => range(column, operator)),
        table({
          columns: [
            { name: 'sent', type: 'timestamp', distinct: 300_000, nulls: 0.0007 },
            { name: 'gone', type: 'timestamp', distinct: 3_000, nulls: 0.98 },
            { name: 'made', type: 'timestamp', distinct: 300_000, nulls: 0 },
          ],
        }),
      )[0]?.column;
    expect(first(['sent', 'not is null'], ['made', '<'])).toBe('made');
    expect(first(['sent', '<>'], ['made', '<'])).toBe('made');
    expect(first(['made', '<'], ['gone', 'not is null'])).toBe('gone');
  });
  it('none of what is wrapped, or there already', () =>
    expect(
      keysFor(
        [equal('c', { wrapped: readExpression('lower(c)') }), equal('n'), equal('b')],
        table(),
        ['b'],
      ),
    ).toEqual(keys('n')));
});

describe('an index as SQL', () => {
  it('has four keys at most', () => {
    const bare = { schema: 'my shop', name: 'order', rows: 9, pages: 1 };
    const { columns: _columns, ...unknown } = table(bare);
    expect(createIndex(mysql, unknown, keys('a', 'b', 'c', 'd', 'e'))).toContain(
      '(`a`, `b`, `c`, `d`)',
    );
  });
  it('is none where one that is there begins like it', () => {
    const there = table({ indexes: [index('i', ['n', 'b', 'key'])] });
    expect(createIndex(postgres, there, keys('n', 'b'))).toBeUndefined();
    expect(createIndex(postgres, there, keys('b', 'n'))).toContain('(b, n)');
  });
  it('of a partition is its root’s', () => {
    const partitionOf = {
      schema: 's',
      name: 'root',
      strategy: 'range',
      keys: ['at'],
      partitions: 3,
    };
    const made = createIndex(postgres, table({ partitionOf }), keys('n'));
    expect(made).toMatch(/^CREATE INDEX ON s\.root \(n\); -- writers wait/);
    expect(statementsOf(made ?? '')).toBe('CREATE INDEX ON s.root (n);');
  });
  it('is one for each side of an OR', () =>
    expect(createIndexes(postgres, table(), [[equal('n')], [equal('b')]])).toBe(
      'CREATE INDEX CONCURRENTLY ON "my shop"."order" (n); ' +
        'CREATE INDEX CONCURRENTLY ON "my shop"."order" (b);',
    ));
  it('replaces one that is there and invalid', () => {
    const invalid = { name: 'order_c', unique: true, keys: ['c'], partial: false };
    const broken = (change: object) =>
      rebuildIndex(postgres, table({ invalidIndexes: [{ ...invalid, ...change }] }), () => true)
        ?.fix;
    expect(broken({})).toBe(
      'DROP INDEX CONCURRENTLY "my shop".order_c; ' +
        'CREATE UNIQUE INDEX CONCURRENTLY ON "my shop"."order" (c);',
    );
    expect(broken({ partial: true })).toBe(
      'DROP INDEX CONCURRENTLY "my shop".order_c; -- then build it anew as it was defined',
    );
  });
});

describe('an index on an expression', () => {
  const on = (column: string, text: string, engine: 'postgres' | 'mysql' = 'postgres') =>
    expressionAdvice({ engine }, table(), equal(column, { wrapped: readExpression(text) }));
  it.each([
    ['c', 'lower((o.c)::text)', '(lower(c));'],
    ['n', '(o.n + b)', '((n + b));'.replace('((n', '(((n').replace('b));', 'b)));')],
    ['made', '(made)::date', '(((made)::date));'],
    ['n', '(n)::text', '(((n)::text));'],
    ['c', '(c || status)', '(((c || status)));'],
  ])('%s: %s', (column, text, end) => {
    expect(on(column, text)).toBe(`CREATE INDEX CONCURRENTLY ON "my shop"."order" ${end}`);
  });
  it.each([
    ['at', '(at)::date', 'A range of at itself'],
    ['at', 'date_trunc(?, at)', 'A range of at itself'],
    ['at', 'to_char(at, ?)', 'A range of at itself'],
    ['n', 'COALESCE(n, ?)', 'Compare n itself'],
    ['n', '(n + ?)', 'Compare n itself'],
    ['c', 'substr(c, ?, ?)', 'Compare c itself'],
    ['at', '(at + made)', 'Compare at itself'],
  ])('%s: %s is said in words', (column, text, start) => {
    expect(on(column, text)).toMatch(new RegExp(`^${start}`));
    expect(statementsOf(on(column, text))).toBeUndefined();
  });
});
