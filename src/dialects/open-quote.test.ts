import { expect, it } from 'vitest';
import { quoteAfter } from './open-quote.ts';

it.each([
  ["(a = 'x'::text)", '', ''],
  ["(a = 'it''s", '', "'"],
  ['("it\'s" = \'x', '', "'"],
  ["y')", "'", ''],
  ["(a = 'it\\'s", '', "'"],
])('behind %j there is %j, then %j', (line, open, wanted) => {
  expect(quoteAfter(line, open, '\\')).toBe(wanted);
});
it('takes a backslash for one where it escapes nothing', () => {
  expect(quoteAfter("(a = 'x\\')", '')).toBe('');
});
