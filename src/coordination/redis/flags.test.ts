import { expect, it } from 'vitest';
import { readHash } from './flags.ts';

it('a hash that was lost is told from one that is empty', () => {
  expect(readHash({ '.kept': '1' })).toEqual({ found: new Map(), isKept: true });
  expect(readHash({})).toEqual({ found: new Map(), isKept: false });
});
it('flags are JSON; what is none is there without a value', () => {
  const { found } = readHash({ '.kept': '1', stop: '{"by":"me"}', odd: '{' });
  expect([...found]).toEqual([
    ['stop', { by: 'me' }],
    ['odd', undefined],
  ]);
});
