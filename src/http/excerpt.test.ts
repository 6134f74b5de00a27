import { expect, it } from 'vitest';
import { asListed, excerptOf } from './excerpt.ts';

it('is the text itself where that is short', () => {
  expect(excerptOf('SELECT 1', 'x')).toBe('SELECT 1');
});
it('has what was found in it, wherever that stands, and cuts no character in two', () => {
  for (const at of [0, 59, 61, 200, 5_000, 9_990]) {
    const text = `${'😀'.repeat(at)}Needle${'z'.repeat(10_000 - at)}`;
    const excerpt = excerptOf(text, 'nEEDLE');
    expect(excerpt).toContain('Needle');
    expect(excerpt.length).toBeLessThanOrEqual(242);
    expect(excerpt.isWellFormed()).toBe(true);
  }
  expect(excerptOf('a'.repeat(300), 'ff00')).toBe(`${'a'.repeat(240)}…`);
});
it('of a line of a list it is the beginning, and cuts no character in two', () => {
  expect(asListed({})).toEqual({});
  expect(asListed({ text: 'SELECT 1' })).toEqual({ text: 'SELECT 1' });
  const { text } = asListed({ text: `a${'😀'.repeat(2_000)}` });
  expect([text.length, text.isWellFormed(), text.at(-1)]).toEqual([1_001, true, '…']);
});
