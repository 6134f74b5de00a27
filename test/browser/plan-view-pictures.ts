import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPlanView } from '../../scripts/web.ts';
import { examine } from '../../src/analysis/examine.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { openBrowser, openPage } from './browser.ts';
import { serve } from './plan-view-page.ts';

/**
 * Makes docs/pictures/plan-view*.png: the plan viewer with the plans of examples/plans. Run it when
 * it looks different: `node test/browser/plan-view-pictures.ts`.
 */
const pictures = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const read = (name: string) => {
  const file = new URL(`../../examples/plans/${name}.txt`, import.meta.url);
  const plan = readAnyPlan(readFileSync(file, 'utf8'));
  return { plan, findings: examine(rules, plan).findings };
};
const [plan, mended] = [read('orders-report'), read('orders-report-mended')];
const shots = [
  { name: 'plan-view', theme: 'light', given: { ...plan, selected: 8 } },
  { name: 'plan-view-compare', theme: 'light', given: { ...mended, previous: plan.plan } },
] as const;

const built = mkdtempSync(join(tmpdir(), 'plan-view-'));
await buildPlanView(built);
const { origin, close } = await serve(built);
const browser = await openBrowser();
for (const { name, theme, given } of shots) {
  const { page, context } = await openPage(browser, { origin, theme, width: 1_360, height: 780 });
  await page.goto(origin);
  await page.evaluate(async (properties) => {
    await customElements.whenDefined('dbintel-plan');
    Object.assign(document.querySelector('dbintel-plan') ?? {}, properties);
    await document.fonts.ready;
  }, given);
  await page.locator('dbintel-plan .answer').waitFor();
  await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  await context.close();
}
await browser.close();
await close();
rmSync(built, { recursive: true });
