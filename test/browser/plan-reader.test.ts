import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutTeaching } from '../../web/without-teaching.ts';
import type { Answer } from '../../web/worker/protocol.ts';
import { openBrowser, openPage, type Watched } from './browser.ts';

/** The worker that reads plans, as a file and inside of a page, under the pages' strict policy. */
const web = join(import.meta.dirname, '../../web');
const starts = { 'start-file': 'startFromFile', 'start-inlined': 'startInlined' } as const;
type Start = keyof typeof starts;
const policy = (workers: string) =>
  `default-src 'none'; script-src 'self'; img-src data:; worker-src ${workers}; ` +
  "require-trusted-types-for 'script'";

let out: string;
let browser: Browser;
let server: Server;
let origin: string;

/** A page of one script, which keeps a reader where a test finds it. */
async function buildPage(name: Start): Promise<void> {
  const entry = join(web, 'worker', `${name}.entry.ts`);
  const source =
    `import { createPlanReader } from '${join(web, 'worker/client.ts')}';\n` +
    `import { ${starts[name]} as start } from '${join(web, `worker/${name}.ts`)}';\n` +
    'globalThis.open = (deadline) => createPlanReader(start, deadline);\n' +
    'globalThis.reader = globalThis.open();\n';
  await build({
    configFile: false,
    root: web,
    base: `/${name}/`,
    logLevel: 'warn',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? source : undefined),
      },
    ],
    worker: { plugins: () => [withoutTeaching()] },
    build: {
      outDir: join(out, name),
      emptyOutDir: true,
      target: 'es2024',
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
    },
  });
  writeFileSync(
    join(out, name, 'index.html'),
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
  );
}

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'dbintel-reader-'));
  for (const name of Object.keys(starts) as Start[]) await buildPage(name);
  browser = await openBrowser();
  server = createServer(({ url = '/' }, response) => {
    const [, page = '', ...path] = url.split('/');
    response.setHeader(
      'content-security-policy',
      policy(page === 'start-inlined' ? 'blob:' : "'self'"),
    );
    const file = path.join('/') || 'index.html';
    response.setHeader('content-type', file.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.end(readFileSync(join(out, page, file)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(out, { recursive: true, force: true });
});

interface InPage {
  reader: { read(texts: { text: string }[], options?: object): Promise<Answer[]>; close(): void };
  open(deadline_ms: number): InPage['reader'];
}

async function openReader(name: Start): Promise<Watched> {
  const watched = await openPage(browser, { origin });
  await watched.page.goto(`${origin}/${name}/`);
  await watched.page.waitForFunction(() => 'reader' in globalThis);
  return watched;
}

const text = readFileSync(join(web, '../examples/plans/orders-report.txt'), 'utf8');
/** Some megabytes of a plan: long enough to be interrupted. */
const long = `${text}\n${'        Filter: (a.b = 1)\n'.repeat(400_000)}`;

it('is asked for again where it could not be had while nobody waited', async () => {
  const { context, page } = await openPage(browser, { origin });
  const workers = '**/start-file/assets/**';
  const refused = page.waitForEvent('requestfailed');
  await page.route(workers, (route) => route.abort());
  await page.goto(`${origin}/start-file/`);
  await refused;
  await page.unroute(workers);
  const answers = await page.evaluate(
    (text) => (globalThis as unknown as InPage).reader.read([{ text }]),
    text,
  );
  expect(answers).toMatchObject([{ kind: 'plan' }]);
  await context.close();
});

describe.each(Object.keys(starts) as Start[])('the reader of plans, %s', (name) => {
  it('reads beside the page and tells how far it is', async () => {
    const { context, page, faults } = await openReader(name);
    const [answers, told] = await page.evaluate(
      async (texts) => {
        const { reader } = globalThis as unknown as InPage;
        const heard: unknown[] = [];
        const onProgress = (progress: unknown) => heard.push(progress);
        const given = texts.map((each) => ({ text: each }));
        return [await reader.read(given, { onProgress }), heard] as const;
      },
      [text, 'no plan'],
    );
    expect(answers).toMatchObject([
      { kind: 'plan', label: 'PostgreSQL', plan: { sourceFormat: 'postgres-text' } },
      { kind: 'refused', code: 'unparsable' },
    ]);
    expect(told).toMatchObject([
      { text: 0, doing: 'read' },
      { text: 0, doing: 'examine' },
      { text: 1, doing: 'read' },
    ]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('leaves what was asked before for what is asked now', async () => {
    const { context, page, faults } = await openReader(name);
    const outcome = await page.evaluate(
      async ([first = '', second = '']) => {
        const { reader } = globalThis as unknown as InPage;
        const before = reader.read([{ text: first }]).catch((error: Error) => error.name);
        const after = await reader.read([{ text: second }]);
        return [await before, after.map(({ kind }) => kind)];
      },
      [long, text],
    );
    expect(outcome).toEqual(['AbortError', ['plan']]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('ends over its time, by a signal and with the page, and reads again', async () => {
    const { context, page, faults } = await openReader(name);
    const outcome = await page.evaluate(
      async ([slow = '', quick = '']) => {
        const { open } = globalThis as unknown as InPage;
        const reason = (error: Error & { code?: string }) =>
          error instanceof DOMException ? error.name : error.code;
        const reader = open(1);
        const late = await reader.read([{ text: slow }]).catch(reason);
        const patient = open(30_000);
        const signal = AbortSignal.timeout(1);
        const aborted = await patient.read([{ text: slow }], { signal }).catch(reason);
        const again = await patient.read([{ text: quick }]);
        const left = patient.read([{ text: slow }]).catch(reason);
        patient.close();
        return [late, aborted, again.map(({ kind }) => kind), await left];
      },
      [long, text],
    );
    expect(outcome).toEqual(['too_large', 'TimeoutError', ['plan'], 'AbortError']);
    expect(faults).toEqual([]);
    await context.close();
  });
});
