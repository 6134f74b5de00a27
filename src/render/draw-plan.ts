import { type Live, type PageOfPlan, toHtml } from './html.ts';
import type { Direction } from './layout.ts';
import type { MetricName } from './metric.ts';
import { type Picture, pictureOf } from './picture.ts';
import type { SceneOptions } from './scene.ts';
import { svgOf } from './svg.ts';
import { type ThemeName, themes } from './theme.ts';

/** Plans as a document, by what people choose: the same from the command line and the API. */
export const pictureFormats = ['svg', 'png', 'pdf', 'html'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** The root, and all the rest as one. */
export const leastCards = 2;

export interface DrawOptions {
  theme: ThemeName;
  metric?: MetricName | undefined;
  turn?: Direction | undefined;
  cards?: number | undefined;
}

/** A plan and, where there is one, what it is compared with. */
export interface Drawing {
  page: PageOfPlan;
  before?: PageOfPlan | undefined;
}

export interface DrawJob extends Drawing {
  format: PictureFormat;
  options: DrawOptions;
  /** Pixels of a PNG for each of the picture's. */
  scale: number;
}

/** What became of it. The messages are for people, and say what to do. */
export type Drawn =
  | { kind: 'drawn'; bytes: Uint8Array; notes: readonly string[] }
  | { kind: 'busy'; retryAfter_s: number; message: string }
  | { kind: 'late'; message: string }
  | { kind: 'too_large'; message: string }
  | { kind: 'not_in_build'; message: string };

/** `notes`: what else is to be known of the picture; they stand below it. */
export const drawPicture = (
  { page, before }: Drawing,
  options: DrawOptions,
  notes: readonly string[] = [],
): Picture => pictureOf(page, before, themes[options.theme], { ...sceneOptions(options), notes });

export const drawSvg = ({ page, before }: Drawing, options: DrawOptions): string =>
  svgOf(drawPicture({ page, before }, options));

/** As one page, with what changed from one to the next. */
export const drawPlans = (
  pages: readonly PageOfPlan[],
  options: DrawOptions,
  live?: Live,
): string => toHtml(pages, options.theme, sceneOptions(options), live);

const sceneOptions = ({ metric, turn, cards }: DrawOptions): SceneOptions => ({
  ...(metric ? { metric } : {}),
  ...(turn ? { direction: turn } : {}),
  ...(cards ? { budget: cards } : {}),
});
