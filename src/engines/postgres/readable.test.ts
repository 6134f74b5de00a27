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
])('%s', (text, read) => expect(readable(text)).toBe(read));

it.each([
  'SELECT t.n$1 FROM t WHERE id = $1',
  'SELECT n$1.a FROM n$1',
  'SELECT n$1(a), n$7 FROM t WHERE id = $1',
  'SELECT json_table(a, $1), json_table FROM t',
  "SELECT 'N$1' /* json_table(j, $1 COLUMNS */ FROM t",
  'SELECT * FROM json_table(j',
])('leaves %s', (text) => expect(readable(text)).toBe(text));
