import { expect, it } from 'vitest';
import { readable } from './readable.ts';

it.each([
  [
    'SELECT N$1, v FROM t WHERE v IN (N$2, n$3) AND id = $4',
    'SELECT nchar $1, v FROM t WHERE v IN (nchar $2, nchar $3) AND id = $4',
  ],
  [
    'SELECT * FROM json_table(f(a, b), $1 COLUMNS (x int)) WHERE id = $2',
    "SELECT * FROM json_table(f(a, b), '$' COLUMNS (x int)) WHERE id = $2",
  ],
  [
    'SELECT * FROM JSON_TABLE (j, /* c */ $1 AS r COLUMNS (x int))',
    "SELECT * FROM JSON_TABLE (j, /* c */ '$' AS r COLUMNS (x int))",
  ],
  [
    'SELECT json_value(j, $1 RETURNING int DEFAULT $2 ON EMPTY DEFAULT $3 ON ERROR), $4',
    'SELECT json_value(j, $1 RETURNING int DEFAULT NULL ON EMPTY DEFAULT NULL ON ERROR), $4',
  ],
  [
    'SELECT JSON_QUERY(j, $1 $2 ARRAY ON EMPTY $3 ON ERROR), JSON_EXISTS(j, p $4 ON ERROR)',
    'SELECT JSON_QUERY(j, $1 EMPTY ARRAY ON EMPTY NULL ON ERROR), JSON_EXISTS(j, p FALSE ON ERROR)',
  ],
  [
    'SELECT normalize(a, $1), normalize (f(a, b), $2) FROM t WHERE a IS NOT $3 NORMALIZED',
    'SELECT normalize(a, NFC), normalize (f(a, b), NFC) FROM t WHERE a IS NOT NFC NORMALIZED',
  ],
  [
    "SELECT a FROM t WHERE a = $1 UESCAPE '!' AND b = $2",
    'SELECT a FROM t WHERE a = $1   AND b = $2',
  ],
])('%s', (text, read) => expect(readable(text)).toBe(read));

it.each([
  'SELECT t.n$1 FROM t WHERE id = $1',
  'SELECT n$1.a FROM n$1',
  'SELECT n$1(a), n$7 FROM t WHERE id = $1',
  'SELECT json_table(a, $1), json_table FROM t',
  "SELECT 'N$1' /* json_table(j, $1 COLUMNS */ FROM t",
  'SELECT * FROM json_table(j',
  'SELECT a FROM f($1) JOIN error ON error.a = $2 ORDER BY ARRAY[$3]',
  'SELECT normalize(a), t.normalize(a, $1), "normalize"(a, $2), $3 IS NULL AS normalized',
])('leaves %s', (text) => expect(readable(text)).toBe(text));
