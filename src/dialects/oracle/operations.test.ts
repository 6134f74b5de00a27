import { expect, it } from 'vitest';
import { joinTypeOf, opOf } from './operations.ts';

it.each([
  ['TABLE ACCESS STORAGE FULL', 'SeqScan'],
  ['TABLE ACCESS BY LOCAL INDEX ROWID BATCHED', 'TidScan'],
  ['INDEX SKIP SCAN', 'IndexScan'],
  ['BITMAP CONVERSION TO ROWIDS', 'BitmapIndexScan'],
  ['SORT AGGREGATE', 'Aggregate'],
  ['SORT ORDER BY STOPKEY', 'Sort'],
  ['HASH GROUP BY', 'Aggregate'],
  ['PX COORDINATOR', 'Gather'],
  ['PX SEND QC (RANDOM)', 'Exchange'],
  ['PARTITION RANGE ITERATOR', 'ForEach'],
  ['CREATE TABLE STATEMENT', 'Result'],
  ['LOAD TABLE CONVENTIONAL', 'Modify'],
  ['COUNT STOPKEY', 'Limit'],
  ['QUANTUM LEAP', 'Unknown'],
])('%s is %s', (operation, op) => expect(opOf(operation)).toBe(op));

it.each([
  ['HASH JOIN', 'inner'],
  ['HASH JOIN OUTER', 'left'],
  ['HASH JOIN RIGHT OUTER BUFFERED', 'right'],
  ['NESTED LOOPS ANTI', 'anti'],
  ['HASH JOIN RIGHT SEMI', 'right semi'],
  ['HASH JOIN FULL OUTER', 'full'],
])('%s is %s', (operation, type) => expect(joinTypeOf(operation)).toBe(type));
