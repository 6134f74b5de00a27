import { expect, it } from 'vitest';
import { readDetail, readSettings } from './text-details.ts';
import type { Fields } from './text-title.ts';

const read = (...lines: [string, string][]): Fields => {
  const fields: Fields = {};
  for (const [key, value] of lines) readDetail(fields, key, value);
  return fields;
};

it('reads what FORMAT JSON has other words for', () => {
  expect(read(['Sort Method', 'external merge  Disk: 1234kB'])).toEqual({
    'Sort Method': 'external merge',
    'Sort Space Type': 'Disk',
    'Sort Space Used': 1_234,
  });
  expect(read(['Heap Blocks', 'exact=12 lossy=3'])).toEqual({
    'Exact Heap Blocks': 12,
    'Lossy Heap Blocks': 3,
  });
  expect(
    read(['Buckets', '4096 (originally 1024)  Batches: 2 (originally 1)  Memory Usage: 130kB']),
  ).toEqual({ 'Hash Buckets': 4_096, 'Hash Batches': 2, 'Peak Memory Usage': 130 });
  expect(read(['Buffers', 'shared hit=8 dirtied=2, temp read=1'])).toMatchObject({
    'Shared Hit Blocks': 8,
    'Shared Dirtied Blocks': 2,
    'Shared Read Blocks': 0,
    'Temp Read Blocks': 1,
  });
});
it('keeps numbers, words and flags as they are', () => {
  expect(
    read(['Workers Planned', '2'], ['Filter', '(a = 1)'], ['Single Copy', 'true'], ['I', '3 ms']),
  ).toEqual({ 'Workers Planned': 2, Filter: '(a = 1)', 'Single Copy': true, I: 3 });
});
it('has one key of a group, or none of several', () => {
  expect(read(['Group Key', 'a, f(b, c)'])).toEqual({ 'Group Key': ['a', 'f(b, c)'] });
  expect(read(['Group Key', 'a'], ['Group Key', 'b'], ['Group Key', '()'])).toEqual({
    'Grouping Sets': [],
  });
});
it('reads settings', () => {
  expect(readSettings(`work_mem = '64MB', a.b = 'it''s'`)).toEqual({
    work_mem: '64MB',
    'a.b': "it's",
  });
});
