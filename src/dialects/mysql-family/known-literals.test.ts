import { expect, it } from 'vitest';
import { literalWords } from './known-literals.ts';

const words = (sql: string, names: string[] = [], flags = {}) =>
  [...literalWords(sql, names, flags)].toSorted();

it('knows the words that stand in a literal only', () => {
  expect(
    words(
      "SELECT d.* FROM (SELECT 'Secret', 4711 + id FROM o WHERE status = 'open status') d LIMIT 1",
      ['open'],
    ),
  ).toEqual(['1', '4711', 'secret']);
});
it('reads the statement as its session does', () => {
  expect(words('SELECT "a" FROM t')).toEqual(['a']);
  expect(words('SELECT "a" FROM t', [], { ansiQuotes: true })).toEqual([]);
  expect(words("SELECT 'and' -- 'remark'\n FROM t")).toEqual([]);
});
