import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { adviceAnswers } from './advice-data.ts';
import { openPage } from './browser.ts';
import { indexesAnswer, targetAnswers } from './index-data.ts';
import { startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

/**
 * Writes the pictures of the web UI in docs/pictures: the fleet and its advice with answers of ten
 * thousand targets, everything else with `make demo` as it runs. It needs Chromium and a server, so
 * `make generate` does not.
 */
const root = join(import.meta.dirname, '../..');
const size = { width: 1_440, height: 860 };
const picture = (name: string) => join(root, 'docs/pictures', `ui-${name}.png`);
const stage = await startPages();
try {
  await fleet();
  await demo();
} finally {
  await stage[Symbol.asyncDispose]();
}

async function fleet(): Promise<void> {
  await using server = await stage.serve({
    ...recordedAnswers(10_000),
    ...(await adviceAnswers(Date.now())),
    ...targetAnswers(indexesAnswer(Date.now(), false)),
  });
  const { context, page } = await stage.open(server, '/ui/', size);
  await page.getByRole('row').nth(5).waitFor();
  await page.screenshot({ path: picture('fleet') });
  await page.goto(`${server.origin}/ui/advice`);
  await page.getByRole('row').nth(3).waitFor();
  await page.screenshot({ path: picture('advice') });
  await page.getByRole('row').nth(1).click();
  await page.locator('dbintel-plan .answer').waitFor();
  await settled(page);
  await page.screenshot({ path: picture('proposal') });
  await page.goto(`${server.origin}/ui/t/shop/orders#/indexes`);
  await page.getByRole('row').nth(5).waitFor();
  await page.screenshot({ path: picture('indexes') });
  await context.close();
}

async function demo(): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'demo/demo.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const lines = createInterface({ input: child.stdout });
    let link: string | undefined;
    // The second cycle compares, so that there are figures of a stretch of time.
    for await (const line of lines) {
      link ??= /http:\S+#token=\S+/.exec(line)?.[0];
      if (line.includes('cycle 3')) break;
    }
    if (!link) throw new Error('the demo has printed no link');
    for (const theme of ['light', 'dark'] as const) await look(link, theme);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function look(link: string, theme: 'light' | 'dark'): Promise<void> {
  const { origin } = new URL(link);
  const { context, page } = await openPage(stage.browser, { ...size, theme, origin });
  const take = async (name: string) => {
    await page.mouse.move(0, 0);
    await page.screenshot({ path: picture(theme === 'dark' ? `${name}-dark` : name) });
  };
  await page.goto(link);
  await page.getByRole('row').nth(1).click();
  await page.getByText('large-offset').first().waitFor();
  if (theme === 'light') await take('target');
  await page.getByRole('row').filter({ hasText: 'OFFSET' }).click();
  await page
    .getByRole('heading', { level: 1, name: /OFFSET|large-offset|sort-without-index/ })
    .waitFor();
  if (theme === 'light') await take('statement');
  await page.getByRole('link', { name: 'Plan A' }).click();
  await page.locator('dbintel-plan .answer').waitFor();
  await settled(page);
  await take('plan');
  if (theme === 'light') await otherPages(page, origin, take);
  await context.close();
}

async function otherPages(page: Page, origin: string, take: (name: string) => Promise<void>) {
  await page.goto(`${origin}/ui/findings`);
  await page.getByRole('row').nth(3).waitFor();
  await take('findings');
  await page.keyboard.press('Shift+S');
  await page.getByRole('dialog').waitFor();
  await page.getByRole('textbox', { name: 'Reason' }).fill('incident 4711');
  await take('stop');
  await page.goto(`${origin}/ui/validate`);
  await page.getByText('valid', { exact: true }).waitFor();
  await take('validate');
}

/** The picture is drawn when its fonts are there. */
function settled(page: Page): Promise<void> {
  return page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((done) => setTimeout(done, 500));
  });
}
