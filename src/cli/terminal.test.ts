import { expect, it } from 'vitest';
import { printable, printableJson, renderTable } from './terminal.ts';

it('what others wrote does not steer the terminal: only line ends, tabs and our colours do', () => {
  const text = 'a\tb\r\nc\u001b[2J\u0007\u009b31m\u007f\rd \u001b[31mred\u001b[0m';
  expect(printable(text, true)).toBe(
    'a\tb\nc\\x1b[2J\\x07\\x9b31m\\x7f\\x0dd \u001b[31mred\u001b[0m',
  );
  expect(printable(text, false)).toBe(
    'a\tb\nc\\x1b[2J\\x07\\x9b31m\\x7f\\x0dd \\x1b[31mred\\x1b[0m',
  );
  expect(printable('größer · →', false)).toBe('größer · →');
  const turned = 'shop\u202Egro.elpmaxe \u2066a\u2069';
  expect(printable(turned, true)).toBe('shop\\u202egro.elpmaxe \\u2066a\\u2069');
  expect(printable('us\u200bers \u00ad\f', true)).toBe('us\\u200bers \\xad\\x0c');
});

it('JSON stays what can be read, whatever is in it', () => {
  const value = { '\u00ada\u0085b\u007f': 'us\u200bers\u001b\u{e0041}' };
  expect(JSON.parse(printable(printableJson(value)))).toEqual(value);
});

it('a text that is cut ends in one ellipsis', () => {
  const table = renderTable(
    [{ text: 'a plan … that is cut' }],
    [{ title: 'TEXT', least: 9, value: ({ text }) => text }],
    9,
  );
  expect(table.split('\n')[1]).toBe('a plan…');
});
