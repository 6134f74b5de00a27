import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { buildWeb } from '../../scripts/web.ts';
import { openBrowser, openPage, type View, type Watched } from './browser.ts';
import { type Answers, type LyingServer, startLyingServer } from './lying-server.ts';

/** The pages as they are built, a browser, and a server that answers what a test wants it to. */
export interface PagesStage extends AsyncDisposable {
  browser: Browser;
  serve(answers: Answers): Promise<LyingServer>;
  open(server: LyingServer, path: string, view?: Partial<View>): Promise<Watched>;
}

export async function startPages(): Promise<PagesStage> {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-pages-'));
  await buildWeb(folder);
  const browser = await openBrowser();
  return {
    browser,
    serve: (answers) => startLyingServer(folder, answers),
    async open({ origin }, path, view = {}) {
      const watched = await openPage(browser, { origin, ...view });
      await watched.page.goto(origin + path);
      return watched;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
