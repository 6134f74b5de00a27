import { describe, expect, it } from 'vitest';
import { processorTime } from '../../../test/support/pace.ts';
import fc from '../../../test/support/property.ts';
import { tokenizeMysql } from '../../dialects/mysql-family/lexer.ts';
import { dependsOnSession, hangsOnMode, plannedMode, readSessionMode } from './session-mode.ts';

/** Digest texts as MySQL 9 and MariaDB 11 print them. */
const plain = { ansiQuotes: false, noBackslashEscapes: false };
const ansi = { ansiQuotes: true, noBackslashEscapes: false };
const bare = { ansiQuotes: false, noBackslashEscapes: true };

describe('how a session read its text', () => {
  it.each([
    [
      'no quotes at all',
      'SELECT id FROM t WHERE b = 1',
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'a string in double quotes',
      'SELECT id FROM t WHERE b = "x"',
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'a name in double quotes',
      `SELECT id FROM t WHERE "b" = 'x'`,
      'SELECT `id` FROM `t` WHERE `b` = ?',
      ansi,
    ],
    [
      'a string that is also a name',
      'SELECT b FROM t WHERE b = "b"',
      'SELECT `b` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'a name that is also a bare name',
      `SELECT b FROM t WHERE "b" = 'b'`,
      'SELECT `b` FROM `t` WHERE `b` = ?',
      ansi,
    ],
    [
      'a keyword as a column, in quotes',
      `SELECT name FROM t WHERE "name" = 'b'`,
      'SELECT NAME FROM `t` WHERE `name` = ?',
      ansi,
    ],
    [
      'an empty string',
      'SELECT id FROM t WHERE b = ""',
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'a string that says null',
      'SELECT id FROM t WHERE b = "null"',
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'an apostrophe inside',
      `SELECT id FROM t WHERE b = "O'Brien"`,
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'double quotes within a string',
      `SELECT id FROM t WHERE b = 'say "x"'`,
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'all of them',
      String.raw`SELECT id FROM t WHERE b = 'a","key":"x\''`,
      'SELECT `id` FROM `t` WHERE `b` = ?',
      plain,
    ],
    [
      'a list at its end',
      `SELECT id FROM t WHERE b = "x" LIMIT 5, 10`,
      'SELECT `id` FROM `t` WHERE `b` = ? LIMIT ?, ...',
      plain,
    ],
    [
      'a list',
      'SELECT id FROM t WHERE b IN ("x", "y")',
      'SELECT `id` FROM `t` WHERE `b` IN (...)',
      plain,
    ],
    [
      'an alias in double quotes',
      'SELECT id AS "Total" FROM t',
      'SELECT `id` AS ? FROM `t`',
      plain,
    ],
    [
      'an alias that is a name',
      'SELECT id AS "Total" FROM t',
      'SELECT `id` AS `Total` FROM `t`',
      ansi,
    ],
    [
      'an escaped quote',
      String.raw`SELECT id FROM t WHERE a = 'x\' AND b = 'y'`,
      'SELECT `id` FROM `t` WHERE `a` = ? AND `b` = ?',
      bare,
    ],
    [
      'a backslash that says nothing',
      String.raw`SELECT id FROM t WHERE a LIKE 'x\_%'`,
      'SELECT `id` FROM `t` WHERE `a` LIKE ?',
      plain,
    ],
    [
      'server variables',
      'SELECT @@session.a, @@b, @x FROM t',
      'SELECT @@SESSION . `a` , @@`b` , @? FROM `t`',
      plain,
    ],
    [
      'names that begin with digits',
      'SELECT t.2fa, 2fa, 1e5 FROM t',
      'SELECT `t` . `2fa` , `2fa` , ? FROM `t`',
      plain,
    ],
    ['a number and an alias in one', 'SELECT 1e5x FROM t', 'SELECT ? `x` FROM `t`', plain],
    [
      'a blank behind a function',
      'SELECT COUNT (*) FROM t',
      'SELECT COUNT ( * ) FROM `t`',
      { ...plain, ignoreSpace: true },
    ],
    [
      'a blank behind a stored function',
      'SELECT count (a) FROM t',
      'SELECT `count` (`a`) FROM `t`',
      plain,
    ],
    [
      'keywords with two spellings',
      'SELECT NOW(), "x" FROM t',
      'SELECT CURRENT_TIMESTAMP ( ) , ? FROM `t`',
      plain,
    ],
  ])('%s', (_, text, digest, flags) =>
    expect(readSessionMode(text, digest, '')).toEqual({ kind: 'known', flags }),
  );

  it('takes the server’s own way where both give the same words', () => {
    const [text, digest] = [
      String.raw`SELECT id FROM t WHERE a LIKE 'x\_%'`,
      'SELECT `id` FROM `t` WHERE `a` LIKE ?',
    ];
    expect(readSessionMode(text, digest, 'NO_BACKSLASH_ESCAPES')).toEqual({
      kind: 'known',
      flags: bare,
    });
  });

  it.each([
    [
      'conditions that the digest has',
      'SELECT id FROM t WHERE b = 1 /* 漢',
      'SELECT `id` FROM `t` WHERE `b` = ? AND `c` = ?',
    ],
    [
      'a clause that names nothing',
      'SELECT id FROM t ORDER BY b',
      'SELECT `id` FROM `t` ORDER BY `b` DESC LIMIT ?',
    ],
    [
      'the same without a comment',
      'SELECT id FROM t WHERE b = 1 ',
      'SELECT `id` FROM `t` WHERE `b` = ? AND `c` = ?',
    ],
  ])('says that a text lacks %s', (_, text, digest) =>
    expect(readSessionMode(text, digest, '')).toEqual({ kind: 'cut' }),
  );

  it.each([
    ['its last clause', 'SELECT a, b FROM t WHERE c = 1', 'SELECT `a` , `b` FROM '],
    [
      'its last conditions',
      'SELECT a FROM t WHERE b = 1 AND c = 2',
      'SELECT `a` FROM `t` WHERE `b` = ?',
    ],
    ['the end of a name', 'SELECT t.a FROM s.t WHERE b IN (1, 2)', 'SELECT `t` . `a` FROM `s`'],
  ])('says that a digest lacks %s', (_, text, digest) =>
    expect(readSessionMode(text, digest, '')).toEqual({ kind: 'shared' }),
  );
  it('does not guess what quotes mean where the digest was cut', () => {
    expect(readSessionMode('SELECT a FROM t WHERE "b" = 1', 'SELECT `a` FROM ...', '')).toEqual({
      kind: 'unclear',
    });
    expect(readSessionMode('SELECT a FROM t WHERE b = 1', 'SELECT `a` FROM ...', '')).toEqual({
      kind: 'known',
      flags: plain,
    });
  });

  it('whatever a literal holds, it is not taken for a name that the digest does not have', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (content) => {
        const escaped = content.replaceAll('\\', '\\\\').replaceAll('"', '""').replaceAll('\0', '');
        const literal = `"${escaped}"`;
        const verdict = readSessionMode(
          `SELECT id FROM t WHERE b = ${literal}`,
          'SELECT `id` FROM `t` WHERE `b` = ?',
          '',
        );
        expect(verdict).toEqual({ kind: 'known', flags: plain });
      }),
    ));
});

