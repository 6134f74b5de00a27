import { expect, it } from 'vitest';
import { titleOf } from './page-title.ts';

it.each([
  ['/', 'Fleet · dbintel'],
  ['/findings', 'Findings · dbintel'],
  ['/advice/adv-1', 'adv-1 · Advice · dbintel'],
  ['/compare', 'Compare · dbintel'],
  ['/t/shop/orders', 'shop/orders · dbintel'],
  ['/t/shop/%C3%BC', 'shop/ü · dbintel'],
  ['/t/shop/%C3', 'shop/%C3 · dbintel'],
  ['/t/shop/orders/q/0123456789abcdef', 'statement 0123456789ab · shop/orders · dbintel'],
  [
    '/t/shop/orders/q/0123456789abcdef/p/ph2:0123456789ab',
    'plan ph2:0123456 · statement 0123456789ab · shop/orders · dbintel',
  ],
  ['/nowhere', 'dbintel'],
])('%s is called %s', (path, title) => {
  expect(titleOf(path)).toBe(title);
});
