import { expect, it } from 'vitest';
import { textsOf } from './ordinals.ts';

it('a text without such numbers is itself', () => {
  for (const text of [
    'SELECT a FROM t WHERE b = $1 ORDER BY a, b DESC LIMIT $2',
    'SELECT doc ? $1 FROM t GROUP BY doc',
    'SELECT a FROM t ORDER BY lower(a), b',
  ])
    expect(textsOf(text)).toEqual([text]);
});
it('tries columns one after the other, in each list for itself', () => {
  const texts = textsOf('SELECT a, count(*) FROM t GROUP BY ? ORDER BY ? DESC LIMIT $1');
  expect(texts[0]).toBe('SELECT a, count(*) FROM t GROUP BY 1 ORDER BY 1 DESC LIMIT $1');
  expect(texts).toContain('SELECT a, count(*) FROM t GROUP BY 1 ORDER BY 2 DESC LIMIT $1');
  expect(new Set(texts).size).toBe(36);
});
it('names and numbers stand in one list', () => {
  const texts = textsOf('SELECT a, b, c FROM t GROUP BY ?, t.b, ? HAVING count(*) > $1');
  expect(texts[0]).toBe('SELECT a, b, c FROM t GROUP BY 1, t.b, 2 HAVING count(*) > $1');
  expect(texts).toHaveLength(6);
});
