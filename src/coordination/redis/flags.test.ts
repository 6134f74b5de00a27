import { expect, it } from 'vitest';
import { hasLost, readHash } from './flags.ts';

it('a hash that was lost is told from one that is empty', () => {
  const mark = { count: 1, text: '1' };
  expect(readHash({ '.kept': '1' })).toEqual({ found: new Map(), mark });
  expect(readHash({})).toEqual({ found: new Map(), mark: undefined });
  expect(hasLost(mark, undefined)).toBe(true);
});
it('changes that were lost are told from those that were made', () => {
  const markOf = (text: string) => readHash({ '.kept': text }).mark;
  const before = markOf('5 100.1') ?? { count: 0, text: '' };
  expect(hasLost(before, markOf('5 100.1'))).toBe(false);
  expect(hasLost(before, markOf('7 200.1'))).toBe(false);
  expect(hasLost(before, markOf('4 90.1'))).toBe(true);
  // A copy that lacks the last one, and has another since.
  expect(hasLost(before, markOf('5 101.1'))).toBe(true);
});
it('a count of more digits than are exact is none: one more would be the same', () => {
  for (const text of ['9007199254740993 1.1', '9'.repeat(400), '-9223372036854775808 1.1', 'odd'])
    expect(readHash({ '.kept': text }).mark).toEqual({ count: 0, text });
});
it('flags are JSON; what is none is there without a value', () => {
  const { found } = readHash({ '.kept': '1', stop: '{"by":"me"}', odd: '{' });
  expect([...found]).toEqual([
    ['stop', { by: 'me' }],
    ['odd', undefined],
  ]);
});
