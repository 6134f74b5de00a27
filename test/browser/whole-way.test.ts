import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { manifest, type Standalone, startStandalone } from '../support/program.ts';
import { prepareServer } from '../support/target.ts';
import { seriousFaults } from './axe.ts';
import { openBrowser, openPage, type View, type Watched } from './browser.ts';

/**
 * From the link that signs in to the worst statement, its plan, its finding and its remedy, on a
 * real program that collects from a real server: by keyboard, in every width and theme.
 */
let server: PostgresServer;
let program: Standalone;
let browser: Browser;

async function workload(): Promise<void> {
  const client = await server.client();
  for (let i = 0; i < 10; i += 1) {
    await client.query(`SELECT n FROM orders WHERE lower(email) = 'c${i}'`);
    await client.query('SELECT email FROM orders WHERE id = $1', [i]);
  }
  await client.end();
}

interface Queries {
  items: { text: string; latestHash?: string; fingerprint: string }[];
}
/** The index is made of the same, which takes longer. */
const slow = /^SELECT .*lower\(email\)/;
async function slowOne() {
  const { body } = await program.get('/api/v1/targets/shop/orders/queries');
  return ((body as Partial<Queries>).items ?? []).find(({ text }) => slow.test(text));
}

beforeAll(async () => {
  server = await startPostgres({});
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE orders (id bigint PRIMARY KEY, email text, n int); INSERT INTO orders ' +
      "SELECT g, 'c' || g, g % 10 FROM generate_series(1, 30000) g; ANALYZE; GRANT SELECT " +
      'ON orders TO dbintel',
  );
  await workload();
  program = await startStandalone({ 'orders.yaml': manifest({ port: server.port }) });
  await until(async () => (await slowOne())?.latestHash !== undefined, 90_000, 'a first plan');
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  program?.remove();
  await server?.stop();
});

async function open(path: string, view: Omit<View, 'origin'> = {}): Promise<Watched> {
  const watched = await openPage(browser, { ...view, origin: program.api });
  await watched.page.goto(`${program.api}/ui/#token=${program.token()}`);
  await watched.page.getByRole('navigation', { name: 'pages' }).waitFor();
  if (path !== '/') await watched.page.goto(`${program.api}/ui${path}`);
  return watched;
}

