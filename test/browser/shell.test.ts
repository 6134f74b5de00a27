import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage } from './browser.ts';

let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  browser = await openBrowser();
  server = createServer((request, response) => {
    response.setHeader('content-security-policy', "default-src 'none'");
    response.setHeader('content-type', 'text/html');
    response.end(
      request.url === '/'
        ? '<!doctype html><link rel="icon" href="data:,"><script>fetch("//127.0.0.2/")</script>'
        : '',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  server.close();
});

test('what a page may not do is seen', async () => {
  const { context, page, faults } = await openPage(browser, { origin });
  await page.goto(`${origin}/`);
  await expect.poll(() => faults.join('\n')).toMatch(/policy: script-src/);
  await context.close();
});
