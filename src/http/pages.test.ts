import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/postgres-server.ts';
import { guardedServer } from './guarded-server.ts';
import { openPages } from './pages.ts';
import { openPort, type Port } from './port.ts';

/** The pages as they are built, beside a file that is nobody's business. */
const folder = temporaryFolder('pages');
const web = join(folder, 'web');
const script = `console.log('${'shop '.repeat(1_000)}');`;
let port: Port;
let at: number;

async function serve(of: string | undefined): Promise<{ port: Port; at: number }> {
  const pages = await openPages(of);
  const opened = openPort(guardedServer({ hosts: [], anyAddress: false }, 1_000, pages.handle));
  return {
    port: opened,
    at: Number(new URL(await opened.listen({ host: '127.0.0.1', port: 0 })).port),
  };
}

beforeAll(async () => {
  mkdirSync(join(web, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'api-token'), 'the token');
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>dbintel</title>');
  writeFileSync(join(web, 'assets/index-DiwrgTda.js'), script);
  writeFileSync(join(web, 'assets/index-DiwrgTda.js.br'), brotliCompressSync(script));
  writeFileSync(join(web, 'assets/index-DiwrgTda.js.gz'), gzipSync(script));
  writeFileSync(join(web, 'assets/inter.woff2'), 'font');
  writeFileSync(join(web, 'paste.html'), '<script>1</script>');
  ({ port, at } = await serve(web));
});
afterAll(async () => {
  await port.close();
  rmSync(folder, { recursive: true });
});

/** As it is written: fetch would tidy a path up. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', to = at) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: to, path, headers, method }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      sent.once('error', reject).end();
    },
  );
const asset = '/ui/assets/index-DiwrgTda.js';

describe('a page', () => {
  it.each(['/ui/', '/ui/t/shop/orders.eu', '/ui/findings?sev=critical', '/ui/help'])(
    '%s is the application',
    async (path) => {
      const { status, headers, body } = await ask(path);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-cache',
      ]);
      expect(body.toString()).toContain('<title>dbintel');
    },
  );
  it('runs no script and no style but ours, and is in nobody’s frame', async () => {
    const { headers } = await ask('/ui/');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(String(headers['content-security-policy'])).not.toMatch(/unsafe|\*|https?:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
  });
  it('is read, and nothing else', async () => {
    expect((await ask('/ui/', {}, 'POST')).status).toBe(405);
    const head = await ask('/ui/', {}, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(10);
  });
  it('begins where somebody asks for nothing in particular', async () => {
    for (const path of ['/ui', '/', '/?x'])
      expect(await ask(path)).toMatchObject({ status: 302, headers: { location: '/ui/' } });
  });
});

describe('a file', () => {
  it.each([
    ['br, gzip', 'br'],
    ['gzip, deflate, br;q=0', 'gzip'],
    ['GZIP', 'gzip'],
    ['', undefined],
    ['zstd', undefined],
  ])('for "%s" comes as %s', async (accepted, encoding) => {
    const { headers, body } = await ask(asset, { 'accept-encoding': accepted });
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers['vary']).toBe('accept-encoding');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(Number(headers['content-length'])).toBe(body.length);
    if (encoding === undefined) expect(body.toString()).toBe(script);
    else expect(body.length).toBeLessThan(200);
  });
  it('with a digest in its name is kept for good, another is asked for again', async () => {
    expect((await ask(asset)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await ask('/ui/assets/inter.woff2')).headers['cache-control']).toBe('no-cache');
  });
  it('that is a page of its own is one to keep', async () => {
    const disposition = async (path: string) => (await ask(path)).headers['content-disposition'];
    expect([await disposition('/ui/paste.html'), await disposition('/ui/')]).toEqual([
      'attachment',
      undefined,
    ]);
  });
  it('that is known is not sent again', async () => {
    const { etag } = (await ask(asset, { 'accept-encoding': 'br' })).headers as { etag: string };
    const again = (known: string) =>
      ask(asset, { 'accept-encoding': 'br', 'if-none-match': known });
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
      const { status, body, headers } = await again(known);
      expect([status, body.length, headers['etag']]).toEqual([304, 0, etag]);
    }
    expect((await again('"x"')).status).toBe(200);
  });
  it.each([
    '/ui/../api-token',
    '/ui/..%2fapi-token',
    '/ui/%2e%2e/api-token',
    '/ui/assets/../../api-token',
    '/ui/assets/..%5c..%5capi-token',
    '/ui//etc/passwd',
    '/ui/assets/index-DiwrgTda.js%00',
    '/ui/assets/index-DiwrgTda.js.br',
    '/ui/assets',
  ])('is never another than those that were built: %s', async (path) => {
    const { body } = await ask(path);
    expect(body.toString()).not.toMatch(/the token|root:/);
    expect(body.toString()).toMatch(/<title>dbintel|no such file/);
  });
});

it('what was not built is said, with what builds it', async () => {
  const none = await serve(undefined);
  const { status, body } = await ask('/ui/', {}, 'GET', none.at);
  expect([status, body.toString()]).toEqual([503, expect.stringContaining('make web')]);
  await none.port.close();
});
