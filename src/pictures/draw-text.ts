import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Drawing,
  type Drawn,
  type DrawOptions,
  drawPlans,
  drawSvg,
} from '../render/draw-plan.ts';
import type { Live, PageOfPlan } from '../render/html.ts';
import { pack } from '../render/pack.ts';

/** Formats that are text: for these nothing is needed besides, but the element's script. */
export async function drawText(
  { page, before }: Drawing,
  format: 'svg' | 'html',
  options: DrawOptions,
): Promise<Drawn> {
  if (format === 'html') return drawPage(before ? [before, page] : [page], options);
  return drawn(drawSvg({ page, before }, options));
}

/** A page that is looked at by hand; without its script, or with plans too large, a still one. */
export async function drawPage(
  pages: readonly PageOfPlan[],
  options: DrawOptions,
  scripts: readonly string[] = places,
): Promise<Drawn> {
  const path = scripts.find((each) => existsSync(each));
  if (path === undefined) return drawn(drawPlans(pages, options), [noScript]);
  const packed = await Promise.all(pages.map(({ plan }) => pack(plan))).catch(() => undefined);
  if (!packed) return drawn(drawPlans(pages, options), [tooLarge]);
  const live: Live = { script: readFileSync(path, 'utf8'), packed, hashOf };
  return drawn(drawPlans(pages, options, live));
}

/** Beside the bundle, and as `make web` writes it. */
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const places = [here('./plan-view.js'), here('../../dist/plan-view/complete.iife.js')];

const noScript = 'the page has a still picture: `make web` builds what moves it';
const tooLarge = 'the page has a still picture: the plan is too large to be packed into it';

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const drawn = (text: string, notes: readonly string[] = []): Drawn => ({
  kind: 'drawn',
  bytes: new TextEncoder().encode(text),
  notes,
});
