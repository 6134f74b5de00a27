import { expect, it } from 'vitest';
import { processorTime } from '../../test/support/pace.ts';
import { nameLimit, remark, remarkLimit, speaker } from './remark.ts';

it.each([
  ['the nightly export reads it all', 'the nightly export reads it all'],
  ["don't: it can't be indexed", "don't: it can't be indexed"],
  ["only where email = 'max@example.org' is", 'only where email = ? is'],
  ['status = "open" alone', 'status = ? alone'],
  ['ask max.muster@example.org', 'ask ?'],
  ['see https://maria:hunter2@wiki/x', 'see https://?@wiki/x'],
  ['password: hunter2, really', 'password: ? really'],
  ['the token is abc', 'the token is ?'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer ?'],
  ['key AKIAIOSFODNN7EXAMPLE1 in it', 'key ? in it'],
  ['card 4111111111111111', 'card ?'],
  ['ticket 4711 of 2026-12-24, statement 104999d16d245b64', undefined],
])('%s', (text, expected) => expect(remark(text)).toBe(expected ?? text));

it('is one line of bounded length, whatever was typed', () => {
  expect(remark(' a\n\tb\u0000\u001b[31m  c ')).toBe('a b [31m c');
  expect(remark('wordy '.repeat(100)).length).toBe(remarkLimit);
  expect(speaker(`m\n${'x'.repeat(200)}`).length).toBe(nameLimit);
});

it.each(['x', 'x@', '@', 'x.', 'a://', "'", '"', 'token=', '1', 'a1 '])(
  'takes as long as a text is, whatever is in it: %s',
  (part) => {
    const text = part.repeat(65_536 / part.length);
    expect(processorTime(() => remark(text))).toBeLessThan(500);
  },
);