describe('the mode to plan under', () => {
  it('keeps what gives a text its meaning, leaves out what only refuses', () => {
    const server =
      'PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_DATE,ANSI_QUOTES';
    expect(plannedMode(server, {})).toBe('PIPES_AS_CONCAT');
    expect(plannedMode(server, { ansiQuotes: true })).toBe('PIPES_AS_CONCAT,ANSI_QUOTES');
    expect(plannedMode('', { noBackslashEscapes: true })).toBe('NO_BACKSLASH_ESCAPES');
    expect(plannedMode('IGNORE_SPACE', { ignoreSpace: true })).toBe('IGNORE_SPACE');
  });

  it(
    'a name for several modes sets ANSI_QUOTES as well, so it goes where the session had ' +
      'that not',
    () => {
      const server = 'PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ORACLE';
      expect(plannedMode(server, { ansiQuotes: false })).toBe('PIPES_AS_CONCAT,IGNORE_SPACE');
      expect(plannedMode(server, { ansiQuotes: true })).toBe(
        'PIPES_AS_CONCAT,IGNORE_SPACE,ORACLE,ANSI_QUOTES',
      );
    },
  );

  it(
    'is missed in a procedure, which has none, only by texts that say something else ' + 'without',
    () => {
      expect(hangsOnMode('SELECT a FROM t', { ansiQuotes: true, noBackslashEscapes: true })).toBe(
        false,
      );
      expect(hangsOnMode('SELECT "a" FROM t', { ansiQuotes: true })).toBe(true);
      expect(hangsOnMode(String.raw`SELECT '\' FROM t`, { noBackslashEscapes: true })).toBe(true);
      expect(hangsOnMode('SELECT COUNT (*) FROM t', { ignoreSpace: true })).toBe(true);
    },
  );

  it.each([
    ['SELECT a || b FROM t', true],
    ['SELECT a FROM t WHERE b = @v', true],
    ['SELECT @@version FROM t', false],
    ['SELECT a FROM t WHERE NOT a.b BETWEEN 1 AND 2', true],
    ['SELECT a FROM t WHERE NOT a = b', true],
    [
      'SELECT a FROM t WHERE NOT (a = b) AND NOT a AND c NOT IN (1) AND d IS NOT NULL AND NOT ' +
        'EXISTS (SELECT 1)',
      false,
    ],
    ["SELECT '||' FROM t WHERE a = '@v'", false],
    ['SELECT a FROM t WHERE b = CAST(c AS CHAR)', true],
    ['SELECT a FROM t WHERE CONVERT (b + (1), CHAR(9)) IN (c)', true],
    ['SELECT CAST(b AS CHAR) FROM t', false],
    ['SELECT a FROM t WHERE b = CAST(c AS CHAR CHARACTER SET latin1)', false],
    ['SELECT a FROM t WHERE b = CAST(c AS DECIMAL(9))', false],
  ])('%s depends on its session: %s', (text, depends) =>
    expect(dependsOnSession(tokenizeMysql(text))).toBe(depends),
  );

  it('thousands of calls are read in one pass', () => {
    const text = `SELECT ${'max(a),'.repeat(60_000)}1 FROM t`;
    const taken = processorTime(() => expect(readSessionMode(text, text, '').kind).toBe('known'));
    expect(taken).toBeLessThan(5_000);
  });
});
