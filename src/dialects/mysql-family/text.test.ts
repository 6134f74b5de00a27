import { describe, expect, it } from 'vitest';
import fc from '../../../test/support/property.ts';
import { redactMysql, redactMysqlExpression, statementKey } from './text.ts';

describe('redaction', () => {
  it.each([
    [
      'SELECT `total` FROM `orders` WHERE `id` = ? AND `email` IN (...)',
      'SELECT total FROM orders WHERE id = ? AND email IN (...)',
    ],
    [
      `SELECT 'a\\'b', "c", 0x1F, x'00', 1.5e3, _utf8mb4'z' FROM t -- secret`,
      'SELECT ?, ?, ?, ?, ?, _utf8mb4 ? FROM t',
    ],
    ['SELECT lower ( `a` ) , count ( * ) FROM `t` . `u`', 'SELECT lower(a), count(*) FROM t.u'],
    ['INSERT INTO `t` ( `a` , `b` ) VALUES (...)', 'INSERT INTO t (a, b) VALUES (...)'],
    ["SELECT `concat('secret')` FROM t", 'SELECT ? FROM t'],
  ])('%s', (sql, wanted) => expect(redactMysql(sql)).toBe(wanted));
  it.each([
    ["(`shop`.`o`.`email` = 'x\\'y')", '(o.email = ?)'],
    ['<cache>(cast(`o`.`a` as double)) > 5', 'cache(cast(o.a as double)) > ?'],
    ["(`concat('secret',5)` > 1)", '(concat(?, ?) > ?)'],
    ['`my col` = 1', '"my col" = ?'],
  ])('%s', (text, wanted) => expect(redactMysqlExpression(text)).toBe(wanted));
  it('no literal survives, however it is written', () => {
    const literal = fc.constantFrom(
      "'CANARY'",
      '"CANARY"',
      "'it''s CANARY'",
      "'a\\'CANARY'",
      "N'CANARY'",
      "_utf8mb4'CANARY'",
      '/* CANARY */',
      '-- CANARY\n',
      '# CANARY\n',
    );
    const around = fc.constantFrom(
      'SELECT ',
      'a = ',
      ' , ',
      ' AND `b` = ',
      ' ( ',
      ' ) ',
      ' 5 ',
      ' - ',
      ' LIKE ',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(around, literal), { minLength: 1, maxLength: 8 }), (parts) => {
        const sql = parts.flat().join('');
        expect(redactMysql(sql)).not.toContain('CANARY');
        expect(redactMysql(`${sql} 'cut off CANARY`)).not.toContain('CANARY');
        expect(redactMysqlExpression(sql)).not.toContain('CANARY');
      }),
    );
  });
});

describe('the key by which a text is known again', () => {
  it.each([
    ['SELECT `total` FROM `orders` WHERE ID = ? ', 'select total from orders where id = 42'],
    [
      'SELECT * FROM `t` WHERE `a` IN (...) AND `b` = ? ',
      "SELECT * FROM t WHERE a IN (1, 2, 3) AND b = 'x'",
    ],
    ['INSERT INTO `t` VALUES (...) /* , ... */ ', "INSERT INTO t VALUES (1, 'a'), (2, 'b')"],
    [
      'SELECT * FROM `t` WHERE `a` = ? AND `b` > ? LIMIT ? ',
      'SELECT * FROM t WHERE a = -5 AND b > 1.5 LIMIT 10',
    ],
  ])('%s', (digest, text) => expect(statementKey(digest)).toBe(statementKey(text)));
  it('tells other statements apart', () =>
    expect(statementKey('SELECT a FROM t')).not.toBe(statementKey('SELECT b FROM t')));
});
