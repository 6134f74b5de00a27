import { expect, it } from 'vitest';
import { remarksOf } from './remarks.ts';

it('finds the lines of pieces, one behind the other, each line once', () => {
  const text = 'x\n"Some Key": 1\n{"Some Key": 2, "Other": 3}\n  Third: 4\n<Fourth-Key>\n';
  const pieces = ['Some Key', 'Some Key', 'Other', 'Third', 'Fourth Key', 'nowhere'];
  expect(
    remarksOf(
      text,
      pieces.map((piece) => ({ piece })),
    ),
  ).toEqual([
    { line: 2, text: 'Some Key' },
    { line: 3, text: 'Some Key' },
    { line: 4, text: 'Third' },
    { line: 5, text: 'Fourth Key' },
  ]);
});
it('shows no value, and not much', () => {
  const line = `Note: 'a secret' of ${'word '.repeat(40)} at 12:30:01`;
  const [said] = remarksOf(line, [{ piece: line }]);
  expect(said?.text).toMatch(/^Note: \? of word/);
  expect(said?.text.length).toBeLessThanOrEqual(80);
  expect(remarksOf('a\nb 17', [{ piece: 'b 17' }])).toEqual([{ line: 2, text: 'b ?' }]);
});
it('is bounded', () => {
  const text = 'key\n'.repeat(900);
  expect(
    remarksOf(
      text,
      Array.from({ length: 900 }, () => ({ piece: 'key' })),
    ),
  ).toHaveLength(50);
});
it('looks for so many pieces and no more: each is a look through the whole text', () => {
  const nowhere = Array.from({ length: 1_000 }, () => ({ piece: 'nowhere' }));
  expect(remarksOf('last: 1', [...nowhere, { piece: 'last' }])).toEqual([]);
});
