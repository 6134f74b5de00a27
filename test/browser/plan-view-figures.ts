import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { buildPasteFile } from '../../scripts/paste-file.ts';
import { buildPlanView } from '../../scripts/web.ts';
import { largePlan } from '../support/large-plan.ts';
import { openBrowser, openPage } from './browser.ts';
import { pasteMuch } from './paste-much.ts';
import { serve } from './plan-view-page.ts';

/**
 * What `<dbintel-plan>` weighs, and how long large plans take until they are seen and are moved:
 * prints one JSON document, which `bench/plan-view.ts` reads. Each figure is the best of its turns.
 */
const turns = 5;
const frames = 120;
const size = { width: 1_440, height: 900 };

/** In bytes, gzipped: of a module. */
const weightOf = (built: string, name: string): number =>
  gzipSync(readFileSync(join(built, name)), { level: 9 }).length;

interface Figures {
  seen: number;
  all: number;
  pan: number;
  drawing: number;
  /** The longest that the page did nothing else, from the plan being set to all of it drawn. */
  held: number;
}

async function measured(browser: Browser, origin: string, nodes: number): Promise<Figures> {
  const plan = largePlan(nodes);
  const found: Figures[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const { context, page, faults } = await openPage(browser, { ...size, origin });
    await page.goto(origin);
    await page.evaluate((given) => {
      (globalThis as unknown as { plan: unknown }).plan = given;
    }, plan);
    const seen = await shownIn(page, false);
    const all = await shownIn(page, true);
    const held = Math.max(seen.held, all.held);
    found.push({ seen: seen.time, all: all.time, held, ...(await panned(page)) });
    const wrong = faults.filter((fault) => !fault.includes('willReadFrequently'));
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    await context.close();
  }
  const best = (of: (each: Figures) => number) => Math.min(...found.map(of));
  return {
    seen: best(({ seen }) => seen),
    all: best(({ all }) => all),
    pan: best(({ pan }) => pan),
    drawing: best(({ drawing }) => drawing),
    held: best(({ held }) => held),
  };
}

/** Of all that was begun with it, which ends within this on a machine that is not busy. */
const settled_ms = 400;

/** Reading a pixel waits until the canvas has it. */
const shownIn = (page: Page, all: boolean): Promise<{ time: number; held: number }> =>
  page.evaluate(
    async ({ everything, rest_ms }) => {
      const element = document.querySelector('dbintel-plan');
      if (!element) throw new Error('there is no element');
      await customElements.whenDefined('dbintel-plan');
      await new Promise(requestAnimationFrame);
      const { port1, port2 } = new MessageChannel();
      let [last, held] = [performance.now(), 0];
      port1.onmessage = () => {
        const now = performance.now();
        held = Math.max(held, now - last);
        last = now;
        port2.postMessage(0);
      };
      port2.postMessage(0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      held = 0;
      const start = performance.now();
      if (everything) Object.assign(element, { fold: { cards: 'all' } });
      else Object.assign(element, { plan: (globalThis as unknown as { plan: unknown }).plan });
      await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
      const canvas = element.shadowRoot?.querySelector<HTMLCanvasElement>(
        '.picture:not([hidden]) canvas',
      );
      canvas?.getContext('2d')?.getImageData(0, 0, 1, 1);
      const time = performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, rest_ms));
      port1.close();
      return { time, held };
    },
    { everything: all, rest_ms: settled_ms },
  );

const panned = (page: Page): Promise<{ pan: number; drawing: number }> =>
  page.evaluate(
    async ({ count }) => {
      const canvas = document
        .querySelector('dbintel-plan')
        ?.shadowRoot?.querySelector<HTMLCanvasElement>('.picture:not([hidden]) canvas');
      if (!canvas) throw new Error('there is no picture');
      // From far to near, where hundreds of cards are in sight.
      const wheel = (init: WheelEventInit) =>
        canvas.dispatchEvent(new WheelEvent('wheel', { cancelable: true, ...init }));
      for (let i = 0; i < 4; i += 1) wheel({ deltaY: -300, ctrlKey: true });
      await new Promise(requestAnimationFrame);
      const frames: number[] = [];
      const drawing: number[] = [];
      const frame = () => new Promise<number>(requestAnimationFrame);
      let last = await frame();
      for (let i = 0; i < count; i += 1) {
        // Callbacks are called in their order: one before the picture's own, one behind it.
        const before = frame().then(() => performance.now());
        wheel({ deltaX: Math.sin(i / 9) * 24, deltaY: Math.cos(i / 9) * 24 });
        const now = await frame();
        drawing.push(performance.now() - (await before));
        frames.push(now - last);
        last = now;
      }
      const at = (values: number[]) =>
        values.toSorted((a, b) => a - b)[Math.floor(count * 0.95)] ?? 0;
      return { pan: at(frames), drawing: at(drawing) };
    },
    { count: frames },
  );

/** Ten megabytes of text on the paste page: the longest that the page did nothing else. */
async function pasted(browser: Browser, folder: string): Promise<number> {
  await buildPasteFile(folder);
  const address = pathToFileURL(join(folder, 'paste.html')).href;
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn += 1)
    least = Math.min(least, (await pasteMuch(browser, address)).page);
  return least;
}

const built = mkdtempSync(join(tmpdir(), 'plan-view-'));
await buildPlanView(built);
const served = await serve(built);
const browser = await openBrowser();
try {
  const small = await measured(browser, served.origin, 1_000);
  const middle = await measured(browser, served.origin, 2_000);
  const large = await measured(browser, served.origin, 10_000);
  const paste = await pasted(browser, built);
  const [element = 0, rest = 0, unpack = 0] = ['plan-view', 'chunks/rest', 'chunks/pack'].map(
    (name) => weightOf(built, `${name}.js`),
  );
  process.stdout.write(
    JSON.stringify({ turns, frames, size, element, rest, unpack, small, middle, large, paste }),
  );
} finally {
  await browser.close();
  await served.close();
  rmSync(built, { recursive: true });
}
