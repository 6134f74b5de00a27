import { expect, it } from 'vitest';
import { cookieLine, cookiesNamed, siteOf } from './site.ts';

const publicUrl = new URL('https://dbintel.example.com');

it.each([
  ['dbintel.example.com', 'https://dbintel.example.com', '__Host-dbintel', true],
  ['DBintel.example.com:443', 'https://dbintel.example.com', '__Host-dbintel', true],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080', 'dbintel-8080', false],
  ['localhost', 'http://localhost', 'dbintel-80', false],
  ['[::1]:9', 'http://[::1]:9', 'dbintel-9', false],
])('%s is %s', (host, origin, name, secure) =>
  expect(siteOf(host, publicUrl)).toEqual({ origin, cookie: { name, secure } }),
);
it('a port that there is not is nobody’s, and no mistake of ours', () =>
  expect(siteOf('localhost:99999', undefined)).toEqual({ origin: 'http://localhost:99999' }));
it('without https and not on this machine there is no cookie', () => {
  for (const host of ['dbintel.sys.svc:8080', '10.0.0.1:8080', ''])
    expect(siteOf(host, publicUrl)).not.toHaveProperty('cookie');
  expect(siteOf('dbintel.example.com', undefined)).not.toHaveProperty('cookie');
});
it('every cookie of that name is read, and no other', () => {
  expect(cookiesNamed('dbintel-1', 'a=b; dbintel-1=x.y; dbintel-11=no;dbintel-1=z')).toEqual([
    'x.y',
    'z',
  ]);
  expect(cookiesNamed('dbintel-1', undefined)).toEqual([]);
});
it('is read by no script and sent along by no other site', () => {
  expect(cookieLine({ name: '__Host-dbintel', secure: true }, 'v', 60)).toBe(
    '__Host-dbintel=v; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure',
  );
  expect(cookieLine({ name: 'dbintel-1', secure: false }, '', 0)).not.toContain('Secure');
});
