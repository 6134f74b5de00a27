import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import {
  bytes,
  isNumber,
  isText,
  json,
  known,
  listOf,
  maybe,
  number,
  text,
  word,
} from './columns.ts';

const row = {
  text: 'a',
  int8: '9007199254740991',
  float: 0.5,
  body: Buffer.from('x'),
  words: '["a","b"]',
  values: ['a', 'b'],
  nothing: null,
};

it('reads what either driver gives', () => {
  expect(text(row, 'text')).toBe('a');
  expect([number(row, 'int8'), number(row, 'float')]).toEqual([9_007_199_254_740_991, 0.5]);
  expect(bytes(row, 'body')).toEqual(Buffer.from('x'));
  for (const column of ['words', 'values'])
    expect(json(row, column, listOf(isText))).toEqual(['a', 'b']);
  expect(word(row, 'text', ['a', 'b'])).toBe('a');
  expect(word(row, 'text', ['c', 'd'], 'd')).toBe('d');
});
it('null is unknown where it may be', () => {
  expect([maybe(row, 'nothing', text), maybe(row, 'missing', text)]).toEqual([
    undefined,
    undefined,
  ]);
  expect(maybe(row, 'text', text)).toBe('a');
  expect(known({ a: 1, b: undefined, c: 0 })).toEqual({ a: 1, c: 0 });
});
it.each([
  ['text', () => text(row, 'float')],
  ['a number', () => number(row, 'text')],
  ['a number, of nothing', () => number({ n: '' }, 'n')],
  ['null', () => number(row, 'nothing')],
  ['bytes', () => bytes(row, 'text')],
  ['a word', () => word(row, 'text', ['c'])],
  ['a list', () => json(row, 'words', listOf(isNumber))],
])('what is not %s is said, by the column and not by its value', (_, read) => {
  expect(read).toThrow(AppError);
  expect(read).toThrow(/in (float|text|n|nothing|words)$/);
});
