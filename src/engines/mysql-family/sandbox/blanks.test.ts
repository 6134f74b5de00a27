import { expect, it } from 'vitest';
import { type Blank, blanksOf, filled } from './blanks.ts';

const words = (blank: Blank) => {
  if (!('column' in blank)) return blank.kind;
  const { qualifier, column } = blank.column;
  return `${qualifier ? `${qualifier}.` : ''}${column} ${blank.kind}`;
};
const told = (text: string) => blanksOf(text).blanks.map(words);

it.each([
  ['SELECT a FROM t WHERE b = ?', ['b same']],
  ['SELECT a FROM t AS x WHERE x.b > ? AND ? >= x.c', ['x.b above', 'x.c below']],
  ['SELECT a FROM t WHERE b BETWEEN ? AND ? AND c <= ?', ['b above', 'b below', 'c below']],
  ['SELECT a FROM t WHERE b IN (...) AND c NOT IN (?)', ['b same', 'b same', 'b same', 'c same']],
  ['SELECT a FROM t WHERE b LIKE ? OR c NOT LIKE ?', ['b like', 'c like']],
  ['SELECT a FROM t WHERE "my col" = ? LIMIT ?, ?', ['my col same', 'offset', 'rows']],
  ['SELECT a FROM t LIMIT ? OFFSET ?', ['rows', 'offset']],
  ['SELECT a FROM t LIMIT ?, ...', ['offset', 'rows']],
  ['SELECT a FROM t WHERE at > now() - INTERVAL ? DAY', ['days']],
  ['SELECT concat(a, ?) FROM t WHERE lower(b) = ? AND c + ? > ?', ['any', 'any', 'any', 'any']],
  ['SELECT a FROM t WHERE b = (SELECT max(c) FROM u WHERE d = ?)', ['d same']],
])('%s', (text, blanks) => expect(told(text)).toEqual(blanks));

it('is the same text again with what is put in', () => {
  const text = 'SELECT ? FROM t WHERE a = ? AND b IN (?, ?) LIMIT ?';
  const blanks = blanksOf(text);
  expect(filled(blanks, ['?', '?', '?', '?', '?'])).toBe(text);
  expect(filled(blanks, ['1', "'x?'", '2', '3', '20'])).toBe(
    "SELECT 1 FROM t WHERE a = 'x?' AND b IN (2, 3) LIMIT 20",
  );
});
