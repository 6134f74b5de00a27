import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createPoster } from './post.ts';

/** What one answer means. */
async function meaningOf(status: number, headers: Record<string, string>) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const poster = createPoster({ url: new URL(`http://127.0.0.1:${port}`), headers: {} }, () => 0);
  const answer = await poster.post(new Uint8Array(3), new AbortController().signal);
  poster.close();
  server.close();
  return answer;
}
const date = 'Mon, 30 Nov 2026 10:00:00 GMT';

it.each([
  [{ 'retry-after': '20' }, 20_000],
  [{ 'retry-after': '300' }, 300_000],
  [{ 'retry-after': '99999999' }, 3_600_000],
  // By its own clock, whatever ours says.
  [{ date, 'retry-after': 'Mon, 30 Nov 2026 10:02:00 GMT' }, 120_000],
  [{ date, 'retry-after': 'Mon, 30 Nov 2026 09:00:00 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
])('%o: comes back when it was told to', async (headers, wait_ms) => {
  for (const status of [429, 503])
    expect(await meaningOf(status, headers)).toEqual({
      kind: 'later',
      why: `HTTP ${status}`,
      ...(wait_ms === undefined ? {} : { retryAfter_ms: wait_ms }),
    });
});

it.each([
  [200, { kind: 'taken', rejected: 0 }],
  [400, { kind: 'refused', why: 'HTTP 400' }],
  [503, { kind: 'later', why: 'HTTP 503' }],
])('of an answer that never ends the status counts: %i', async (status, meaning) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status);
    const more = () => response.destroyed || response.write('x'.repeat(8_192), more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const poster = createPoster({ url: new URL(`http://127.0.0.1:${port}`), headers: {} }, () => 0);
  const began = performance.now();
  expect(await poster.post(new Uint8Array(3), new AbortController().signal)).toEqual(meaning);
  expect(performance.now() - began).toBeLessThan(5_000);
  poster.close();
  server.close();
});
