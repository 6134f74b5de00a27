import { describe, expect, it } from 'vitest';
import { bareNode, mysqlPredicate } from '../dialects/reading.ts';
import type { TableFacts } from '../model/statistics.ts';
import { conditionsOn, createIndex, indexableCall, keysFor, sqlTable } from './advice.ts';

const table = (columns?: TableFacts['columns'], engine?: string): TableFacts => ({
  schema: 'my shop',
  name: 'order',
  rows: 50_000,
  pages: 900,
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: [],
  ...(columns ? { columns } : {}),
  ...(engine ? { engine } : {}),
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
  it('quotes every name', () => {
    expect(createIndex(mysql, table([{ name: 'k`ey', type: 'int' }]), [{ column: 'k`ey' }])).toBe(
      'ALTER TABLE `my shop`.`order` ADD INDEX (`k``ey`), ALGORITHM=INPLACE, LOCK=NONE;',
    );
    expect(
      createIndex({ engine: 'postgres' }, table(), [{ column: 'user' }, { column: 'total' }]),
    ).toBe('CREATE INDEX CONCURRENTLY ON "my shop"."order" ("user", total);');
    expect(sqlTable({ engine: 'postgres' }, { name: 'a"b' })).toBe('"a""b"');
  });
  it('is left to words where it would not run', () => {
    const column = (type: string) =>
      createIndex(mysql, table([{ name: 'c', type }]), [{ column: 'c' }]);
    expect([column('json'), column('point'), column('longblob')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(
      createIndex(mysql, table([{ name: 'c', type: 'int' }]), [{ column: 'day' }]),
    ).toBeUndefined();
    expect(
      createIndex(mysql, table([{ name: 'c', type: 'text' }]), [
        { column: 'c', function: 'lower' },
      ]),
    ).toBeUndefined();
    expect(
      createIndex({ engine: 'mariadb' }, table(), [{ column: 'c', function: 'lower' }]),
    ).toBeUndefined();
    expect(createIndex(mysql, table(), [])).toBeUndefined();
  });
  it('asks for no more than the engine can', () => {
    expect(
      createIndex(mysql, table([{ name: 'c', type: 'int' }], 'MyISAM'), [{ column: 'c' }]),
    ).toBe('ALTER TABLE `my shop`.`order` ADD INDEX (`c`);');
    expect(
      createIndex(mysql, table([{ name: 'c', type: 'text', bytes: 65_535 }]), [{ column: 'c' }]),
    ).toContain('(`c`(64))');
  });
  it('takes a call only where the column is all of it', () => {
    const lower = { column: 'c', operator: '=', function: 'lower', with: 'value' } as const;
    expect(indexableCall(mysql, { ...lower, sole: true })).toEqual({
      column: 'c',
      function: 'lower',
    });
    expect(indexableCall(mysql, lower)).toBeUndefined();
    expect(
      indexableCall(mysql, { ...lower, function: 'json_extract', sole: true }),
    ).toBeUndefined();
    expect(
      indexableCall({ engine: 'postgres' }, { ...lower, function: 'date_trunc', sole: true }),
    ).toBeUndefined();
  });
});
