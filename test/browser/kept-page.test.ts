import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWhole } from '../../scripts/web.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { drawPage } from '../../src/pictures/draw-text.ts';
import { openBrowser, openPage } from './browser.ts';

/** What `dbintel render -o plan.html` writes, opened from a disk. */
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
  await buildWhole(folder);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const pageOf = (name: string) => ({
  name,
  plan: readAnyPlan(readFileSync(`examples/plans/${name}.txt`, 'utf8')),
  findings: [
    {
      rule: 'misestimate',
      severity: 'critical' as const,
      message: '</script><script>alert(1)</script>',
      fix: 'ANALYZE customers;',
      nodes: [8],
    },
  ],
});

async function kept(...names: string[]): Promise<string> {
  const drawn = await drawPage(names.map(pageOf), { theme: 'dark' }, [
    join(folder, 'plan-view.js'),
  ]);
  if (drawn.kind !== 'drawn') throw new Error(drawn.kind);
  expect(drawn.notes).toEqual([]);
  const file = join(folder, `${names.join('-')}.html`);
  writeFileSync(file, drawn.bytes);
  return pathToFileURL(file).href;
}

it('is moved, coloured and searched, under a policy that names its script', async () => {
  const { context, page, faults } = await openPage(browser, { origin: 'file://' });
  await page.goto(await kept('orders-report'));
  const view = page.locator('dbintel-plan');
  await view.getByText('33% of the time is an index lookup of items').waitFor();
  await view.getByRole('button', { name: 'rows', exact: true }).click();
  expect(
    await view.evaluate((element) => (element as HTMLElement & { metric: string }).metric),
  ).toBe('rows');
  await view.getByRole('button', { name: 'go to step 8' }).click();
  await view.getByText('step 8 · customers c').waitFor();
  await view.getByText('</script><script>alert(1)</script>').first().waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
it('has each plan beside the one before it', async () => {
  const { context, page, faults } = await openPage(browser, { origin: 'file://' });
  await page.goto(await kept('orders-report', 'orders-report-mended'));
  const second = page.locator('dbintel-plan').nth(1);
  await second.getByText('220 ms in the place of 522 ms').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
it('is a still picture where no script runs', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(await kept('orders-report'));
  expect(await page.locator('dbintel-plan svg').isVisible()).toBe(true);
  expect(await page.locator('dbintel-plan svg text').count()).toBeGreaterThan(40);
  await context.close();
});
