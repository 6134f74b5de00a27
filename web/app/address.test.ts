import { expect, test } from 'vitest';
import { changed, pick } from './address.ts';

test('only what the page knows is read, and nothing that is empty', () => {
  expect(pick(new URLSearchParams('q=a&state=&x=1'), ['q', 'state'])).toEqual({ q: 'a' });
});
test('a change leaves the rest, and takes out what is undefined or empty', () => {
  const before = new URLSearchParams('q=a&sort=name&ns=b');
  expect(changed(before, { q: undefined, sort: 'since', ns: '' }).toString()).toBe('sort=since');
});
