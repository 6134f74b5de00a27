import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack } from '../../src/render/pack.ts';
import { makeProposal, makeRun } from '../support/advice.ts';
import { goldenPlans } from '../support/golden-plans.ts';
import { seriousFaults } from './axe.ts';
import { type PagesStage, startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

/** Advice in a real browser, over a server that answers as the program does. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

const now = Date.now();
const stored = (id: string, benefit: number, phase = 'Proposed') => ({
  ...makeProposal(id, { benefit, madeAt: now - 3_600_000 }),
  state: { id, phase, since: now - 3_600_000, ...(phase === 'Rejected' ? { by: 'eva' } : {}) },
});
const all = [stored('adv-a', 7_200_000), stored('adv-b', 60_000), stored('adv-c', 9, 'Rejected')];

async function answers() {
  const [before, after] = goldenPlans.filter(({ engine }) => engine === 'postgres');
  if (!before || !after) throw new Error('no plans of PostgreSQL');
  const packed = async (plan: typeof before) => ({
    hash: plan.hash,
    cost: 1,
    packed: await pack(plan),
  });
  const plans = { before: await packed(before), after: await packed(after) };
  return {
    ...recordedAnswers(60),
    advice: () => ({ items: all }),
    'targets/shop/orders/advice': () => ({
      items: all,
      mode: 'propose',
      run: { ...makeRun(now - 3_600_000, []), proposals: [] },
    }),
    'advice/adv-a': () => all[0] as object,
    'advice/adv-a/plans/f1': () => ({ id: 'adv-a', fingerprint: 'f1', ...plans }),
  };
}

const views = [
  { width: 1_440, height: 900, theme: 'light' },
  { width: 1_440, height: 900, theme: 'dark' },
  { width: 360, height: 740, theme: 'dark' },
  { width: 3_840, height: 2_000, theme: 'light' },
] as const;
const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

test.each(views)('at $width px, $theme: from the list to the proof, by keyboard', async (view) => {
  await using server = await stage.serve(await answers());
  const { context, page, faults } = await stage.open(server, '/ui/advice', view);
  await page
    .getByRole('heading', { level: 1, name: /^2 proposals\. .*about 2\.0 h a day/ })
    .waitFor();
  expect(await page.getByText('rejected').count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  expect(await wide(page)).toBeLessThanOrEqual(view.width);
  await page.getByRole('row').nth(1).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /^index on orders/ }).waitFor();
  await page.getByText('8,215 → 24.5, 335 times less').waitFor();
  await page.locator('dbintel-plan .answer').waitFor();
  await page.getByText(/^CREATE INDEX CONCURRENTLY/).waitFor();
  await page.getByText(/^DROP INDEX CONCURRENTLY/).waitFor();
  await page.getByText('kubectl apply -f - <<END').waitFor();
  expect(await page.getByRole('button', { name: /approve/i }).count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  expect(await wide(page)).toBeLessThanOrEqual(view.width);
  expect(faults).toEqual([]);
  await context.close();
});
