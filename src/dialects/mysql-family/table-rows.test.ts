import { describe, expect, it } from 'vitest';
import { sniffRows, tableRows } from './table-rows.ts';

const columns = ['id', 'select_type', 'table', 'type', 'possible_keys', 'key', 'rows', 'Extra'];
const cells = ['1', 'SIMPLE', 'o', 'ALL', 'NULL', 'NULL', '12', 'Using where'];
const wanted = [
  {
    id: '1',
    select_type: 'SIMPLE',
    table: 'o',
    type: 'ALL',
    possible_keys: undefined,
    key: undefined,
    rows: '12',
    Extra: 'Using where',
  },
];
const frames: Record<string, string> = {
  'the client’s box': [
    '+---+',
    `| ${columns.join(' | ')} |`,
    '+---+',
    `| ${cells.join(' | ')} |`,
    '+---+',
    '1 row in set (0.00 sec)',
  ].join('\n'),
  '\\G': ['*** 1. row ***', ...columns.map((name, i) => `${name.padStart(13)}: ${cells[i]}`)].join(
    '\n',
  ),
  tabs: `${columns.join('\t')}\n${cells.join('\t')}`,
};

describe('rows of EXPLAIN', () => {
  it.each(Object.entries(frames))('between %s', (_, text) => {
    expect(tableRows(text)).toEqual(wanted);
    expect(sniffRows(text, 'mariadb')).toBe(1);
    expect(sniffRows(text, 'mysql')).toBe(0);
    expect(sniffRows(text.replaceAll('table', 'partitions'), 'mysql')).toBe(1);
  });
  it.each(['', 'select_type', '| select_type |\n| 1 |', '{"select_type": 1}'])(
    'are not in %j',
    (text) => {
      expect(tableRows(text)).toBeUndefined();
    },
  );
});
