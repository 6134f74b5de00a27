import { describe, expect, it } from 'vitest';
import fc from '../../../test/support/property.ts';
import { redactSql } from './redact.ts';

describe('redaction', () => {
  it.each([
    ["SELECT * FROM t WHERE a = 'secret' AND b = 42", 'SELECT * FROM t WHERE a = ? AND b = ?'],
    [
      "SELECT E'it\\'s secret', $$secret$$, $tag$ secret $tag$, U&'secret', B'101', 1.5e10",
      'SELECT ?, ?, ?, ?, ?, ?',
    ],
    ['SELECT 1 -- secret\n/* secret /* nested */ */ FROM "T"', 'SELECT ? FROM "T"'],
    ["SELECT 'unterminated secret", 'SELECT ?'],
    ['SELECT $1::int, a.b FROM "My Table"', 'SELECT $1::int, a.b FROM "My Table"'],
    ["SELECT E'a'\n'b\\' secret', E'a' -- c\r 'b\\'secret', 1", 'SELECT ?, ?, ?'],
    ["SELECT E'a' 'b\\\\', x", 'SELECT ? ?, x'],
    ["SELECT 'it\\'s secret', N'b', x", 'SELECT ?'],
    ["SELECT 'it\\'' || x || 'secret'", 'SELECT ?'],
    ["SELECT 'C:\\\\', x", 'SELECT ?, x'],
    ['SELECT 0xdeadbeef, 1_000_000', 'SELECT ?, ?'],
    ['SET my.token TO secret', 'SET my.token TO ?'],
    [
      '/* secret */ set local "My".a.b = "secret", secret; SET ROLE r',
      'set local "My".a.b = ?, ?; SET ROLE r',
    ],
    ['BEGIN; SET SESSION app.who = secret', 'BEGIN; SET SESSION app.who = ?'],
    [
      'ALTER ROLE r IN DATABASE d SET my.token TO secret',
      'ALTER ROLE r IN DATABASE d SET my.token TO ?',
    ],
    ['SET search_path TO a, b', 'SET search_path TO a, b'],
    ['UPDATE t SET a.b = c', 'UPDATE t SET a.b = c'],
  ])('%s', (text, expected) => {
    expect(redactSql(text)).toBe(expected);
  });
  it('loses every planted literal', () => {
    const literal = fc.oneof(
      fc.string().map((s) => `'${s.replaceAll("'", "''")}CANARY'`),
      fc.string().map((s) => `E'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}CANARY'`),
      fc
        .string({ unit: fc.constantFrom(...'abc $\'"\n') })
        .map((s) => `$q$${s.replaceAll('$q$', '')}CANARY$q$`),
      fc.constant('/* CANARY */ 1'),
    );
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 5 }), (literals) => {
        expect(
          redactSql(`SELECT ${literals.join(', ')} FROM t WHERE x IN (${literals.join(', ')})`),
        ).not.toContain('CANARY');
      }),
    );
  });
  it('is done once and for all', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(redactSql(redactSql(text))).toBe(redactSql(text));
      }),
    );
  });
});
