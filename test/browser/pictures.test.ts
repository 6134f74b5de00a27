import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examine } from '../../src/analysis/examine.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { engineNames } from '../../src/model/engine-name.ts';
import type { Plan } from '../../src/model/plan.ts';
import { draw } from '../../src/pictures/draw.ts';
import { drawSvg, type PictureFormat } from '../../src/render/draw-plan.ts';
import { sceneOf } from '../../src/render/scene.ts';
import { themeNames } from '../../src/render/theme.ts';
import { goldenPlans } from '../support/golden-plans.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { openBrowser } from './browser.ts';

/**
 * A plan as PNG and as PDF, beside its SVG in Chromium: the same picture, pixel for pixel as far as
 * three ways to draw a letter agree. A font that is not found would draw nothing and say nothing:
 * the ink on the cards is counted.
 */
const folder = temporaryFolder('pictures');
const inter = (weight: number) => {
  const path = new URL(`../../src/pictures/fonts/inter-${weight}.ttf`, import.meta.url);
  const data = readFileSync(fileURLToPath(path)).toString('base64');
  return (
    `@font-face { font-family: Inter; font-weight: ${weight}; ` +
    `src: url(data:font/ttf;base64,${data}) }`
  );
};
const fonts = [400, 600].map(inter).join('\n');

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1_000, height: 800 } });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What Chromium makes of an SVG, and where the cards are in it. */
async function inChromium(svg: string): Promise<{ png: Buffer; cards: Rect[] }> {
  await page.setContent(
    `<!doctype html><style>${fonts} body { margin: 0 } svg { display: block }</style>${svg}`,
  );
  await page.evaluate(async () => {
    await document.fonts.load('400 13px Inter');
    await document.fonts.load('600 13px Inter');
  });
  const cards = await page.evaluate(() =>
    [...document.querySelectorAll('rect[rx="6"]')].map((rect) => {
      const { x, y, width, height } = rect.getBoundingClientRect();
      return { x, y, width, height };
    }),
  );
  return { png: await page.locator('svg').screenshot(), cards };
}

async function made(
  plan: Plan,
  format: Extract<PictureFormat, 'png' | 'pdf'>,
  theme: (typeof themeNames)[number],
): Promise<Buffer> {
  const shown = { name: 'plan', plan, findings: examine(rules, plan).findings };
  const drawn = await draw({ format, scale: 1, options: { theme }, page: shown }, undefined);
  if (drawn.kind !== 'drawn') throw new Error(drawn.message);
  return Buffer.from(drawn.bytes);
}

/** A page of 96 points an inch has the pixels of the picture. */
function asPixels(pdf: Buffer): { png: Buffer; words: string } {
  const file = join(folder, 'plan.pdf');
  writeFileSync(file, pdf);
  execFileSync('pdftoppm', ['-r', '96', '-png', '-singlefile', file, join(folder, 'plan')]);
  return {
    png: readFileSync(join(folder, 'plan.png')),
    words: execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }),
  };
}

/** How wide a blank is, it says by what it measures. */
const tight = (text: string) => text.replaceAll(/\s/g, '');

/** Mean difference of a colour, 0..1; and of each picture, how many pixels of the cards are ink. */
const compared = (one: Buffer, other: Buffer, cards: readonly Rect[]) =>
  page.evaluate(
    async ({ images, rects }) => {
      const pixels = await Promise.all(
        images.map(async (data) => {
          const image = new Image();
          image.src = `data:image/png;base64,${data}`;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height);
        }),
      );
      const [a, b] = pixels as [ImageData, ImageData];
      const [width, height] = [Math.min(a.width, b.width), Math.min(a.height, b.height)];
      let difference = 0;
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1)
          for (let part = 0; part < 3; part += 1)
            difference += Math.abs(
              (a.data[(y * a.width + x) * 4 + part] ?? 0) -
                (b.data[(y * b.width + x) * 4 + part] ?? 0),
            );
      // The colour of a card is what stands at its left edge; ink is far from it.
      const inkOf = (picture: ImageData) =>
        rects.map((rect) => {
          const at = (x: number, y: number) =>
            (Math.round(rect.y + y) * picture.width + Math.round(rect.x + x)) * 4;
          const green = (place: number) => picture.data[place + 1] ?? 0;
          const paper = green(at(5, 31));
          let ink = 0;
          for (let y = 8; y < rect.height - 4; y += 1)
            for (let x = 32; x < rect.width - 70; x += 1)
              if (Math.abs(green(at(x, y)) - paper) > 60) ink += 1;
          return ink;
        });
      return {
        sizes: pixels.map((each) => [each.width, each.height]),
        difference: difference / (width * height * 3 * 255),
        ink: pixels.map(inkOf) as [number[], number[]],
      };
    },
    { images: [one, other].map((each) => each.toString('base64')), rects: [...cards] },
  );

const report = readAnyPlan(
  readFileSync(new URL('../../examples/plans/orders-report.txt', import.meta.url), 'utf8'),
);
/** The largest of each engine. */
const plans = engineNames.map((engine) => {
  const of = goldenPlans.filter((each) => each.engine === engine);
  const largest = of.reduce((a, b) => (b.totals.nodes > a.totals.nodes ? b : a));
  return { engine, plan: engine === 'postgres' ? report : largest };
});

describe.each(themeNames)('in %s', (theme) => {
  it.each(plans)('a plan of $engine looks the same, whoever draws it', async ({ plan }) => {
    const shown = { name: 'plan', plan, findings: examine(rules, plan).findings };
    const { png: svg, cards } = await inChromium(drawSvg({ page: shown }, { theme }));
    const scene = sceneOf(plan, { findings: shown.findings });
    expect(cards.length).toBeGreaterThanOrEqual(scene.cards.length);
    const { png: pdf, words } = asPixels(await made(plan, 'pdf', theme));
    for (const picture of [await made(plan, 'png', theme), pdf]) {
      const { sizes, difference, ink } = await compared(svg, picture, cards);
      expect(sizes[1]).toEqual(sizes[0]);
      expect(difference).toBeLessThanOrEqual(0.01);
      const [wanted, found] = ink;
      for (const [at, pixels] of wanted.entries()) {
        expect(found[at]).toBeGreaterThan(0.6 * pixels);
        expect(found[at]).toBeLessThan(1.7 * pixels);
      }
    }
    for (const { title, measure } of scene.cards)
      for (const text of [title, measure]) expect(tight(words)).toContain(tight(text));
  });
});
it('would notice a font that is not there', async () => {
  const shown = { name: 'plan', plan: report, findings: [] };
  const svg = drawSvg({ page: shown }, { theme: 'light' });
  const { png, cards } = await inChromium(svg);
  const { png: mute } = await inChromium(svg.replaceAll(/<text[^]*?<\/text>/g, ''));
  const [wanted, found] = (await compared(png, mute, cards)).ink;
  for (const [at, pixels] of wanted.entries())
    expect([pixels > 100, (found[at] ?? 0) < 0.5 * pixels]).toEqual([true, true]);
});
