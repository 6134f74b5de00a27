import { expect, it } from 'vitest';
import { hasNul } from './storable.ts';

it.each<[boolean, unknown]>([
  [false, undefined],
  [false, { a: ['\\u0000', 1, null, { b: '\ud800' }] }],
  [true, 'a\0'],
  [true, { a: [{ b: 'x\0y' }] }],
  [true, { 'a\0': 1 }],
])('%s: %j', (found, value) => expect(hasNul(value)).toBe(found));
