import { describe, expect, it } from 'vitest';
import { excerptOf, refusalOf } from './refusal.ts';

const text = 'one\r\ntwo\nthree\nfour\nfive\nsix';

describe('lines around the one that is wrong', () => {
  it.each([
    [1, '1 one, 2 two, 3 three'],
    [4, '2 two, 3 three, 4 four, 5 five, 6 six'],
    [6, '4 four, 5 five, 6 six'],
    [40, ''],
  ])('%i', (wrong, expected) => {
    const lines = excerptOf(text, wrong);
    expect(lines.map((each) => `${each.line} ${each.text}`).join(', ')).toBe(expected);
    expect(lines.filter((each) => each.wrong).map(({ line }) => line)).toEqual(
      expected ? [wrong] : [],
    );
  });
  it('are cut', () => {
    expect(excerptOf('x'.repeat(5_000), 1)[0]?.text).toHaveLength(161);
  });
});

it('says what to do', () => {
  const refused = { kind: 'refused', code: 'unparsable', message: 'no number', line: 2 } as const;
  expect(refusalOf('a.txt', text, refused)).toMatchObject({
    name: 'a.txt',
    message: 'Line 2: no number.',
    remedy: expect.stringMatching(/^Copy all of/),
  });
});
it('says a line once', () => {
  const refused = { kind: 'refused', code: 'unparsable', line: 2 } as const;
  const said = (message: string) => refusalOf('a.txt', text, { ...refused, message }).message;
  expect(said('line 2: no number')).toBe('Line 2: no number.');
  expect(said('line 2 begins a statement')).toBe('Line 2 begins a statement.');
});
