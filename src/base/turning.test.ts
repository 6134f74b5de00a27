import { expect, test } from 'vitest';
import { apart, directions, unturned, unturnedJson } from './turning.ts';

const text = 'DROP INDEX "\u202exdi\u202c" \u2066a\u2069 جدول';
const shown = 'DROP INDEX "\\u202exdi\\u202c" \\u2066a\\u2069 جدول';

test('signs that turn a text around are shown as what they are, letters as letters', () =>
  expect(unturned(text)).toBe(shown));

test('in JSON, whatever has them', () =>
  expect(JSON.parse(unturnedJson(JSON.stringify({ [text]: [text] })))).toEqual({
    [shown]: [shown],
  }));

test.each([
  ['us\u200bers', 'us\\u200bers'],
  ['us\u200d\ufeffers\u2060', 'us\\u200d\\ufeffers\\u2060'],
  ['\u200cusers\u00ad', '\\u200cusers\\u00ad'],
  ['us\u{e0041}ers', 'us\\udb40ers'],
  ['two\n\tlines', 'two\n\tlines'],
  ['👩‍👩‍👧 ❤️ می‌خواهم', '👩‍👩‍👧 ❤️ می‌خواهم'],
])('what shows as nothing is shown, where it joins nothing: %j', (from, to) => {
  expect(unturned(from)).toBe(to);
  expect(JSON.parse(unturnedJson(JSON.stringify([from])))).toEqual([to]);
});

test('control characters are shown as JSON writes them, backslashes are themselves', () => {
  const text = 'bell\u0007 back\b a\\u0007 two\n\tlines\\';
  expect(JSON.parse(unturnedJson(JSON.stringify([text])))).toEqual([
    'bell\\u0007 back\\b a\\u0007 two\n\tlines\\',
  ]);
});

test.each([
  ['SELECT 1', ['SELECT 1']],
  ['("حالة", "رقم")', ['("', 'حالة', '", "', 'رقم', '")']],
  ['a.טבלת לקוחות_2 > $1', ['a.', 'טבלת לקוחות_2', ' > $1']],
])('what is written from right to left stands by itself: %s', (from, parts) => {
  expect(directions(from)).toEqual(parts);
  expect(apart(from)).toBe(
    parts.map((part, at) => (at % 2 ? `\u2068${part}\u2069` : part)).join(''),
  );
});
