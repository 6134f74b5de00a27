import { expect, it } from 'vitest';
import { hintedIndexes } from './index-hints.ts';

it.each([
  ['SELECT * FROM `t` FORCE INDEX ( `By_A` ) WHERE `a` = ?', ['by_a']],
  ['select * from t use key for order by (a, `odd)``name`) where b = ?', ['a', 'odd)`name']],
  ['SELECT * FROM t IGNORE INDEX FOR GROUP BY (x) JOIN u FORCE KEY (y) ON 1', ['x', 'y']],
  ['SELECT * FROM t USE INDEX () WHERE a = ?', []],
  ['SELECT force_index (a) FROM t', []],
])('%s', (text, names) => expect(hintedIndexes(text)).toEqual(names));
