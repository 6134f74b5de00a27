import { describe, expect, it } from 'vitest';
import { mysqlPredicate } from '../dialects/mysql-family/predicate.ts';
import { bareNode } from '../dialects/reading.ts';
import type { TableFacts } from '../model/statistics.ts';
import { conditionsOn, createIndex, indexableCall, keysFor, rebuildIndex } from './advice.ts';

const table = (): TableFacts => ({
  schema: 'my shop',
  name: 'order',
  rows: 50_000,
  pages: 900,
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: [],
});
const conditions = (text: string) =>
  conditionsOn(
    { ...bareNode('SeqScan', 'ALL'), relation: { name: 'orders', alias: 'o', kind: 'table' } },
    mysqlPredicate(text),
  );

describe('conditions that an index would serve', () => {
  it.each([
    ['(`s`.`o`.`a` = 5)', [{ column: 'a', kind: 'equal' }]],
    [
      '((`s`.`o`.`b` > 5) and (`s`.`o`.`a` = 5))',
      [
        { column: 'a', kind: 'equal' },
        { column: 'b', kind: 'range' },
      ],
    ],
    ['(`s`.`o`.`a` in (1,2))', [{ column: 'a', kind: 'equal' }]],
    ['(`s`.`c`.`id` = `s`.`o`.`a`)', [{ column: 'a', kind: 'equal', other: 'c.id' }]],
    ['(`s`.`o`.`a` = `s`.`c`.`id`)', [{ column: 'a', kind: 'equal', other: 'c.id' }]],
    ['(`s`.`c`.`a` = 5)', []],
    ['(lower(`s`.`o`.`a`) = 5)', []],
    ['((`s`.`o`.`a` + 1) = 5)', []],
    ['(`s`.`o`.`a` <> 5)', []],
    ["(`s`.`o`.`a` like '%x')", []],
    ['((`s`.`o`.`a` = 5) or (`s`.`o`.`b` = 6))', []],
    ['(concat(`s`.`o`.`a` = 5, 1) = 6)', []],
    ['(`s`.`o`.`or case` = 6)', [{ column: 'or case', kind: 'equal' }]],
  ] as const)('%s', (text, expected) => expect(conditions(text)).toEqual(expected));
  it('one range, behind the equalities', () =>
    expect(
      keysFor([
        { column: 'a', kind: 'equal' },
        { column: 'b', kind: 'range' },
        { column: 'c', kind: 'range' },
      ]),
    ).toEqual([{ column: 'a' }, { column: 'b' }]));
});

describe('an index as SQL', () => {
  const mysql = { engine: 'mysql' } as const;
  it('has three keys at most', () => {
    const keys = ['a', 'b', 'c', 'd'].map((column) => ({ column }));
    expect(createIndex(mysql, table(), keys)).toContain('(`a`, `b`, `c`)');
  });
  it('takes a call only where the column is all of it', () => {
    const lower = { column: 'c', operator: '=', function: 'lower', with: 'value' } as const;
    expect(indexableCall(mysql, { ...lower, sole: true })).toEqual({
      column: 'c',
      function: 'lower',
    });
    expect(indexableCall(mysql, lower)).toBeUndefined();
    const other = { ...lower, sole: true } as const;
    expect(indexableCall(mysql, { ...other, function: 'json_extract' })).toBeUndefined();
    expect(
      indexableCall({ engine: 'postgres' }, { ...other, function: 'date_trunc' }),
    ).toBeUndefined();
  });
  it('replaces one that is there and invalid', () => {
    const invalid = { name: 'order_c', unique: true, keys: ['c'], partial: false };
    const broken = (change: object) =>
      rebuildIndex(
        { engine: 'postgres' },
        { ...table(), invalidIndexes: [{ ...invalid, ...change }] },
        () => true,
      )?.fix;
    expect(broken({})).toBe(
      'DROP INDEX CONCURRENTLY "my shop".order_c; ' +
        'CREATE UNIQUE INDEX CONCURRENTLY ON "my shop"."order" (c);',
    );
    expect(broken({ partial: true })).toBe(
      'DROP INDEX CONCURRENTLY "my shop".order_c; -- then build it anew as it was defined',
    );
  });
});
