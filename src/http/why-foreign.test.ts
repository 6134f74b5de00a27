import { expect, it } from 'vitest';
import { whyForeign } from './why-foreign.ts';

const origin = 'http://localhost:8080';
const page = { 'sec-fetch-site': 'same-origin', origin };
const json = { 'content-type': 'application/json; charset=utf-8', 'content-length': '2' };

it.each([
  ['a page of ours reads', 'GET', { 'sec-fetch-site': 'same-origin' }, false],
  ['somebody types the address', 'GET', { 'sec-fetch-site': 'none' }, false],
  ['a program reads', 'GET', {}, false],
  ['a page of ours changes', 'POST', { ...page, ...json }, false],
  ['a page of ours sends YAML', 'POST', { ...page, ...json, 'content-type': 'text/yaml' }, false],
  ['a page of ours takes something back', 'DELETE', page, false],
  ['a program changes, with its token', 'POST', { bearer: 'yes', ...json }, false],
])('%s', (_, method, { bearer, ...headers }: Record<string, string>, foreign) =>
  expect(whyForeign({ method, headers, origin, bearer: bearer !== undefined }) !== undefined).toBe(
    foreign,
  ),
);
it.each([
  ['another site reads', 'GET', { 'sec-fetch-site': 'cross-site' }],
  ['another port of this machine reads', 'GET', { 'sec-fetch-site': 'same-site' }],
  ['another origin', 'POST', { ...page, ...json, origin: 'https://evil.example' }],
  ['no origin at all', 'POST', { ...json, 'sec-fetch-site': 'same-origin' }],
  ['a file', 'POST', { ...page, ...json, origin: 'null' }],
  ['an old browser that does not say', 'POST', { ...json, origin }],
  ['typed into the address bar', 'POST', { ...page, ...json, 'sec-fetch-site': 'none' }],
  ['a form', 'POST', { ...page, ...json, 'content-type': 'text/plain' }],
  ['a form in chunks', 'POST', { ...page, 'transfer-encoding': 'chunked' }],
])('is refused: %s', (_, method, headers) =>
  expect(whyForeign({ method, headers, origin, bearer: false })).toBeDefined(),
);
it('a token does not make a foreign page ours: a proxy may have added it', () => {
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
  ])
    expect(whyForeign({ method: 'POST', headers, origin, bearer: true })).toBeDefined();
});
