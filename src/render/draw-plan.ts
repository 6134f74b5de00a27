import { type PageOfPlan, toHtml } from './html.ts';
import type { Direction } from './layout.ts';
import type { MetricName } from './metric.ts';
import { type SceneOptions, sceneOf } from './scene.ts';
import { toSvg } from './svg.ts';
import { type ThemeName, themes } from './theme.ts';

/** One plan as a document, by what people choose: the same from the command line and the API. */
export const pictureFormats = ['svg', 'html'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** The root, and all the rest as one. */
export const leastCards = 2;

export interface DrawOptions {
  theme: ThemeName;
  metric?: MetricName | undefined;
  turn?: Direction | undefined;
  cards?: number | undefined;
}

export function drawPlan(page: PageOfPlan, format: PictureFormat, options: DrawOptions): string {
  const { name, plan, findings } = page;
  return format === 'html'
    ? drawPlans([page], options)
    : toSvg(sceneOf(plan, { ...sceneOptions(options), findings }), themes[options.theme], name);
}

/** As one page, with what changed from one to the next. */
export const drawPlans = (pages: readonly PageOfPlan[], options: DrawOptions): string =>
  toHtml(pages, options.theme, sceneOptions(options));

const sceneOptions = ({ metric, turn, cards }: DrawOptions): SceneOptions => ({
  ...(metric ? { metric } : {}),
  ...(turn ? { direction: turn } : {}),
  ...(cards ? { budget: cards } : {}),
});
