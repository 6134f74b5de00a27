import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { createApiPort } from '../../src/http/api-port.ts';
import type { Port } from '../../src/http/port.ts';
import { apiDeps } from '../support/api.ts';
import { openBrowser, openPage } from './browser.ts';

/**
 * What a real browser says of itself and does with the cookie: our own page signs in and changes
 * something; a page of another port, whose cookies are the same, does neither.
 */
const folder = mkdtempSync(join(tmpdir(), 'dbintel-pages-'));
const history = openSqliteHistory(':memory:');
const stopped: string[] = [];
let browser: Browser;
let ports: Port[] = [];
let [ours, theirs] = ['', ''];

const open = async (page: string) => {
  const path = mkdtempSync(join(folder, 'web-'));
  writeFileSync(join(path, 'index.html'), page);
  const port = createApiPort({
    ...apiDeps(history, {
      token: 'the-token-of-the-api',
      async stop(scope, reason) {
        stopped.push(reason);
        return { id: 'stop-1', scope, reason, since: 1 };
      },
    }),
    hosts: [],
    pages: { folder: path },
  });
  ports.push(port);
  return port.listen({ host: '127.0.0.1', port: 0 });
};

beforeAll(async () => {
  const icon = '<link rel="icon" href="data:,">';
  ours = await open(`<!doctype html>${icon}<title>ours</title>`);
  theirs = await open(`<!doctype html>${icon}<title>theirs</title>`);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await Promise.all(ports.map((port) => port.close()));
  ports = [];
  await history.close();
  rmSync(folder, { recursive: true });
});

/** As a page asks. */
const ask = (page: Page, url: string, method: string, body?: object) =>
  page.evaluate(
    async ({ url, method, body }) => {
      const answer = await fetch(url, {
        method,
        credentials: 'include',
        ...(body
          ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
          : {}),
      }).catch((error: Error) => error);
      return answer instanceof Error ? answer.name : answer.status;
    },
    { url, method, body },
  );
const stop = (reason: string) => ({ scope: { all: true }, reason });

describe('a browser', () => {
  it('signs in from our page, and no script sees the cookie', async () => {
    const { context, page, faults } = await openPage(browser, { origin: ours });
    await page.goto(`${ours}/ui/`);
    const api = `${ours}/api/v1`;
    expect(await ask(page, `${api}/targets`, 'GET')).toBe(401);
    const token = { token: 'the-token-of-the-api' };
    expect(await ask(page, `${api}/session`, 'POST', token)).toBe(200);
    expect(await ask(page, `${api}/targets`, 'GET')).toBe(200);
    expect(await ask(page, `${api}/stop`, 'POST', stop('ours'))).toBe(200);
    expect(stopped).toEqual(['ours']);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie?.name).toBe(`dbintel-${new URL(ours).port}`);
    // Typed into the address bar, and begun without one.
    expect((await page.goto(`${api}/targets`))?.status()).toBe(200);
    await page.goto(`${ours}/`);
    expect(page.url()).toBe(`${ours}/ui/`);
    expect(await ask(page, `${api}/session`, 'DELETE')).toBe(200);
    expect(await ask(page, `${api}/targets`, 'GET')).toBe(401);
    expect(faults.filter((each) => !each.includes('401'))).toEqual([]);
    await context.close();
  });

  it('does nothing for a page of another port, though it has the cookie', async () => {
    const { context, page } = await openPage(browser, { origin: ours });
    await page.goto(`${ours}/ui/`);
    const token = { token: 'the-token-of-the-api' };
    expect(await ask(page, `${ours}/api/v1/session`, 'POST', token)).toBe(200);
    stopped.length = 0;
    // One without a policy of its own, so that it is ours that refuses.
    await page.route(`${theirs}/evil`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<form method=post></form>' }),
    );
    await page.goto(`${theirs}/evil`);
    expect(await ask(page, `${ours}/api/v1/targets`, 'GET')).toBe('TypeError');
    expect(await ask(page, `${ours}/api/v1/stop`, 'POST', stop('theirs'))).toBe('TypeError');
    const answered = page.waitForResponse(`${ours}/api/v1/stop`);
    await page.evaluate((action) => {
      const form = document.querySelector('form') as HTMLFormElement;
      form.action = action;
      form.enctype = 'text/plain';
      form.submit();
    }, `${ours}/api/v1/stop`);
    expect((await answered).status()).toBe(403);
    expect(stopped).toEqual([]);
    await context.close();
  });
});
