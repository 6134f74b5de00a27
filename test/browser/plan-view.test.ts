import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPlanView } from '../../scripts/web.ts';
import { examine, readAnyPlan } from '../../src/analysis/examine.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { pack } from '../../src/render/pack.ts';
import { sceneOf } from '../../src/render/scene.ts';
import { fit } from '../../web/plan-view/camera.ts';
import { openBrowser, openPage } from './browser.ts';
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

const example = new URL('../../examples/plans/orders-report.txt', import.meta.url);
const plan = readAnyPlan(readFileSync(example, 'utf8'));
const { findings } = examine(rules, plan);

const give = (page: Page, properties: object) =>
  page.evaluate(async (given) => {
    const element = document.querySelector('dbintel-plan');
    if (!element) throw new Error('there is no element');
    await customElements.whenDefined('dbintel-plan');
    Object.assign(element, given);
  }, properties);

describe('a plan on a page with a strict policy', () => {
  test('says where the time goes, and tells its host what was chosen', async () => {
    const { context, page, faults } = await openPage(browser, { origin: served.origin });
    await page.goto(served.origin);
    await give(page, { plan, findings });
    await page.getByText('33 % of the time is an index lookup of items').waitFor();
    const heard = page.evaluate(
      () =>
        new Promise((resolve) =>
          document.addEventListener('node-select', (event) =>
            resolve((event as CustomEvent).detail),
          ),
        ),
    );
    const canvas = page.locator('dbintel-plan .picture:not([hidden]) canvas').first();
    await canvas.click({ position: await placeOf(page, 6) });
    expect(await heard).toEqual({ id: 6 });
    expect(faults).toEqual([]);
    await context.close();
  });
  test('unpacks what its attribute holds', async () => {
    const { context, page, faults } = await openPage(browser, { origin: served.origin });
    await page.goto(served.origin);
    const packed = await pack(plan);
    await page.evaluate(
      (text) => document.querySelector('dbintel-plan')?.setAttribute('packed', text),
      packed,
    );
    await page.getByText('33 % of the time is an index lookup of items').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

/** Where the card of a node is on the canvas, as the element draws it. */
async function placeOf(page: Page, id: number) {
  const canvas = page.locator('dbintel-plan .picture:not([hidden]) canvas').first();
  const { width = 0, height = 0 } = (await canvas.boundingBox()) ?? {};
  const scene = sceneOf(plan, { findings, field: { width, height }, budget: 'field' });
  const card = scene.cards.find((each) => each.id === id);
  const { x, y, k } = fit(scene, { width, height });
  return { x: x + ((card?.x ?? 0) + 100) * k, y: y + ((card?.y ?? 0) + 30) * k };
}
