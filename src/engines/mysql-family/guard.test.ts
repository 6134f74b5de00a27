import { describe, expect, it } from 'vitest';
import { processorTime } from '../../../test/support/pace.ts';
import fc from '../../../test/support/property.ts';
import { tokenizeMysql } from '../../dialects/mysql-family/lexer.ts';
import { guard, shapeOfDigest } from './guard.ts';
import { guardText } from './guarded-text.ts';

const limits = { bytes: 65_536, sampleLength: 4_096 };
const passed = (sql: string) => {
  const guarded = guard(sql, limits);
  if (guarded.kind === 'refused') throw new Error(JSON.stringify(guarded));
  return guarded;
};

describe('the guard', () => {
  it.each([
    ['two statements', 'SELECT 1; DROP TABLE t', 'not_explainable_statement'],
    ['a NUL', 'SELECT 1\0', 'not_explainable_statement'],
    ['an executable comment', 'SELECT /*!50000 1; */ 1', 'not_explainable_statement'],
    ['an executable comment of MariaDB', 'SELECT /*M!100100 1 */ 1', 'not_explainable_statement'],
    [
      'a hint that sets a variable',
      'SELECT /*+ SET_VAR(max_execution_time=0) */ 1',
      'not_explainable_statement',
    ],
    [
      'the next value of a sequence',
      'SELECT n FROM (SELECT NEXT VALUE FOR s AS n) d',
      'not_explainable_statement',
    ],
    ['the same in Oracle’s words', 'SELECT s.NEXTVAL FROM t', 'not_explainable_statement'],
    ['a text with ? for its values', 'SELECT a FROM t WHERE b = ?', 'no_sample'],
    ['a cut string', "SELECT a FROM t WHERE b = 'cut", 'truncated_text'],
    [
      'a cut string that ends in an escaped quote',
      "SELECT a FROM t WHERE b = 'cut\\'",
      'truncated_text',
    ],
    ['a cut name', 'SELECT a FROM `t', 'truncated_text'],
    [
      'as long as the server keeps',
      `SELECT a FROM t WHERE b IN (${'1,'.repeat(2_100)}1)`,
      'truncated_text',
    ],
    ['INTO a variable', 'SELECT id INTO @x FROM t', 'not_explainable_statement'],
    ['INTO a file', "SELECT * INTO OUTFILE '/tmp/x' FROM t", 'not_explainable_statement'],
    ['INTO behind a comment', 'SELECT a/**/INTO/**/@x FROM t', 'not_explainable_statement'],
    ['a second INTO', 'INSERT INTO t SELECT a INTO @x FROM u', 'not_explainable_statement'],
    ['a function that waits', 'SELECT * FROM (SELECT SLEEP(10)) d', 'not_explainable_statement'],
    [
      'one that nothing ends',
      "SELECT a FROM t WHERE b = KDF('p', 's', 600000, 'pbkdf2_hmac')",
      'not_explainable_statement',
    ],
    ['a function that reads files', "SELECT load_file('/etc/passwd')", 'not_explainable_statement'],
    [
      'a function that takes a lock, its name in quotes',
      "SELECT `GET_LOCK` ('x', 20) FROM t",
      'not_explainable_statement',
    ],
    [
      'a write that reads within',
      'UPDATE t SET a = (SELECT max(b) FROM u)',
      'not_explainable_statement',
    ],
    ['a write behind a WITH', 'WITH x AS (SELECT 1) DELETE FROM t', 'not_explainable_statement'],
    [
      'a value that a query gives',
      'INSERT INTO t VALUES (1, (SELECT max(a) FROM u))',
      'not_explainable_statement',
    ],
    [
      'the first value that a query gives',
      'INSERT INTO t (a) VALUES ((SELECT max(a) FROM u))',
      'not_explainable_statement',
    ],
    [
      'an assignment that a query gives',
      'INSERT INTO t SET a = (SELECT max(a) FROM u)',
      'not_explainable_statement',
    ],
    [
      'a value of a duplicate that a query gives',
      'INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = (SELECT 1)',
      'not_explainable_statement',
    ],
    [
      'a write from a derived table',
      'INSERT INTO t SELECT * FROM (SELECT 1) d',
      'not_explainable_statement',
    ],
    ['a comment without an end', 'SELECT a FROM t WHERE b = 1 /* cut', 'truncated_text'],
    ['a lock inside', 'SELECT * FROM (SELECT * FROM t FOR UPDATE) d', 'not_explainable_statement'],
    [
      'SET STATEMENT … FOR',
      'SET STATEMENT max_statement_time=100 FOR SELECT 1',
      'not_explainable_statement',
    ],
    ['CALL', 'CALL p()', 'not_explainable_statement'],
    ['EXPLAIN', 'EXPLAIN ANALYZE DELETE FROM t', 'not_explainable_statement'],
  ])('refuses %s', (_, sql, code) => expect(guard(sql, limits)).toMatchObject({ code }));

  it('says what is not planned, as the detail of its code promises', () => {
    const server = { sampleLength: 1_024, sqlMode: '', lowersNames: false };
    const known = {
      digestText: 'CREATE TABLE `t` ( `a` INTEGER )',
      sample: 'CREATE TABLE t (a int)',
    };
    const detail = 'CREATE is not planned';
    expect(guardText(known, server, 65_536)).toMatchObject({ detail });
    expect(guard(known.sample, limits)).toMatchObject({ detail });
  });

  it.each([
    ['a semicolon at the end', 'SELECT 1;', 'SELECT 1'],
    ['a semicolon in a string', "SELECT a FROM t WHERE b = ';' ;", "SELECT a FROM t WHERE b = ';'"],
    [
      'comments',
      'SELECT a -- one\nFROM t # two\nWHERE b = 1 /* three */',
      'SELECT a FROM t WHERE b = 1',
    ],
    [
      'a hint, but not one that lifts the limit',
      'SELECT /*+ NO_INDEX(t) MAX_EXECUTION_TIME(0) */ a FROM t',
      'SELECT /*+ NO_INDEX(t)  */ a FROM t',
    ],
    [
      'locks at the end',
      'SELECT a FROM t WHERE b = 1 FOR UPDATE SKIP LOCKED',
      'SELECT a FROM t WHERE b = 1',
    ],
    ['LOCK IN SHARE MODE', 'SELECT a FROM t LOCK IN SHARE MODE', 'SELECT a FROM t'],
    [
      'a query in parentheses',
      'INSERT INTO t (SELECT a FROM u)',
      'INSERT LOW_PRIORITY INTO t (SELECT a FROM u)',
    ],
    [
      'one behind the columns',
      'INSERT INTO `s`.`t` (a, b) (SELECT a, b FROM u)',
      'INSERT LOW_PRIORITY INTO `s`.`t` (a, b) (SELECT a, b FROM u)',
    ],
    [
      'a write that would wait before others',
      'INSERT /*+ NO_INDEX(u) */ HIGH_PRIORITY INTO t SELECT a FROM u',
      'INSERT /*+ NO_INDEX(u) */   LOW_PRIORITY INTO t SELECT a FROM u',
    ],
    [
      'INTO where it belongs',
      'INSERT IGNORE INTO t VALUES (1)',
      'INSERT LOW_PRIORITY IGNORE INTO t VALUES (1)',
    ],
    [
      'FOR that is no lock',
      'SELECT a FROM t USE INDEX FOR ORDER BY (i) ORDER BY a',
      'SELECT a FROM t USE INDEX FOR ORDER BY (i) ORDER BY a',
    ],
  ])('lets pass: %s', (_, sql, wanted) =>
    expect(passed(sql).sql.replaceAll(/\s+/g, ' ')).toBe(wanted.replaceAll(/\s+/g, ' ')),
  );

  it.each([
    ['SELECT a FROM t WHERE b IN (1, 2)', false],
    ['SELECT a FROM t JOIN (SELECT b FROM u WHERE c = 1) d ON d.b = t.a', false],
    ['WITH big AS (SELECT * FROM t WHERE a > 1) SELECT count(*) FROM big', false],
    ['SELECT a FROM t UNION ALL SELECT b FROM u', false],
    ['(SELECT count(*) FROM t) UNION (SELECT 1)', false],
    ['(SELECT a FROM t WHERE b = (SELECT max(c) FROM u)) UNION ALL (SELECT 1)', true],
    ['SELECT a FROM t WHERE b = ALL (SELECT c FROM u)', true],
    ['SELECT a FROM t, (SELECT b FROM u) d, (SELECT c FROM v) e WHERE d.b = t.a', false],
    ['SELECT f(a), (SELECT b FROM u) FROM t', true],
    ['SELECT a FROM t WHERE b IN (1, (SELECT c FROM u))', true],
    ['SELECT a FROM t WHERE b > greatest(1, (SELECT c FROM u))', true],
    ['SELECT a FROM t WHERE (a, b) = (1, (SELECT c FROM u))', true],
    ["SELECT a FROM t WHERE b > trim('x' FROM (SELECT c FROM u))", true],
    ['SELECT a FROM t ORDER BY a, (SELECT c FROM u)', true],
    ['SELECT a FROM t WHERE b IN ((SELECT c FROM u) UNION (SELECT 1))', true],
    ['SELECT n FROM (SELECT count(*) AS n FROM t) d', true],
    ['SELECT n FROM (SELECT `COUNT`(*) AS n FROM t) d', true],
    ['SELECT n FROM (SELECT b AS n FROM t LIMIT 1) d', true],
    ['SELECT a FROM t WHERE b = (SELECT max(c) FROM u)', true],
    ['SELECT (SELECT c FROM u WHERE u.id = 1) FROM t', true],
    ['SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u)', true],
    ['WITH one AS (SELECT sum(a) s FROM t) SELECT * FROM one', true],
  ])('knows what planning may run: %s', (sql, mayRun) => expect(passed(sql).mayRun).toBe(mayRun));

  it('knows the verb behind a WITH', () => {
    expect(passed('WITH x AS (SELECT 1) SELECT a FROM t').shape.kind).toBe('select');
    expect(passed('(SELECT 1) UNION (SELECT 2)').shape.kind).toBe('select');
    expect(passed('REPLACE INTO t VALUES (1)').shape.kind).toBe('insert');
  });

  it(
    'whatever comes, what passes is one statement that begins with a verb, without ' + 'comments',
    () => {
      const piece = fc.constantFrom(
        'SELECT ',
        'a ',
        "'x' ",
        '; ',
        '/* c */ ',
        '-- c\n',
        '`q` ',
        '( ',
        ') ',
        'FROM t ',
        'INTO @x ',
        '"y" ',
        '\\ ',
        '# z\n',
        '/*! s */ ',
        'DELETE ',
        '/*+ h */ ',
        'FOR UPDATE ',
        '? ',
        '@v ',
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
          const guarded = guard(pieces.join(''), limits);
          if (guarded.kind === 'refused') return;
          const solid = tokenizeMysql(guarded.sql).filter(({ kind }) => kind !== 'space');
          expect(solid.filter(({ text }) => text === ';')).toEqual([]);
          expect(
            solid.filter(({ kind, text }) => kind === 'comment' && !text.startsWith('/*+')),
          ).toEqual([]);
          expect(guarded.sql).toMatch(/^[\s(]*(SELECT|DELETE)/);
          expect(solid.filter(({ kind, text }) => kind === 'word' && text === 'INTO')).toEqual([]);
        }),
        { numRuns: 3_000 },
      );
    },
  );
});

