import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFaults } from './axe.ts';
import { type PagesStage, startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

/** The paste page among the others, under the policy that the program sends. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

const report = readFileSync(
  join(import.meta.dirname, '../../examples/plans/orders-report.txt'),
  'utf8',
);

it('reads a plan in the browser, and sends nothing of it', async () => {
  await using server = await stage.serve(recordedAnswers(10));
  const { context, page, faults } = await stage.open(server, '/ui/paste');
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.method()} ${request.postData() ?? ''}`));
  await page.getByRole('textbox', { name: 'Your plan' }).fill(report);
  await page.keyboard.press('Control+Enter');
  const answer = page.locator('dbintel-plan .answer');
  await expect.poll(() => answer.textContent(), { timeout: 15_000 }).toMatch(/58 k times/);
  expect(await page.getByRole('link', { name: 'Paste' }).getAttribute('aria-current')).toBe('page');
  expect(await page.getByText('nothing of them is sent').isVisible()).toBe(true);
  expect(sent.filter((each) => !/^GET $/.test(each))).toEqual([]);
  expect(await seriousFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
