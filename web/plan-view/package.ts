import type { Plan } from '../../src/model/plan.ts';
import { drawPicture } from '../../src/render/draw-plan.ts';
import type { MetricName } from '../../src/render/metric.ts';
import { svgOf } from '../../src/render/svg.ts';
import type { ThemeName } from '../../src/render/theme.ts';
import type { Told } from './types.ts';

export type { Plan, PlanNode } from '../../src/model/plan.ts';
/** What the package offers: the element, plans out of their packed text, and pictures of them. */
export * from './index.ts';

export interface SvgOptions {
  /** What it is a plan of; stands above it. */
  name?: string;
  findings?: readonly Told[];
  theme?: ThemeName;
  metric?: MetricName;
  /** Cards at most, 45 if not given. */
  cards?: number;
}

/** The plan as an SVG document, with its answer in words above it. Needs no browser. */
export const toSvg = (plan: Plan, options: SvgOptions = {}): string => {
  const { name = 'A query plan', findings = [], theme = 'light', metric, cards } = options;
  return svgOf(drawPicture({ page: { name, plan, findings } }, { theme, metric, cards }));
};

/** A plan out of its packed text; throws an error whose message says what is damaged. */
export const unpack = async (text: string): Promise<Plan> =>
  (await import('../../src/render/pack.ts')).unpack(text);