describe('a text of the greatest length', () => {
  const many = (head: string, unit: string, tail = '') =>
    head + unit.repeat((1_048_576 - head.length - tail.length) / unit.length) + tail;
  it.each([
    ['derived tables', many('SELECT 1 FROM (SELECT 1)a', ',(SELECT 1)a')],
    ['joined queries', many('SELECT 1 FROM (SELECT 1)a', ' JOIN(SELECT 1)a')],
    ['members', many('(SELECT 1)', ' UNION (SELECT 1)')],
    ['unions', many('SELECT a FROM (SELECT a FROM t)x', ' UNION SELECT a FROM (SELECT a FROM t)x')],
    ['queries in queries', many('SELECT 1 FROM ', '(SELECT 1 FROM ', 't')],
  ])('is read in one pass: %s', (_, text) => {
    const whole = { bytes: 1_048_576, sampleLength: 2_097_152 };
    const taken = processorTime(() => expect(guard(text, whole).kind).toBe('guarded'));
    expect(taken).toBeLessThan(10_000);
  });
});

describe('a hint that lifts the time limit', () => {
  it.each([
    'max_execution_time(9999)',
    `MAX_EXECUTION_TIME(${' '.repeat(50)}9999)`,
    'MAX_EXECUTION_TIMEmax_execution_time(1)(9999)',
  ])('does not come through: %s', (hint) =>
    expect(passed(`SELECT /*+ ${hint} */ a FROM t`).sql).not.toMatch(/max_execution_time/i),
  );
});

describe('a digest, where the text itself may not be sent', () => {
  it.each<[string, string[] | undefined]>([
    ['INSERT INTO `orders` ( `a` , `b` ) VALUES (...) /* , ... */', ['orders']],
    [
      'UPDATE `shop` . `orders` SET `a` = ( SELECT MAX ( `b` ) FROM `u` ) WHERE `c` = ?',
      ['orders'],
    ],
    ['DELETE FROM `orders` WHERE `id` IN ( SELECT `id` FROM `old` )', ['orders']],
    ['WITH `x` AS ( SELECT ? FROM `u` ) DELETE `orders` FROM `orders` JOIN `x`', ['orders']],
    ['INSERT INTO `orders` ( `a` ) SELECT `b` FROM ( SELECT ? ) `d`', ['orders']],
    ['SELECT `a` FROM `orders` WHERE `b` = ?', undefined],
    ['CALL `p` (?)', undefined],
    ['UPDATE `orders` SET `a` = ? WHERE `b` = ...', undefined],
  ])('%s', (digestText, written) =>
    expect(shapeOfDigest(digestText)?.writes?.map(({ name }) => name)).toEqual(written),
  );
});
