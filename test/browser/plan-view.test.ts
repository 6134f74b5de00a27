import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPlanView } from '../../scripts/web.ts';
import { examine } from '../../src/analysis/examine.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { pack } from '../../src/render/pack.ts';
import { sceneOf } from '../../src/render/scene.ts';
import { fit } from '../../web/plan-view/camera.ts';
import { largePlan } from '../support/large-plan.ts';
import { openBrowser, openPage, type View, type Watched } from './browser.ts';
import { type Served, serve } from './plan-view-page.ts';

let browser: Browser;
let built: string;
let served: Served;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'plan-view-'));
  await buildPlanView(built);
  served = await serve(built);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await served.close();
  rmSync(built, { recursive: true });
});

const read = (name: string) =>
  readAnyPlan(readFileSync(new URL(`../../examples/plans/${name}.txt`, import.meta.url), 'utf8'));
const plan = read('orders-report');
const mended = read('orders-report-mended');
const { findings } = examine(rules, plan);
const told = findings.map((each) => ({ ...each, fix: 'ANALYZE customers; -- a second' }));

/** A page with the element, which has been given that; all that it told its host is kept. */
async function open(given: object, view: Omit<View, 'origin'> = {}): Promise<Watched> {
  const watched = await openPage(browser, { ...view, origin: served.origin });
  await watched.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await watched.page.goto(served.origin);
  await give(watched.page, given);
  return watched;
}

const give = (page: Page, properties: object) =>
  page.evaluate(async (given) => {
    const element = document.querySelector('dbintel-plan');
    if (!element) throw new Error('there is no element');
    await customElements.whenDefined('dbintel-plan');
    const names = ['node-select', 'metric-change', 'view-change', 'fold-change', 'copy-done'];
    const page = globalThis as unknown as { heard?: unknown[] };
    if (!page.heard) {
      const heard: unknown[] = [];
      page.heard = heard;
      for (const name of names)
        document.addEventListener(name, (event) =>
          heard.push([name, (event as CustomEvent).detail]),
        );
    }
    Object.assign(element, given);
    await new Promise(requestAnimationFrame);
  }, properties);
/** On a machine that others use, too. */
const soon = { timeout: 15_000 };
const heard = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard.splice(0));
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
const drawer = (page: Page) => page.locator('dbintel-plan .drawer');
const live = (page: Page) => page.locator('dbintel-plan [role=status]');

