import { describe, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import {
  brokenJson,
  get,
  getNumber,
  getPairs,
  getText,
  getTexts,
  isSet,
  parsePairs,
} from './json-pairs.ts';

describe('JSON whose objects may repeat a key', () => {
  const top = parsePairs(
    '{"t": {"a": 1}, "t": {"a": 2}, "n": "1.5", "e": "", "x": 1e999, "l": ["a", 1], "s": true}',
  );
  it('keeps every pair, in order', () => {
    expect(top.pairs.map(([key]) => key)).toEqual(['t', 't', 'n', 'e', 'x', 'l', 's']);
    expect(get(top, 't')).toEqual({ pairs: [['a', 1]] });
  });
  it('gives a value only as what it is', () => {
    expect([getNumber(top, 'n'), getNumber(top, 'e'), getNumber(top, 'x')]).toEqual([
      1.5,
      undefined,
      undefined,
    ]);
    expect([getText(top, 'n'), getText(top, 't'), getPairs(top, 'n')]).toEqual([
      '1.5',
      undefined,
      undefined,
    ]);
    expect([getTexts(top, 'l'), getTexts(top, 'n')]).toEqual([['a'], []]);
    expect([isSet(top, 's'), isSet(top, 'n')]).toEqual([true, false]);
  });
  it.each(['', 'null', '[]', '{"a": 1', '{"a": 1} x', '{/* c */}'])('refuses %j', (text) =>
    expect(() => parsePairs(text)).toThrow(AppError),
  );
});

it.each([
  ['{"a":\n [1,\n ]}', 3],
  ['{"a":\n[1,\n', 3],
  ['{"a": 1}', undefined],
])('%j breaks in line %s', (text, line) => expect(brokenJson(text)?.line).toBe(line));
