import { describe, expect, it } from 'vitest';
import type { Condition } from './conditions.ts';
import { index, table } from './examples.ts';
import { readExpression } from './expression.ts';
import { invertedIndex, leadingIndex, wholeIndexes } from './indexes.ts';

const asks = (column: string, more: Partial<Condition> = {}): Condition => ({
  column,
  kind: 'equal',
  operator: '=',
  ...more,
});

describe('an index could serve', () => {
  const partial = (predicate: string) =>
    table('t', 9, { indexes: [index('i', ['a'], { partial: true, predicate })] });
  it.each([
    ['active', '(active AND (a = $1))', 1],
    ['(deleted_at IS NULL)', '((deleted_at IS NULL) AND (a = $1))', 1],
    ['active', '(a = $1)', 0],
    ['(status = ?)', '((status = $1) AND (a = $2))', 0],
  ])('partial, where %s: %s', (predicate, filter, found) => {
    expect(wholeIndexes(partial(predicate), [readExpression(filter)])).toHaveLength(found);
  });
  it('by what it leads with, and by its kind', () => {
    const led = (keys: string[], method: string | undefined, condition: Condition) =>
      leadingIndex([index('i', keys, method ? { method } : {})], condition) !== undefined;
    expect(led(['a', 'b'], undefined, asks('a'))).toBe(true);
    expect(led(['a', 'b'], undefined, asks('b'))).toBe(false);
    expect(led(['a'], 'hash', asks('a'))).toBe(true);
    expect(led(['a'], 'hash', asks('a', { kind: 'range' }))).toBe(false);
    expect(led(['a'], 'gin', asks('a'))).toBe(false);
    expect(led(['lower(a)'], undefined, asks('a'))).toBe(false);
    const lower = asks('a', { wrapped: readExpression('lower((t.a)::text)') });
    expect(led(['lower(a)'], undefined, lower)).toBe(true);
    const number = asks('a', { wrapped: readExpression('(t.a)::text') });
    expect(led(['a'], undefined, number)).toBe(false);
    expect(led(['(a)::text'], undefined, number)).toBe(true);
  });
  it('what stands inside a value by an inverted one', () => {
    expect(invertedIndex([index('i', ['doc'], { method: 'gin' })], asks('doc'))).toBeDefined();
    expect(invertedIndex([index('i', ['doc'])], asks('doc'))).toBeUndefined();
  });
});
