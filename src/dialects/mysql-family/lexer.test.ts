import { describe, expect, it } from 'vitest';
import fc from '../../../test/support/property.ts';
import { isCut, tokenizeMysql } from './lexer.ts';

const solid = (sql: string, flags = {}) =>
  tokenizeMysql(sql, flags)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, text }) => `${kind} ${text}`);

describe('tokens of MySQL and MariaDB', () => {
  it('are the text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab\'"`1.5-*/#@() \n=\\?') });
    fc.assert(
      fc.property(text, fc.boolean(), (sql, ansiQuotes) => {
        const tokens = tokenizeMysql(sql, { ansiQuotes });
        expect(tokens.map((token) => token.text).join('')).toBe(sql);
      }),
    );
  });
  it('tell a number from a name that begins with digits', () => {
    expect(solid('1e5x 2fa t.2fa')).toEqual([
      'number 1e5',
      'word x',
      'word 2fa',
      'word t',
      'punctuation .',
      'word 2fa',
    ]);
  });
  it('know a comment: two dashes and a blank, a sharp, a block that does not nest', () => {
    expect(solid('a--1 -- x\n# y\n/* /* */ b')).toEqual([
      'word a',
      'operator --',
      'number 1',
      'comment -- x\n',
      'comment # y\n',
      'comment /* /* */',
      'word b',
    ]);
    expect(solid('#2', { ofPlan: true })).toEqual(['punctuation #', 'number 2']);
  });
  it('know that two dashes and a control character begin one, and a blank beyond ASCII does not', () => {
    for (const begins of ['\x01', '\x7f'])
      expect(solid(`a --${begins} '\nb`)).toEqual(['word a', `comment --${begins} '\n`, 'word b']);
    expect(solid('a --\u00a0b')).toEqual(['word a', 'operator --', 'word b']);
  });
  it('take "x" for a name under ANSI_QUOTES, and a backslash as the mode says', () => {
    expect(solid('"x"')).toEqual(['string "x"']);
    expect(solid('"x"', { ansiQuotes: true })).toEqual(['quoted "x"']);
    expect(solid(`'a\\' b`)).toEqual([`string 'a\\' b`]);
    expect(solid(`'a\\' b`, { noBackslashEscapes: true })).toEqual([`string 'a\\'`, 'word b']);
  });
  it.each([
    ["'abc", true],
    ["'abc'", false],
    ["'it''", true],
    ['`a', true],
    ['/* a', true],
    ['/* a */', false],
    ['-- a', false],
  ])('cut off: %s', (sql, cut) => expect(tokenizeMysql(sql).some((each) => isCut(each))).toBe(cut));
});
