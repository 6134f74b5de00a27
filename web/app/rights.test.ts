import { expect, test } from 'vitest';
import { mayRead } from './rights.ts';

test('who may read some namespaces sees those', () => {
  expect(mayRead({ mayRead: 'all' }, 'shop')).toBe(true);
  expect(mayRead({ mayRead: ['shop'] }, 'shop')).toBe(true);
  expect(mayRead({ mayRead: ['shop'] }, 'bank')).toBe(false);
  expect(mayRead({ mayRead: ['shop'] }, undefined)).toBe(true);
  expect(mayRead({ mayRead: [] }, undefined)).toBe(false);
});
