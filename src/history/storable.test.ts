import { expect, it } from 'vitest';
import { processorTime } from '../../test/support/pace.ts';
import { storable, storableJson } from './storable.ts';

it.each([
  ['a\0b', 'a\ufffdb'],
  ['cut \ud83d…', 'cut \ufffd…'],
  ['\udc00 alone', '\ufffd alone'],
  ['whole 😀', 'whole 😀'],
  ['\\u0000 and \\\\ud83d in letters', '\\u0000 and \\\\ud83d in letters'],
  ['\\\0 \\\\\ud83d', '\\\ufffd \\\\\ufffd'],
])('%j', (text, stored) => {
  expect(storable(text)).toBe(stored);
  expect(JSON.parse(storableJson({ text: [text] }))).toEqual({ text: [stored] });
});
it('a long run of backslashes takes no longer than it is long', () => {
  const text = '\\'.repeat(1_000_000);
  expect(processorTime(() => storableJson(text))).toBeLessThan(1_000);
});
