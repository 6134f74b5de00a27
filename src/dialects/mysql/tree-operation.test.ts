import { describe, expect, it } from 'vitest';
import { readOperation } from './tree-operation.ts';

describe('the words of an iterator', () => {
  it.each([
    ['Filter: (a > 1)', { access_type: 'filter', condition: '(a > 1)' }],
    ['Table scan on `my t`', { access_type: 'table', table_name: 'my t', schema_name: '' }],
    ['Table scan on <temporary>', { access_type: 'table', table_name: '<temporary>' }],
    [
      "Index lookup on o using k (a = 5, b = c.id), with index condition: (o.d > 'x')",
      {
        access_type: 'index',
        table_name: 'o',
        schema_name: '',
        index_name: 'k',
        index_access_type: 'index_lookup',
        covering: false,
        key_columns: ['a', 'b'],
        lookup_references: ['const', 'c.id'],
        pushed_index_condition: "(o.d > 'x')",
      },
    ],
    [
      "Covering index range scan on c using `k 1` over ('a' <= name < 'b') OR (NULL < name)",
      {
        access_type: 'index',
        table_name: 'c',
        schema_name: '',
        index_name: 'k 1',
        index_access_type: 'index_range_scan',
        covering: true,
        key_columns: ['name'],
      },
    ],
    [
      'Index scan on s using PRIMARY (reverse)',
      expect.objectContaining({ index_access_type: 'index_scan', reverse: true }),
    ],
    [
      'Index range scan on s (re-planned for each iteration)',
      expect.objectContaining({ index_access_type: 'dynamic_index_range_scan' }),
    ],
    [
      'Left hash join (a.x = b.x), (a.y = b.y), extra conditions: (a.z > b.z) and (a.q > 1)',
      {
        access_type: 'join',
        join_algorithm: 'hash',
        join_type: 'left join',
        hash_condition: ['(a.x = b.x)', '(a.y = b.y)'],
        extra_condition: ['(a.z > b.z)', '(a.q > 1)'],
      },
    ],
    [
      'Inner hash join (no condition)',
      expect.objectContaining({ hash_condition: [], join_type: 'inner join' }),
    ],
    [
      "Sort: a DESC, f(b, 'x, y'), limit input to 5 row(s) per chunk",
      { access_type: 'sort', sort_fields: ['a DESC', "f(b, 'x, y')"] },
    ],
    ['Group aggregate: count(0)', { access_type: 'aggregate', group_by: true }],
    [
      'Union materialize with deduplication',
      { access_type: 'materialize', deduplication: true, union: true },
    ],
    [
      'Temporary table with deduplication',
      { access_type: 'materialize', deduplication: true, temp_table: true },
    ],
    ['Insert into notes', { table_name: 'notes', schema_name: '' }],
    ['Something that is new', {}],
  ])('%s', (operation, fields) => {
    const { operation: kept, ...read } = readOperation(operation);
    expect(kept).toBe(operation);
    expect(read).toEqual(fields);
  });
});
