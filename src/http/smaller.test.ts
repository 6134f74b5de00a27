import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiDeps } from '../../test/support/api.ts';
import { createFleetTable } from '../fleet/table.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';
import { createApiServer } from './api-server.ts';

const history = openSqliteHistory(':memory:');
const table = createFleetTable({ now: () => 1_700_000_000_000, monotonic: () => 0 });
const note = (name: string) =>
  table.note({ uid: `uid-${name}`, namespace: 'shop', name }, { suspend: false, ready: 'True' });
for (let i = 0; i < 300; i += 1) note(`target-${i}`);
let server: Awaited<ReturnType<typeof createApiServer>>;
beforeAll(async () => {
  server = await createApiServer(apiDeps(history, { table }));
});
afterAll(async () => {
  await server.close();
  await history.close();
});
const get = (url: string, headers: Record<string, string> = {}) =>
  server.inject({ url, headers: { authorization: 'Bearer token', ...headers } });

it.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
])('what is large comes as %s', async (encoding, inflate) => {
  const plain = await get('/api/v1/fleet');
  const small = await get('/api/v1/fleet', { 'accept-encoding': encoding });
  expect(small.headers['content-encoding']).toBe(encoding);
  expect(small.rawPayload.length * 5).toBeLessThan(plain.rawPayload.length);
  expect(JSON.parse(inflate(small.rawPayload).toString())).toEqual(plain.json());
});
it('what is small comes as it is', async () => {
  const answer = await get('/api/v1/stops', { 'accept-encoding': 'gzip, br' });
  expect(answer.headers['content-encoding']).toBeUndefined();
});
it.each(['/api/v1/fleet?state=well', '/api/v1/rules', '/api/v1/stops'])(
  '%s is not sent again to who has it',
  async (url) => {
    const { headers } = await get(url);
    const tag = String(headers['etag']);
    const again = await get(url, { 'if-none-match': `"x", ${tag}` });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect((await get(url, { 'if-none-match': '"x"' })).statusCode).toBe(200);
  },
);
it('the fleet has another tag when it has changed', async () => {
  const tag = String((await get('/api/v1/fleet')).headers['etag']);
  note('target-1');
  expect((await get('/api/v1/fleet', { 'if-none-match': tag })).statusCode).toBe(200);
});
