import { beforeAll, expect, it } from 'vitest';
import { parseStatement, ready } from './parse.ts';

beforeAll(() => ready);
const readsOf = (text: string) => {
  const parsed = parseStatement(text, 10_000);
  return parsed.kind === 'parsed'
    ? parsed.shape.reads?.map(
        ({ column, qualifier }) => `${qualifier ? `${qualifier}.` : ''}${column}`,
      )
    : parsed;
};

it.each<[string, string[] | undefined]>([
  ['SELECT a, max(b) FROM t WHERE c = $1 GROUP BY a', ['a', 'b', 'c']],
  ['SELECT o.a FROM t o JOIN u USING (id) WHERE u.b IN (SELECT c FROM v)', ['o.a', 'u.b', 'c']],
  ["SELECT date_trunc('day', at) AS day FROM t GROUP BY day", ['at']],
  ['SELECT count(*) FROM t WHERE a = $1', ['a']],
  ['SELECT * FROM t WHERE a = $1', undefined],
  ['SELECT t FROM t WHERE a = $1', undefined],
  ['SELECT o.* FROM t o', undefined],
  ['SELECT a, b, c, d, e, f, g, h, i FROM t', undefined],
  ['UPDATE t SET a = $1 WHERE b = $2', undefined],
])('%s reads %j', (text, columns) => expect(readsOf(text)).toEqual(columns));
