import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildPasteFile } from '../../scripts/paste-file.ts';
import { openBrowser, openPage } from './browser.ts';

/**
 * Writes the pictures of the paste page in docs/pictures: as it is opened, and with a plan. It
 * needs Chromium, so `make generate` does not.
 */
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dbintel-paste-'));
const browser = await openBrowser();
try {
  await buildPasteFile(folder);
  const address = pathToFileURL(join(folder, 'paste.html')).href;
  await take('paste.png', 'A report that is slow', 'light');
  await take('paste-start.png', undefined, 'light');
  await take('paste-compare.png', 'Before and after', 'dark');

  async function take(name: string, example: string | undefined, theme: 'light' | 'dark') {
    const { context, page } = await openPage(browser, { origin: address, theme });
    await page.goto(address);
    await page.getByText('58 k times').first().waitFor();
    if (example !== undefined) {
      await page.getByRole('button', { name: new RegExp(example) }).click();
      await page.locator('dbintel-plan .answer').waitFor();
      await page
        .locator('dbintel-plan')
        .evaluate(
          (view) => new Promise((done) => setTimeout(done, view.clientHeight > 0 ? 500 : 0)),
        );
    }
    await page.screenshot({ path: join(root, 'docs/pictures', name) });
    await context.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
