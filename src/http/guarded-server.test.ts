import { expect, it } from 'vitest';
import { hostOf, isLoopback } from './guarded-server.ts';

it('a Host that is none is nobody’s name', () => {
  for (const text of [
    '',
    ':80',
    'a b',
    'a/b',
    'http://localhost',
    'localhost, evil',
    '[::1',
    'localhost:80:80',
    'localhost:99999',
  ])
    expect(hostOf(text)).toBeUndefined();
});
it.each([
  ['Shop.Example.:8080', 'shop.example'],
  ['[::1]:8080', '::1'],
  ['127.0.0.1', '127.0.0.1'],
])('%s is %s', (header, name) => expect(hostOf(header)).toBe(name));
it('a name that begins with 127 is none of loopback’s', () => {
  expect(['localhost', '::1', '127.8.8.8'].every(isLoopback)).toBe(true);
  expect(['127.evil.example', '10.0.0.1', 'localhost.evil'].some(isLoopback)).toBe(false);
});