describe('the way to a remedy', () => {
  it('by keyboard: fleet, target, statement, plan', async () => {
    const { context, page, faults } = await open('/');
    expect(page.url(), 'the token does not stay in the address').not.toContain('token');
    await page.getByRole('row').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'shop/orders' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'lower(email)' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^function-on-column/ }).waitFor();
    await page
      .getByText(/CREATE INDEX CONCURRENTLY/)
      .first()
      .waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Plan A' }).focus();
    await page.keyboard.press('Enter');
    await page
      .locator('dbintel-plan')
      .getByText(/of the expected cost is/)
      .first()
      .waitFor();
    await page.keyboard.press('2');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('the command beneath a page runs as it stands, from any folder', async () => {
    const { context, page } = await open('/t/shop/orders');
    const command = page.locator('code', { hasText: /^dbintel describe / });
    const line = await command.first().innerText();
    const bin = join(import.meta.dirname, '../../bin');
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
    const shown = execFileSync('sh', ['-c', line], { cwd: '/', env, encoding: 'utf8' });
    expect(shown).toContain('Name:          orders');
    await context.close();
  });

  it('a link whose colons somebody encoded', async () => {
    const { fingerprint, latestHash } = (await slowOne()) ?? {};
    const encoded = encodeURIComponent(latestHash ?? '');
    const { context, page } = await open(`/t/shop/orders/q/${fingerprint}/p/${encoded}`);
    await page.locator('dbintel-plan').first().waitFor();
    expect(page.url()).toContain(`/p/${latestHash}`);
    await context.close();
  });

  it('a plan as a file, or why there is none, without leaving its page', async () => {
    const { fingerprint, latestHash } = (await slowOne()) ?? {};
    const { context, page } = await open(`/t/shop/orders/q/${fingerprint}/p/${latestHash}`);
    await page.locator('dbintel-plan').first().waitFor();
    const take = async () => {
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: 'SVG' }).click();
    };
    const [file] = await Promise.all([page.waitForEvent('download'), take()]);
    expect(file.suggestedFilename()).toMatch(/^orders-.+\.svg$/);
    const body = JSON.stringify({ error: 'too_large', message: 'its picture is too large' });
    await page.route('**/export?*', (route) =>
      route.fulfill({ status: 422, contentType: 'application/json', body }),
    );
    // What is open may have asked before the route is in force.
    await page.reload();
    await take();
    await page.getByRole('dialog').getByText('its picture is too large').waitFor();
    expect(page.url()).toContain('/p/');
    await context.close();
  });

  it('where it is not known what was found in a plan, not that nothing was', async () => {
    const { fingerprint, latestHash } = (await slowOne()) ?? {};
    const { context, page } = await open('/');
    const held = Promise.withResolvers<void>();
    await page.route(`**/queries/${fingerprint}`, async (route) => {
      await held.promise;
      await route.fulfill({ status: 500, contentType: 'application/json', body: '{}' });
    });
    await page.goto(`${program.api}/ui/t/shop/orders/q/${fingerprint}/p/${latestHash}`);
    const view = page.locator('dbintel-plan');
    await view.getByRole('heading', { name: 'The plan', exact: true }).waitFor();
    expect(await view.getByText('Nothing was found').count()).toBe(0);
    held.resolve();
    await page.getByText('What was found in it cannot be shown.').waitFor();
    expect(await view.getByText('Nothing was found').count()).toBe(0);
    await page.unroute(`**/queries/${fingerprint}`);
    await page.getByRole('button', { name: 'Try again' }).click();
    await view.getByText('function-on-column').first().waitFor();
    await context.close();
  });

  it('another plan, told beside the one before it', async () => {
    const before = (await slowOne())?.latestHash;
    await server.sql('CREATE INDEX ON orders (lower(email)); ANALYZE orders');
    await program.kill('SIGTERM');
    // What it remembers of the target; with nothing remembered, each plan is asked for anew.
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(program.data, `state.db${end}`), { force: true });
    await workload();
    await program.start();
    await until(
      async () => ![undefined, before].includes((await slowOne())?.latestHash),
      90_000,
      'another plan',
    );
    const fingerprint = (await slowOne())?.fingerprint;
    const { context, page, faults } = await open(`/t/shop/orders/q/${fingerprint}`);
    await page.getByRole('heading', { level: 1, name: /plan changed/ }).waitFor();
    // Within one hour, in which both were seen: what is drawn ends with the one in use.
    await page.getByRole('row', { name: /Plan B in use/ }).waitFor();
    const drawn = page.getByRole('img', { name: /^plans in use: A since .*, B since/ });
    await expect.poll(() => drawn.locator('span').allInnerTexts()).toEqual(['A', 'B']);
    for (const each of await drawn.locator('span').all())
      expect((await each.boundingBox())?.width).toBeGreaterThan(12);
    await page.getByRole('button', { name: 'Compare A with B' }).click();
    await page.getByRole('heading', { name: 'What changed, step by step' }).waitFor();
    expect(page.url()).toContain('/ui/compare?a=');
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  }, 150_000);
});

/** As a person does: all that is there is chosen first. */
async function paste(field: Locator, text: string): Promise<void> {
  await field.focus();
  await field.press('Control+a');
  await field.evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    element.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    );
  }, text);
}

