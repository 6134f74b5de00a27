import { expect, it } from 'vitest';
import { remarkOf, statementsOf } from './statements-of.ts';

it.each([
  ['ANALYZE t;', 'ANALYZE t;', undefined],
  ['CREATE INDEX ON t (a); -- 3 MB', 'CREATE INDEX ON t (a);', '3 MB'],
  ["SET a = ';'; ANALYZE t;", "SET a = ';'; ANALYZE t;", undefined],
  ['Give it more memory; then ANALYZE t;', undefined, undefined],
  ['ANALYZE t; and wait', undefined, undefined],
])('%s', (fix, statements, remark) => {
  expect([statementsOf(fix), remarkOf(fix)]).toEqual([statements, remark]);
});
