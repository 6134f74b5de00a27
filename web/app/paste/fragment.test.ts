import { describe, expect, it } from 'vitest';
import { describeLink, fragmentOf, parseFragment } from './fragment.ts';

describe('the fragment', () => {
  it.each([
    {},
    { plan: 'v1.abc-_' },
    { plan: 'v1.abc', before: 'v1.def', metric: 'rows', node: 17, view: 'table' },
  ] as const)('comes back as it was: %j', (fragment) => {
    expect(parseFragment(fragmentOf(fragment))).toEqual(fragment);
  });
  it.each(['#', '#p=', '#b=v1.x', '#m=hue&node=-1&view=html', '#node=1e9', '#/paste'])(
    'is nothing: %s',
    (hash) => {
      expect(parseFragment(hash)).toEqual({});
    },
  );
});

it('says how long a link is, and what is in its way', () => {
  expect(describeLink('x'.repeat(900))).toBe('0.9 kB');
  expect(describeLink('x'.repeat(3_400))).toBe('3.4 kB: some chat programs cut it');
  expect(describeLink('x'.repeat(90_000))).toMatch(/^90.0 kB: longer than/);
});
