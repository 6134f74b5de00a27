import { expect, test } from 'vitest';
import { unturned, unturnedJson } from './turning.ts';

const text = 'DROP INDEX "\u202exdi\u202c" \u2066a\u2069 جدول';
const shown = 'DROP INDEX "\\u202exdi\\u202c" \\u2066a\\u2069 جدول';

test('signs that turn a text around are shown as what they are, letters as letters', () =>
  expect(unturned(text)).toBe(shown));

test('in JSON, whatever has them', () =>
  expect(JSON.parse(unturnedJson(JSON.stringify({ [text]: [text] })))).toEqual({
    [shown]: [shown],
  }));
