import { expect, it } from 'vitest';
import { catalogSql } from './catalog-sql.ts';
import { quoted } from './workload.ts';

it('takes the indentation away, but for that within a name', () => {
  const name = quoted('odd\n  "name');
  expect(catalogSql(`\n  SELECT a\n    FROM ${name}.t\n    WHERE b`)).toBe(
    `SELECT a\nFROM ${name}.t\nWHERE b`,
  );
});
