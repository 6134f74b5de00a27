import { expect, it } from 'vitest';
import { statementList } from './statement-list.ts';

it('names the purpose of each statement, and leaves out what is of no use', () =>
  expect(statementList([['health', 'a', 'b'], false, ['nothing is sent'], ['lock', 'c']])).toEqual([
    { purpose: 'health', sql: 'a' },
    { purpose: 'health', sql: 'b' },
    { purpose: 'lock', sql: 'c' },
  ]));
