import { expect, it } from 'vitest';
import { forTables } from './catalog-sql.ts';

it('names each table by itself, or those of a database together', () => {
  const tables = [
    { schema: 's', name: 'a' },
    { schema: 't', name: 'b' },
    { schema: 's', name: 'c' },
  ];
  const sql = (several: boolean) =>
    forTables(tables, several, ({ schema, table }) => `S ${schema} T ${table}`).replaceAll(
      /_utf8mb4 x'(\w\w)'/g,
      (_, hex: string) => Buffer.from(hex, 'hex').toString(),
    );
  expect(sql(false)).toBe('S = s T = a\nUNION ALL S = t T = b\nUNION ALL S = s T = c');
  expect(sql(true)).toBe('S = s T IN (a, c)\nUNION ALL S = t T = b');
});
