import { expect, it } from 'vitest';
import { remarkOf, statementsOf } from './statements-of.ts';

it.each([
  ['ANALYZE t;', 'ANALYZE t;', undefined],
  ['CREATE INDEX ON t (a); -- 3 MB', 'CREATE INDEX ON t (a);', '3 MB'],
  ["SET a = ';'; ANALYZE t;", "SET a = ';'; ANALYZE t;", undefined],
  ['Give it more memory; then ANALYZE t;', undefined, undefined],
  ['ANALYZE t; and wait', undefined, undefined],
  ['A join that is grouped once; or ANALYZE t;', undefined, undefined],
  [
    'A join; or an index. Here: CREATE INDEX ON t (a);',
    'CREATE INDEX ON t (a);',
    'A join; or an index.',
  ],
  ['Compare alike. Then: ANALYZE t; ANALYZE u;', 'ANALYZE t; ANALYZE u;', 'Compare alike.'],
])('%s', (fix, statements, remark) => {
  expect([statementsOf(fix), remarkOf(fix)]).toEqual([statements, remark]);
});
