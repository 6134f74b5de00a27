import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adviceAnswers } from './advice-data.ts';
import { seriousFaults } from './axe.ts';
import { indexesAnswer, noIndexes, targetAnswers } from './index-data.ts';
import { type PagesStage, startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

/** The indexes of a target in a real browser, over a server that answers as the program does. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

const at = '/ui/t/shop/orders#/indexes';
const serve = async (indexes = indexesAnswer(Date.now())) =>
  stage.serve({
    ...recordedAnswers(60),
    ...(await adviceAnswers(Date.now())),
    ...targetAnswers(indexes),
  });
const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);
const first = (page: Page) => page.getByRole('grid', { name: 'indexes' }).getByRole('row').nth(1);

const views = [
  { width: 1_440, height: 900, theme: 'light' },
  { width: 1_440, height: 900, theme: 'dark' },
  { width: 360, height: 740, theme: 'dark' },
  { width: 3_840, height: 2_000, theme: 'light' },
] as const;

test.each(views)(
  'at $width px, $theme: what could go, and its advice, by keyboard',
  async (view) => {
    await using server = await serve();
    const { context, page, faults } = await stage.open(server, at, view);
    await page.getByText('3 could go and would free 1.4 GiB: 1 redundant, 1 unused, 1').waitFor();
    await first(page).getByText('orders_customer_id_created_at_idx').first().waitFor();
    expect(await page.getByText('<script>alert(1)</script>').count()).toBeGreaterThan(0);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await wide(page)).toBeLessThanOrEqual(view.width);
    if (process.env['SHOTS'])
      await page.screenshot({ path: `${process.env['SHOTS']}-${view.width}-${view.theme}.png` });
    await page.getByRole('button', { name: 'redundant', exact: true }).focus();
    await page.keyboard.press('Enter');
    await first(page).getByText('orders_customer_id_idx').first().waitFor();
    await first(page).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/^CREATE INDEX CONCURRENTLY/).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  },
);

test('what is chosen and typed is in the address, and the tab with it', async () => {
  await using server = await serve();
  const { context, page } = await stage.open(server, at);
  await page.getByRole('button', { name: 'redundant', exact: true }).click();
  await page.getByPlaceholder('index or table').fill('orders');
  await expect.poll(() => page.url()).toContain('?show=redundant&find=orders#/indexes');
  await page.reload();
  await first(page).getByText('orders_customer_id_idx').first().waitFor();
  expect(await page.getByPlaceholder('index or table').inputValue()).toBe('orders');
  await context.close();
});

test('sorts by what a replica reads, and finds by a word', async () => {
  await using server = await serve();
  const { context, page, faults } = await stage.open(server, at, { width: 1_920, height: 900 });
  await page.getByRole('button', { name: 'Scans, orders-replica-1' }).click();
  await first(page).getByText('orders_pkey').waitFor();
  await page.getByRole('button', { name: 'Scans, orders-replica-1' }).click();
  await first(page).getByText('orders_pkey').waitFor({ state: 'detached' });
  await page.getByRole('searchbox', { name: 'find an index or a table' }).fill('TRGM');
  await first(page).getByText('orders_note_trgm').waitFor();
  await first(page)
    .getByText('using gin ((lower(note)) public.gin_trgm_ops) where note IS NOT NULL')
    .waitFor();
  expect(new URL(page.url()).searchParams.get('find')).toBe('TRGM');
  await page.getByRole('searchbox', { name: 'find an index or a table' }).fill('nothing');
  await page.getByRole('button', { name: 'show all 7' }).click();
  await page.getByText('orders_pkey').first().waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('on a telephone it is said which database has an index, where several may', async () => {
  const told = indexesAnswer(Date.now(), false);
  const [one] = told.items;
  if (!one) throw new Error('it has one');
  const items = ['shop', 'archive'].map((database) => ({ ...one, database }));
  await using server = await serve({ ...told, items });
  const { context, page, faults } = await stage.open(server, at, { width: 390 });
  for (const name of ['shop', 'archive'])
    await page.getByRole('gridcell').getByText(`${name}: ${one.name}`).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test.each([
  ['disabled', /^With advice: \{ mode: propose \} in the spec/],
  ['propose', /^They are looked at with each run of the advisor/],
] as const)('where advice is %s and nothing is known, what to do is said', async (mode, words) => {
  await using server = await serve(noIndexes(mode));
  const { context, page, faults } = await stage.open(server, at);
  await page.getByText(words).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

test('where the history is away, that is said, and asked again', async () => {
  await using server = await serve();
  server.lie('targets/shop/orders/indexes', { kind: 'status', status: 503 });
  const { context, page } = await stage.open(server, at);
  await page.getByText('Indexes cannot be shown.').waitFor();
  server.lie('targets/shop/orders/indexes', undefined);
  await page
    .getByRole('button', { name: /retry|again/i })
    .first()
    .click();
  await first(page).waitFor();
  await context.close();
});
