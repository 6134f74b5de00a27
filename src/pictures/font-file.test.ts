import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { collectionOf } from '../../test/support/font-collection.ts';
import fc from '../../test/support/property.ts';
import { readFont } from './font-file.ts';

const inter = readFileSync(new URL('./fonts/inter-400.ttf', import.meta.url));
const has = (bytes: Uint8Array, text: string) =>
  [...text].map((each) => readFont(bytes)?.has(each.codePointAt(0) ?? 0));

it('says what a font has', () => {
  expect(readFont(inter)?.family).toBe('Inter');
  expect(has(inter, 'aÉőЖΩ→−×·…◆▲●▽□№')).not.toContain(false);
  expect(has(inter, '注ط🦆\u0001')).toEqual([false, false, false, false]);
});
it('says the same of a collection, with the name of its first font', () => {
  const font = readFont(collectionOf(inter));
  expect(font).toMatchObject({ family: 'Inter', member: 'Inter-Regular' });
  expect(has(collectionOf(inter), 'a注')).toEqual([true, false]);
});
it('takes no font without outlines', () => {
  const bitmaps = Buffer.from(inter);
  bitmaps.write('CBDT', bitmaps.indexOf('glyf'));
  expect(readFont(bitmaps)).toBeUndefined();
});
it('is not led astray by what is no font, or a broken one', () => {
  for (const text of ['', 'wOF2', '<svg/>', '\0\x01\0\0'])
    expect(readFont(Buffer.from(text))).toBe(undefined);
  fc.assert(
    fc.property(
      fc.nat(inter.length),
      fc.array(fc.tuple(fc.nat(4_000), fc.nat(255))),
      (end, slips) => {
        const broken = Buffer.from(inter.subarray(0, end));
        for (const [at, byte] of slips) if (at < end) broken[at] = byte;
        expect([true, false, undefined]).toContain(readFont(broken)?.has(97));
      },
    ),
  );
});
