import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/**
 * Debian's Chromium without a window. What a page does that it should not is collected while it
 * does it: errors on the console, what its policy refused, and whom else it asked.
 */
const chromiumPath = '/usr/bin/chromium';

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(chromiumPath))
    throw new Error('Chromium is missing: `make tools` installs it, or apt-get install chromium');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Watched {
  context: BrowserContext;
  page: Page;
  /** In the order in which they came; empty is what a test expects. */
  faults: string[];
}

export interface View {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
  /** Where requests may go, `http://127.0.0.1:40211`. */
  origin: string;
}

/** As close as a hand presses them: however slow the machine, the second is not late. */
export const pressInTurn = (page: Page, ...keys: readonly string[]) =>
  Promise.all(keys.map((key) => page.keyboard.press(key)));

export async function openPage(browser: Browser, view: View): Promise<Watched> {
  const { width = 1_440, height = 900, theme = 'light', origin } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  const faults: string[] = [];
  await context.exposeBinding('refusedByPolicy', (_, what: string) => void faults.push(what));
  await context.addInitScript(() => {
    const tell = (globalThis as unknown as { refusedByPolicy(what: string): void }).refusedByPolicy;
    document.addEventListener('securitypolicyviolation', (event) =>
      tell(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:data|blob):/.test(url)) faults.push(`asked: ${url}`);
  });
  return { context, page, faults };
}
