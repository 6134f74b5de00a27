import { expect, it } from 'vitest';
import { hintedIndexes, mayBeCut } from './index-hints.ts';

it.each([
  ['SELECT * FROM `t` FORCE INDEX ( `By_A` ) WHERE `a` = ?', ['by_a']],
  ['select * from t use key for order by (a, `odd)``name`) where b = ?', ['a', 'odd)`name']],
  ['SELECT * FROM t IGNORE INDEX FOR GROUP BY (x) JOIN u FORCE KEY (y) ON 1', ['x', 'y']],
  ['SELECT * FROM t USE INDEX () WHERE a = ?', []],
  ['SELECT force_index (a) FROM t', []],
])('%s', (text, names) => expect(hintedIndexes(text)).toEqual(names));

it('knows a digest that had no room for more', () => {
  const named = Array.from({ length: 25 }, (_, i) => `\`customer\` AS \`a_rather_long_name_${i}\``);
  expect(mayBeCut(`SELECT ${named.join(' , ')} ,`, 1_024)).toBe(true);
  const signs = `SELECT \`id\` FROM \`t\` WHERE ${'`total` > ? AND '.repeat(50)}`;
  expect(mayBeCut(signs, 1_024)).toBe(false);
  expect(mayBeCut(signs, 800)).toBe(true);
});
