import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGrafana, buildNewRelic } from '../../scripts/integrations.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import type { Plan } from '../../src/model/plan.ts';
import { pack } from '../../src/render/pack.ts';
import type {} from '../../web/plan-view/index.ts';
import { openBrowser, openPage } from './browser.ts';

/**
 * The plan view inside of New Relic and Grafana, as it is built for them, on stand-ins of both:
 * neither can be had here. React 16.14 is what New Relic's packages ask for, React 19 is Grafana's.
 */
const root = join(import.meta.dirname, '../..');
const hosts = join(import.meta.dirname, 'hosts');
const planFile = (name: string) =>
  readAnyPlan(readFileSync(join(root, 'examples/plans', name), 'utf8'));

let folder: string;
let browser: Browser;
let server: Server;
let origin: string;

async function buildHost(entry: string, name: string, alias: Record<string, string>) {
  await build({
    configFile: false,
    root: hosts,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: { alias },
    build: {
      outDir: folder,
      emptyOutDir: false,
      modulePreload: false,
      rolldownOptions: {
        input: join(hosts, entry),
        output: { entryFileNames: name, codeSplitting: false },
      },
    },
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-hosts-'));
  const pack16 = join(folder, 'newrelic');
  await buildNewRelic(pack16);
  await buildGrafana(join(folder, 'grafana'));
  await buildHost('nerdpack.ts', 'nerdpack.js', {
    nr1: join(hosts, 'nr1-stand-in.ts'),
    nerdlet: join(pack16, 'nerdlets/query-plans/index.js'),
    visualization: join(pack16, 'visualizations/query-plan/index.js'),
    'react-dom': join(root, 'node_modules/react-dom-16'),
    react: join(root, 'node_modules/react-16'),
  });
  await buildHost('panel-host.ts', 'panel-host.js', {});
  browser = await openBrowser();
  const files: Record<string, string> = {
    '/nerdpack.js': join(folder, 'nerdpack.js'),
    '/panel-host.js': join(folder, 'panel-host.js'),
    '/module.js': join(folder, 'grafana/module.js'),
  };
  server = createServer(({ url = '/' }, response) => {
    const file = files[url];
    response.setHeader('content-security-policy', "default-src 'self'; img-src data:");
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
    const host = url.startsWith('/grafana') ? 'panel-host' : 'nerdpack';
    response.end(
      file
        ? readFileSync(file)
        : '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">' +
            '<div id="root"></div>' +
            `<script type="module" src="/${host}.js"></script>`,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string) {
  const watched = await openPage(browser, { origin, width: 1_280, height: 800 });
  await watched.page.goto(`${origin}${path}`);
  await watched.page.waitForFunction(() => 'draw' in globalThis);
  return watched;
}

const shown = (page: Page) =>
  page.evaluate(() => {
    const view = document.querySelector('dbintel-plan');
    return [view?.plan?.totals.nodes, view?.previous?.totals.nodes];
  });

/** Pixels of its pictures that are not like their corners: something is drawn. */
const inked = (page: Page) =>
  page.evaluate(() => {
    const shadow = document.querySelector('dbintel-plan')?.shadowRoot;
    let count = 0;
    for (const canvas of shadow?.querySelectorAll('canvas') ?? []) {
      const { width, height } = canvas;
      if (width === 0 || height === 0) continue;
      // A copy is read: of a canvas that is read twice Chromium warns.
      const copy = new OffscreenCanvas(width, height).getContext('2d', {
        willReadFrequently: true,
      });
      copy?.drawImage(canvas, 0, 0);
      const drawn = copy?.getImageData(0, 0, width, height).data ?? [];
      for (let at = 0; at < drawn.length; at += 4) if (drawn[at] !== drawn[0]) count += 1;
    }
    return count;
  });

/** As New Relic keeps it: what does not fit the attribute is a blob, given as base64. */
const attribute = 'db.query.plan.packed';
const kept = (packed: string, timestamp: number, summary: string) => ({
  timestamp,
  'db.query.summary': summary,
  [attribute]: packed.slice(0, 4_094),
  ...(packed.length > 4_094
    ? { [`newrelic.ext.${attribute}`]: Buffer.from(packed.slice(4_094)).toString('base64') }
    : {}),
});

/** Too large for an attribute alone. */
function largePlan(): Plan {
  const lines = Array.from(
    { length: 400 },
    (_, at) =>
      `  ->  Seq Scan on part_${at} p_${at * 7919}  (cost=0.00..${at * 3.17} rows=${at} width=8)`,
  );
  return readAnyPlan(['Append  (cost=0.00..9000.00 rows=100 width=8)', ...lines].join('\n'));
}

describe('the visualization in New Relic', () => {
  const draw = async (page: Page, rows: object[]) => {
    await page.evaluate((given) => {
      globalThis.nr.rows = given as Record<string, unknown>[];
      (globalThis as unknown as { draw(): void }).draw();
    }, rows);
  };

  it('asks for packed plans and draws the newest on React 16.14', async () => {
    const { context, page, faults } = await open('/visualization');
    const packed = await pack(planFile('orders-report.txt'));
    await draw(page, [kept(packed, 1_764_000_000_000, 'SELECT orders')]);
    await expect.poll(() => shown(page)).toEqual([15, undefined]);
    await expect.poll(() => inked(page)).toBeGreaterThan(2_000);
    expect(await page.evaluate(() => document.documentElement.dataset['react'])).toBe('16.14.0');
    const [asked] = await page.evaluate(() => globalThis.nr.queries);
    expect(asked).toMatchObject({
      accountIds: [7],
      formatType: 'raw',
      query: expect.stringMatching(/blob\(`newrelic\.ext\.db\.query\.plan\.packed`\).*= 'shop'\)/),
      timeRange: { duration: 60 },
    });
    expect(faults).toEqual([]);
    await context.close();
  });

  it('puts together what is longer than an attribute, and compares', async () => {
    const { context, page, faults } = await open('/visualization');
    const large = await pack(largePlan());
    expect(large.length).toBeGreaterThan(4_094);
    const small = await pack(planFile('orders-report.txt'));
    await draw(page, [kept(large, 1_764_000_000_000, 'SELECT parts'), kept(small, 1, 'SELECT')]);
    await expect.poll(() => shown(page)).toEqual([401, undefined]);
    await page.getByLabel('compared with').selectOption({ index: 1 });
    await expect.poll(() => shown(page)).toEqual([401, 15]);
    await page.getByLabel('plan', { exact: true }).selectOption({ index: 1 });
    await expect.poll(() => shown(page)).toEqual([15, undefined]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says what is cut, and that there is none', async () => {
    const { context, page, faults } = await open('/visualization');
    await draw(page, []);
    await expect.poll(() => page.locator('#root').textContent()).toContain('No log record');
    const large = await pack(largePlan());
    await draw(page, [{ ...kept(large, 2, ''), [`newrelic.ext.${attribute}`]: null }]);
    await expect
      .poll(() => page.getByRole('alert').textContent())
      .toMatch(/cannot be read.*may have been cut/);
    await draw(page, [kept(large, 2, '')]);
    await expect.poll(() => shown(page)).toEqual([401, undefined]);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('has a page of its own, with a condition in its address', async () => {
    const { context, page, faults } = await open('/nerdlet');
    await draw(page, [kept(await pack(planFile('mysql-sales.txt')), 3, 'SELECT')]);
    await expect.poll(async () => (await shown(page))[0]).toBeGreaterThan(5);
    await page.getByLabel('where').fill("`db.namespace` = 'billing'");
    await page.getByLabel('where').press('Enter');
    await expect
      .poll(() => page.evaluate(() => globalThis.nr.queries.at(-1)?.query))
      .toContain("AND (`db.namespace` = 'billing')");
    const { config, urlState } = await page.evaluate(() => globalThis.nr);
    expect(config).toEqual({ accountPicker: true, timePicker: true });
    expect(urlState).toEqual({ where: "`db.namespace` = 'billing'" });
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('the panel in Grafana', () => {
  const draw = (page: Page, labels: object[]) =>
    page.evaluate((given) => {
      const fields = [
        { name: 'labels', type: 'other', values: given },
        { name: 'Time', type: 'time', values: given.map((_, at) => at + 1) },
        { name: 'Line', type: 'string', values: given.map(() => 'plan') },
      ];
      (globalThis as unknown as { draw(...all: unknown[]): void }).draw([{ fields }], {
        field: '',
      });
    }, labels);

  it('shares the host’s React 19 and draws plans out of Loki', async () => {
    const { context, page, faults } = await open('/grafana');
    const [packed, other] = await Promise.all(
      ['orders-report.txt', 'orders-report-mended.txt'].map((name) => pack(planFile(name))),
    );
    await draw(page, [
      { db_query_plan_packed: other, db_query_summary: 'SELECT orders' },
      { level: 'info' },
      { db_query_plan_packed: packed, db_query_summary: 'SELECT orders' },
    ]);
    await expect.poll(() => shown(page)).toEqual([15, undefined]);
    await expect.poll(() => inked(page)).toBeGreaterThan(2_000);
    await page.getByLabel('compared with').selectOption({ index: 1 });
    await expect.poll(() => shown(page)).toEqual([15, 16]);
    const theme = await page.evaluate(() => document.querySelector('dbintel-plan')?.theme);
    expect(theme).toBe('dark');
    const host = await page.evaluate(() => {
      const { options, reactVersion } = globalThis as unknown as Record<string, unknown>;
      return { options, reactVersion };
    });
    expect(host).toEqual({ options: ['field'], reactVersion: expect.stringMatching(/^19\./) });
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says that there is none, and follows what comes', async () => {
    const { context, page, faults } = await open('/grafana');
    await draw(page, [{ level: 'info' }]);
    await expect.poll(() => page.locator('#root').textContent()).toContain('No row has');
    await draw(page, [{ db_query_plan_packed: await pack(planFile('mariadb-sales.json')) }]);
    await expect.poll(async () => (await shown(page))[0]).toBeGreaterThan(5);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('brings no React of its own, and nothing of the hosts', () => {
    const manifest = readFileSync(join(folder, 'newrelic/package.json'), 'utf8');
    expect(JSON.parse(manifest)).not.toHaveProperty('dependencies');
    for (const file of ['grafana/module.js', 'newrelic/nerdlets/query-plans/index.js']) {
      expect(existsSync(join(folder, file))).toBe(true);
      const code = readFileSync(join(folder, file), 'utf8');
      expect(code).not.toMatch(/react\.element|__SECRET_INTERNALS|react-dom/);
      expect(code.length).toBeLessThan(200_000);
    }
  });
});
