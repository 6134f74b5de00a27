import { expect, it } from 'vitest';
import { decode } from './decode.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

it('reads UTF-8, with a mark and without', () => {
  expect(decode(utf8('Sort 注文'))).toEqual({ kind: 'text', text: 'Sort 注文' });
  expect(decode(utf8('\uFEFFSort'))).toEqual({ kind: 'text', text: 'Sort' });
});
it('reads what tools of SQL Server save', () => {
  const little = Uint8Array.of(0xff, 0xfe, 0x3c, 0, 0x61, 0);
  const big = Uint8Array.of(0xfe, 0xff, 0, 0x3c, 0, 0x61);
  expect([little, big].map(decode)).toEqual([
    { kind: 'text', text: '<a' },
    { kind: 'text', text: '<a' },
  ]);
});
it.each([[new Uint8Array()], [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0)]])(
  'is no text: %j',
  (bytes) => {
    expect(decode(bytes)).toMatchObject({ kind: 'refused' });
  },
);
