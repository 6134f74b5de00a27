import { expect, it } from 'vitest';
import { awkwardTable } from '../../../test/support/tables.ts';
import { mysqlSql } from './sql.ts';

const on = (call: string, type: string) =>
  mysqlSql.createIndex(awkwardTable([{ name: 'c', type }]), [{ column: 'c', function: call }]);

it('makes an index on a call whose value has a length and never changes', () => {
  expect(on('lower', 'varchar')).toBe('ALTER TABLE `my shop`.`order` ADD INDEX ((lower(`c`)));');
  expect(on('lower', 'text')).toBeUndefined();
  expect(on('year', 'date')).toContain('((year(`c`)))');
  expect(on('year', 'timestamp')).toBeUndefined();
});