/** What axe finds that is serious or worse, with the element that it finds it at. */
async function seriousFaults(page: Page): Promise<string[]> {
  // Through the debugger, which no policy of the page forbids.
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  return page.evaluate(async () => {
    const { axe: tester } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: object[] }[] }> };
    };
    const { violations } = await tester.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes).slice(0, 600)}`);
  });
}

/** Where the card of a node is on the canvas, as the element draws it. */
async function placeOf(page: Page, id: number) {
  const canvas = page.locator('dbintel-plan .picture:not([hidden]) canvas').first();
  const { width = 0, height = 0 } = (await canvas.boundingBox()) ?? {};
  const scene = sceneOf(plan, { findings, field: { width, height }, budget: 'field' });
  const card = scene.cards.find((each) => each.id === id);
  const { x, y, k } = fit(scene, { width, height });
  return { position: { x: x + ((card?.x ?? 0) + 100) * k, y: y + ((card?.y ?? 0) + 30) * k } };
}

/** Pixels of the canvas that are darker than a card can be: what is written on it. */
const inkOn = (page: Page) =>
  page.evaluate(() => {
    const canvas = document
      .querySelector('dbintel-plan')
      ?.shadowRoot?.querySelector<HTMLCanvasElement>('.picture:not([hidden]) canvas');
    if (!canvas?.width || !canvas.height) return 0;
    const { width, height } = canvas;
    // A copy is read: of a canvas that is read twice Chromium warns.
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(canvas, 0, 0);
    const data = copy?.getImageData(0, 0, width, height).data ?? [];
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) < 60) dark += 1;
    return dark;
  });

describe('a plan', () => {
  test('says where its time goes, and tells its host what was chosen by hand', async () => {
    const { context, page, faults } = await open({ plan, findings });
    await page.getByText('33% of the time is an index lookup of items').waitFor();
    const canvas = page.locator('dbintel-plan .picture:not([hidden]) canvas').first();
    await canvas.click(await placeOf(page, 6));
    expect(await heard(page)).toEqual([['node-select', { id: 6 }]]);
    await drawer(page).getByText('orders as o').waitFor();
    await page.getByRole('button', { name: 'I/O' }).click();
    expect(await heard(page)).toEqual([['metric-change', { metric: 'io' }]]);
    await expect.poll(() => inkOn(page), soon).toBeGreaterThan(2_000);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('is unpacked from an attribute, and says so where that is damaged', async () => {
    const { context, page, faults } = await open({});
    const packed = await pack(plan);
    const put = (text: string) =>
      page.evaluate(
        (value) => document.querySelector('dbintel-plan')?.setAttribute('packed', value),
        text,
      );
    await put(packed);
    await page.getByText('33% of the time is an index lookup of items').waitFor();
    await put('v1.nothing');
    await page.getByText('not a packed plan').first().waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
  test('that has only estimates says what is missing, and why', async () => {
    const { context, page, faults } = await open({ plan: { ...largePlan(30) } });
    await page.getByRole('button', { name: 'generic parameters' }).click();
    const why = page.getByText('It was planned without the values of its parameters');
    await why.waitFor();
    await give(page, { selected: 3 });
    await page.keyboard.press('Escape');
    await why.waitFor({ state: 'hidden' });
    expect(await heard(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await heard(page)).toEqual([['node-select', {}]]);
    const io = page.getByRole('button', { name: 'I/O' });
    expect(await io.getAttribute('aria-disabled')).toBe('true');
    await io.click({ force: true });
    await expect.poll(() => live(page).textContent(), soon).toContain('BUFFERS) counts them');
    expect(await heard(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('holds names that are markup as text', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const named = structuredClone(plan);
    Object.assign(named.root.children[0] ?? {}, { relation: { name: hostile, kind: 'table' } });
    const { context, page, faults } = await open({ plan: named, selected: 1 });
    await drawer(page).getByText(hostile).first().waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('by keyboard alone', () => {
  test('the picture', async () => {
    const { context, page, faults } = await open({ plan, findings: told });
    await page.locator('dbintel-plan canvas').nth(2).focus();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
      return heard(page);
    };
    expect(await press('ArrowDown')).toEqual([['node-select', { id: 0 }]]);
    expect(await press('ArrowDown', 'ArrowDown')).toContainEqual(['node-select', { id: 2 }]);
    expect(await press('ArrowRight')).toEqual([['node-select', { id: 10 }]]);
    expect(await press('ArrowUp')).toEqual([['node-select', { id: 1 }]]);
    expect(await press('h')).toEqual([['node-select', { id: 9 }]]);
    await expect
      .poll(() => live(page).textContent(), soon)
      .toMatch(/Index lookup items.*33% share of/);
    expect(await press('3')).toEqual([['metric-change', { metric: 'rows' }]]);
    expect(await press('n')).toEqual([['node-select', { id: 8 }]]);
    await expect.poll(() => live(page).textContent(), soon).toMatch(/4,000 rows.*critical finding/);
    await page.keyboard.press('c');
    await expect.poll(() => heard(page), soon).toEqual([['copy-done', { what: 'node' }]]);
    expect(await copied(page)).toMatch(/^Full scan customers c\n[^]*rows expected: 100[^]*misest/);
    await page.keyboard.press('p');
    await expect.poll(() => heard(page), soon).toEqual([['copy-done', { what: 'picture' }]]);
    const types = await page.evaluate(async () => (await navigator.clipboard.read())[0]?.types);
    expect(types).toEqual(['image/png']);
    expect(await press('Escape')).toEqual([['node-select', {}]]);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('several keys within one frame, each after what the one before chose', async () => {
    const { context, page, faults } = await open({ plan, findings: told });
    await page.locator('dbintel-plan canvas').nth(2).focus();
    await page.evaluate(() => {
      const at = document.querySelector('dbintel-plan')?.shadowRoot?.activeElement;
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', '3', 'n'])
        at?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true }));
    });
    expect(await heard(page)).toEqual([
      ...[0, 1, 2].map((id) => ['node-select', { id }]),
      ['metric-change', { metric: 'rows' }],
      ['node-select', { id: 8 }],
    ]);
    expect(await live(page).textContent()).toMatch(/4,000 rows.*critical finding/);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('search, with how many there are', async () => {
    const { context, page, faults } = await open({ plan, findings });
    await page.locator('dbintel-plan canvas').nth(2).focus();
    await page.keyboard.press('/');
    await page.keyboard.type('full scan');
    await page.getByText('3', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 of 3').waitFor();
    await page.keyboard.press('Enter');
    expect(await heard(page)).toEqual([
      ['node-select', { id: 6 }],
      ['node-select', { id: 8 }],
    ]);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('the outline, which a screen reader reads', async () => {
    const { context, page, faults } = await open({ plan, findings, view: 'outline' });
    const outline = page.getByRole('treegrid');
    await outline.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    const row = page.getByRole('row', { name: /Sort/ });
    expect(await row.getAttribute('aria-selected')).toBe('true');
    expect(await row.getAttribute('aria-level')).toBe('3');
    expect(await row.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowLeft');
    expect(await row.getAttribute('aria-expanded')).toBe('false');
    expect(await outline.getAttribute('aria-rowcount')).toBe('9');
    // What is chosen elsewhere is never hidden here.
    await give(page, { selected: 8 });
    const scan = page.getByRole('row', { name: /customers/ });
    expect(await scan.getAttribute('aria-selected')).toBe('true');
    expect(await outline.getAttribute('aria-activedescendant')).toBe(await scan.getAttribute('id'));
    expect(faults).toEqual([]);
    await context.close();
  });
  test('the table, sorted', async () => {
    const { context, page, faults } = await open({ plan, findings });
    await page.getByRole('button', { name: 'table' }).focus();
    await page.keyboard.press('Enter');
    expect(await heard(page)).toEqual([['view-change', { view: 'table' }]]);
    await page.getByRole('button', { name: 'time', exact: true }).last().focus();
    await page.keyboard.press('Enter');
    const head = page.getByRole('columnheader', { name: 'time' });
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    const rows = page.getByRole('grid').getByRole('row');
    expect(await rows.nth(1).textContent()).toContain('Index lookup');
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    expect((await heard(page)).at(-1)).toEqual(['node-select', { id: 9 }]);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('what is stored, to be copied', async () => {
    const { context, page, faults } = await open({ plan, findings, view: 'raw' });
    await page.getByText('"planModel": 1,').waitFor();
    await page.getByRole('button', { name: 'copy the plan' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => heard(page), soon).toEqual([['copy-done', { what: 'plan' }]]);
    expect(JSON.parse(await copied(page)).root.op).toBe('Limit');
    expect(faults).toEqual([]);
    await context.close();
  });
  test('a remedy, to be copied as it is run', async () => {
    const { context, page, faults } = await open({ plan, findings: told, selected: 8 });
    await page.getByRole('button', { name: 'copy SQL' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => heard(page), soon).toEqual([['copy-done', { what: 'fix' }]]);
    expect(await copied(page)).toBe('ANALYZE customers;');
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('two plans', () => {
  test('stand side by side, and what is chosen in one is chosen in both', async () => {
    const { context, page, faults } = await open({ plan: mended, previous: plan });
    await page.getByText('220 ms in the place of 522 ms').waitFor();
    await page.getByRole('button', { name: /another way Index lookup/ }).click();
    const [[name, { id }]] = (await heard(page)) as [[string, { id: number }]];
    expect(name).toBe('node-select');
    await drawer(page).getByText('items as i').waitFor();
    expect(id).toBeGreaterThan(0);
    const before = await page.getByText(/ of .* steps|16 steps/).textContent();
    await page.keyboard.press('o');
    await expect.poll(() => page.getByText(/ of .* steps|16 steps/).textContent()).not.toBe(before);
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('that are one say so', async () => {
    const { context, page, faults } = await open({ plan, previous: structuredClone(plan) });
    await page.getByText(': the same plan.').waitFor();
    await page.getByText('Nothing changed').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('ten thousand steps', () => {
  const large = largePlan(10_000);
  test('are folded to what can be read, opened by a key, and all of them drawn', async () => {
    const { context, page, faults } = await open({ plan: large });
    const drawn = page.locator('dbintel-plan .tools .soft');
    await expect
      .poll(async () => Number.parseInt((await drawn.textContent()) ?? '', 10), soon)
      .toBeLessThan(60);
    await page.locator('dbintel-plan canvas').nth(2).focus();
    await page.keyboard.press('e');
    await expect.poll(() => drawn.textContent(), soon).toBe('10,000 steps');
    expect(await heard(page)).toEqual([['fold-change', { cards: 'all' }]]);
    await page.keyboard.press('e');
    await expect.poll(() => drawn.textContent(), soon).toMatch(/^\d\d? of 10,000/);
    // To the first fold, and into it.
    await give(page, { selected: 9_999 });
    await page.keyboard.press('Enter');
    const told = (await heard(page)).at(-1) as [string, { open: number[] }];
    expect(told[0]).toBe('fold-change');
    expect(told[1].open.length).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('are in the outline and the table, of which few rows are elements', async () => {
    const { context, page, faults } = await open({ plan: large, view: 'table' });
    const grid = page.getByRole('grid');
    expect(await grid.getAttribute('aria-rowcount')).toBe('10001');
    await grid.focus();
    await page.keyboard.press('End');
    await page.getByRole('row', { selected: true }).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe.each(['light', 'dark'] as const)('in %s', (theme) => {
  test.each([360, 1_440, 3_840])('at %i pixels nothing serious is found by axe', async (width) => {
    const view = { theme, width, height: width === 360 ? 740 : 900 };
    const { context, page, faults } = await open({ plan, findings: told, selected: 8 }, view);
    for (const shown of ['tree', 'outline', 'table', 'raw'] as const) {
      await give(page, { view: shown });
      expect(await seriousFaults(page), shown).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `${shown} is no wider than its page`).toBeLessThanOrEqual(width);
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('where it stands', () => {
  test('on a telephone the outline stands, and the picture is the whole screen', async () => {
    const { context, page, faults } = await open({ plan, findings }, { width: 360, height: 740 });
    const canvas = page.locator('dbintel-plan .picture:not([hidden]) canvas').first();
    await canvas.waitFor({ state: 'hidden' });
    const pressed = page.getByRole('group', { name: 'View' }).locator('[aria-pressed=true]');
    expect(await pressed.allInnerTexts()).toEqual(['outline']);
    await page.getByRole('button', { name: 'table', exact: true }).click();
    const chosen = page.getByRole('button', { name: 'picture', exact: true });
    await chosen.click();
    const whole = { x: 0, y: 0, width: 360, height: 740 };
    const pictures = page.locator('dbintel-plan .pictures');
    await expect.poll(() => pictures.boundingBox(), soon).toEqual(whole);
    await expect.poll(() => inkOn(page), soon).toBeGreaterThan(200);
    await page.getByRole('button', { name: 'close' }).click();
    await canvas.waitFor({ state: 'hidden' });
    expect(await chosen.evaluate((each) => each.matches(':focus'))).toBe(true);
    expect(await pressed.allInnerTexts()).toEqual(['outline']);
    await give(page, { previous: mended });
    await expect.poll(() => pressed.count(), soon).toBe(0);
    await chosen.click();
    await expect.poll(() => pictures.boundingBox(), soon).toEqual(whole);
    await page.keyboard.press('Escape');
    expect(faults).toEqual([]);
    await context.close();
  });
  test('in a file opened from a disk', async () => {
    const packed = await pack(plan);
    const file = join(built, 'plan.html');
    writeFileSync(
      file,
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>A plan</title>' +
        `<script src="complete.iife.js"></script><dbintel-plan packed="${packed}">` +
        '</dbintel-plan></html>',
    );
    const url = pathToFileURL(file).href;
    const { context, page, faults } = await openPage(browser, { origin: 'file://' });
    await page.goto(url);
    await page.getByText('33% of the time is an index lookup of items').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
  test('with colours that a person has chosen for everything', async () => {
    const { context, page, faults } = await open({ plan, findings });
    await page.emulateMedia({ forcedColors: 'active' });
    await page.getByText('33% of the time is an index lookup of items').waitFor();
    await expect.poll(() => inkOn(page), soon).toBeGreaterThan(2_000);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('on paper with dark words, whatever the screen has', async () => {
    const { context, page, faults } = await open({ plan, findings, theme: 'dark' });
    await page.getByText('33% of the time is an index lookup of items').waitFor();
    const words = page.locator('dbintel-plan .answer');
    const isLight = async () => [
      (await inkOn(page)) < 100_000,
      Number(/\d+/.exec(await words.evaluate((each) => getComputedStyle(each).color))?.[0]) < 100,
    ];
    await expect.poll(isLight, soon).toEqual([false, false]);
    await page.emulateMedia({ media: 'print' });
    await expect.poll(isLight, soon).toEqual([true, true]);
    await page.emulateMedia({ media: null });
    await expect.poll(isLight, soon).toEqual([false, false]);
    expect(faults).toEqual([]);
    await context.close();
  });
  test('drawn as sharp as its screen is', async () => {
    const { context, page, faults } = await open({ plan, findings });
    const session = await context.newCDPSession(page);
    const metrics = { width: 1_400, height: 900, deviceScaleFactor: 2, mobile: false };
    await session.send('Emulation.setDeviceMetricsOverride', metrics);
    const ratio = () =>
      page.evaluate(() => {
        const canvas = document
          .querySelector('dbintel-plan')
          ?.shadowRoot?.querySelector<HTMLCanvasElement>('.picture:not([hidden]) canvas');
        return canvas ? canvas.width / canvas.clientWidth : 0;
      });
    await expect.poll(ratio, soon).toBeCloseTo(2, 1);
    expect(faults).toEqual([]);
    await context.close();
  });
});