describe('a manifest, before it is applied', () => {
  it('is checked while it is written, and on its database', async () => {
    const { context, page, faults } = await open('/validate');
    const field = page.getByRole('textbox', { name: 'the manifest, as YAML' });
    await page.getByText('valid', { exact: true }).waitFor();
    await paste(field, manifest({ port: server.port }).replace('spec:', 'spec:\n  intervall: 10s'));
    await page.getByText(/unknown field/).waitFor();
    await page.getByRole('button', { name: /^line \d+$/ }).click();
    await paste(field, manifest({ port: server.port }));
    const check = page.getByRole('button', { name: 'Connect and check' });
    await expect.poll(() => check.isEnabled()).toBe(true);
    await check.click();
    await page.getByText(/^18\.\d+.*primary/).waitFor();
    await page.getByText(/\d+ failed, \d+ warnings, \d+ ok/).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('the emergency stop', () => {
  it('says what became of it, is seen on every page, and is lifted', async () => {
    const { context, page, faults } = await open('/');
    await page.keyboard.press('Shift+S');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 target in 1 namespace: shop 1').waitFor();
    await dialog.getByRole('radio', { name: 'what has these labels' }).check();
    await dialog.getByRole('textbox', { name: 'labels' }).fill('tier=gold');
    await dialog.getByText('There is no target like that.').waitFor();
    expect(await dialog.getByRole('button', { name: /^Stop/ }).isDisabled()).toBe(true);
    await dialog.getByRole('radio', { name: 'everything' }).check();
    await dialog.getByRole('button', { name: 'Stop 1 target' }).waitFor();
    await page.getByRole('textbox', { name: 'Reason' }).fill('incident 4711');
    await page.keyboard.press('Enter');
    await page.getByText(/^Stopped, confirmed by 1 of 1 replica/).waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('link', { name: 'Who obeys, resume' }).click();
    await page.getByRole('heading', { name: 'One stop is in force' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('heading', { name: 'Nothing is stopped' }).waitFor();
    expect((await program.get('/api/v1/stops')).body).toEqual({ items: [] });
    const past = page.getByRole('listitem').filter({ hasText: 'incident 4711' });
    await past.getByText(/covered 1 target.*1 replica confirmed within/).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('every page', () => {
  const pages = {
    fleet: () => '/',
    target: () => '/t/shop/orders',
    findings: () => '/t/shop/orders#/findings',
    cycles: () => '/t/shop/orders#/cycles',
    prerequisites: () => '/t/shop/orders#/prerequisites',
    statement: async () => `/t/shop/orders/q/${(await slowOne())?.fingerprint}`,
    plan: async () => {
      const { fingerprint, latestHash } = (await slowOne()) ?? {};
      return `/t/shop/orders/q/${fingerprint}/p/${latestHash}`;
    },
    advice: () => '/advice',
    'advice of it': () => '/t/shop/orders#/advice',
    'its indexes': () => '/t/shop/orders#/indexes',
    stops: () => '/stops',
    validate: () => '/validate',
    help: () => '/help',
  };
  const views = [
    { width: 360, theme: 'light' },
    { width: 360, theme: 'dark' },
    { width: 1_440, theme: 'dark' },
    { width: 3_840, theme: 'light' },
  ] as const;
  it.each(Object.entries(pages))('%s: nothing sticks out, hinders or fails', async (_, path) => {
    const address = await path();
    for (const view of views) {
      const { context, page, faults } = await open(address, { ...view, height: 900 });
      await page.locator('main :is(h1, h2, dbintel-plan)').first().waitFor({ state: 'attached' });
      const size = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return { wide: scrollWidth, high: scrollHeight };
      });
      expect(size.wide, `${address} ${view.width}`).toBeLessThanOrEqual(view.width);
      // What is in a page scrolls below its bar, which stays.
      expect(size.high, `${address} ${view.width}`).toBeLessThanOrEqual(900);
      expect(await seriousFaults(page), `${view.theme} ${view.width}`).toEqual([]);
      expect(faults, `${view.theme} ${view.width}`).toEqual([]);
      await context.close();
    }
  });
});
