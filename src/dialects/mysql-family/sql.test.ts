import { describe, expect, it } from 'vitest';
import { awkwardTable } from '../../../test/support/tables.ts';
import { familySql } from './sql.ts';

const sql = familySql(() => undefined);
const on = (type: string, options: { bytes?: number; engine?: string } = {}) => {
  const { engine, ...bytes } = options;
  return sql.createIndex(awkwardTable([{ name: 'c', type, ...bytes }], engine), [{ column: 'c' }]);
};

describe('SQL for MySQL and MariaDB', () => {
  it('quotes every name', () =>
    expect(sql.createIndex(awkwardTable(), [{ column: 'k`ey' }])).toBe(
      'ALTER TABLE `my shop`.`order` ADD INDEX (`k``ey`), ALGORITHM=INPLACE, LOCK=NONE;',
    ));
  it('makes none on values without an order, on what is no column, or on a call', () => {
    expect([on('json'), on('point'), on('longblob')]).toEqual([undefined, undefined, undefined]);
    const table = awkwardTable([{ name: 'c', type: 'int' }]);
    expect(sql.createIndex(table, [{ column: 'day' }])).toBeUndefined();
    expect(sql.createIndex(table, [{ column: 'c', function: 'lower' }])).toBeUndefined();
    expect(sql.createIndex(table, [])).toBeUndefined();
  });
  it('asks for no more than the table’s engine can', () =>
    expect(on('int', { engine: 'MyISAM' })).toBe('ALTER TABLE `my shop`.`order` ADD INDEX (`c`);'));
  it('takes the beginning of what is too long', () => {
    expect(on('text', { bytes: 65_535 })).toContain('(`c`(64))');
    expect(on('varchar', { bytes: 4_000 })).toContain('(`c`(64))');
    expect(on('varchar', { bytes: 400 })).toContain('(`c`)');
  });
  it('drops one', () =>
    expect(sql.dropIndex(awkwardTable(), 'i')).toBe(
      'ALTER TABLE `my shop`.`order` DROP INDEX `i`;',
    ));
  it('makes statistics anew, and asks for what they say of rows', () => {
    expect(sql.analyzeTable(awkwardTable())).toBe('ANALYZE TABLE `my shop`.`order`;');
    expect(sql.estimateRows(awkwardTable())).toContain(
      "table_schema = 'my shop' AND table_name = 'order';",
    );
  });
});
