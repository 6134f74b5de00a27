import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPasteFile } from '../../scripts/paste-file.ts';
import { openBrowser, openPage, type View, type Watched } from './browser.ts';

/** The paste page as one file, opened from a disk: no server is there to be asked. */
const plans = join(import.meta.dirname, '../../examples/plans');
const plan = (name: string) => readFileSync(join(plans, name), 'utf8');

let folder: string;
let address: string;
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-paste-'));
  await buildPasteFile(folder);
  address = pathToFileURL(join(folder, 'paste.html')).href;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(view: Partial<View> = {}, fragment = ''): Promise<Watched> {
  const watched = await openPage(browser, { origin: address, ...view });
  await watched.page.goto(address + fragment);
  return watched;
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Your plan' });
const answer = (page: Page) => page.getByTestId('answer');

async function paste(page: Page, text: string): Promise<void> {
  await field(page).evaluate((target, pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    target.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, text);
}

describe('a plan that is pasted', () => {
  it.each([
    ['orders-report.txt', 'PostgreSQL text, with actual figures', /of the time is/],
    ['mysql-sales.txt', 'MySQL tree, with actual figures', /of the time is/],
    ['mysql-last-orders.json', 'MySQL JSON', /of the expected cost is/],
    ['mariadb-sales.json', 'MariaDB JSON, with actual figures', /of the time is/],
  ])('is answered within a second: %s', async (name, format, sentence) => {
    const { context, page, faults } = await open();
    await field(page).waitFor();
    const start = performance.now();
    await paste(page, plan(name));
    await expect.poll(() => answer(page).textContent()).toMatch(sentence);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(await page.getByText(format).first().isVisible()).toBe(true);
    expect(await page.getByRole('list', { name: 'findings' }).isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await context.close();
  });
});
