import { expect, it } from 'vitest';
import { compressBytes, compressJson, expandBytes, expandJson } from './compress.ts';

it('what was compressed comes back', () => {
  const value = { text: 'ä'.repeat(1_000), list: [1, null, { a: false }] };
  expect(expandJson(compressJson(value), 10_000)).toEqual(value);
  expect(compressJson(value).byteLength).toBeLessThan(200);
});

it('a small text that grows beyond its limit is refused, not expanded', () => {
  const bomb = compressBytes(new Uint8Array(1_000_000));
  expect(bomb.byteLength).toBeLessThan(1_000);
  expect(() => expandBytes(bomb, 10_000)).toThrow();
});
