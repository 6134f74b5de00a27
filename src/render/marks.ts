import { icons } from './icons.ts';
import { cardHeight, cardWidth, type Direction, figureRoom, figureSize } from './layout.ts';
import type { Edge, SceneCard } from './scene.ts';
import { fitText, textWidth } from './text-width.ts';
import { inkFrom, type Theme } from './theme.ts';

/**
 * What is drawn of a card and of a line, as boxes, paths and texts with their colours: every
 * painter (SVG, PDF, canvas) draws the same ones, each in its own words. Places are from the card’s
 * corner at the top left; a text’s is its baseline.
 */
export type Mark =
  | ({ kind: 'box'; x: number; y: number; width: number; height: number; radius: number } & Ink)
  | ({ kind: 'path'; x: number; y: number; d: string } & Ink)
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      size: number;
      weight: 400 | 600;
      fill: string;
      /** It ends at x. */
      end?: boolean;
    };

interface Ink {
  fill?: string;
  stroke?: string;
  line?: number;
  dashes?: readonly number[];
  /** Ends and corners. */
  round?: boolean;
}

const padding = 10;
export const neverOpacity = 0.6;

export function cardMarks(card: SceneCard, theme: Theme): Mark[] {
  const soft = card.heat >= inkFrom ? theme.ink : theme.soft;
  const inner = cardWidth - 2 * padding;
  const badge = card.badge ? 18 : 0;
  const stroke = card.badge ? theme[card.badge] : theme.line;
  const folded = card.kind !== 'node';
  const titleRoom = inner - 24 - textWidth(card.measure, 12, 'semibold') - badge - 6;
  return [
    // What is folded has a second sheet behind it.
    ...(folded ? [sheet(4, theme.card, theme.line)] : []),
    sheet(0, theme.heat[card.heat] ?? theme.card, stroke, folded ? [3, 3] : undefined),
    // What only one of two plans has.
    ...(card.change === 'new' || card.change === 'gone'
      ? [{ kind: 'path' as const, x: 0, y: 0, d: slanted, stroke: theme.line, line: 1 }]
      : []),
    {
      kind: 'path',
      x: padding,
      y: padding - 2,
      d: icons[card.icon],
      stroke: theme.ink,
      line: 1.4,
      round: true,
    },
    {
      ...words(fitText(card.title, titleRoom, 13, 'semibold'), 21, 13, 600, theme.ink),
      x: padding + 24,
    },
    {
      ...words(card.measure, 21, 12, 600, theme.ink),
      x: cardWidth - padding - badge,
      end: true,
    },
    ...(card.badge
      ? [
          {
            kind: 'path' as const,
            x: cardWidth - padding - 14,
            y: 9,
            d: badgeShapes[card.badge],
            fill: theme[card.badge],
          },
        ]
      : []),
    words(fitText(card.subject, inner, 11.5), 37, 11.5, 400, soft),
    words(fitText(card.figures, figureRoom, figureSize), 53, figureSize, 400, soft),
    ...barMarks(card, theme),
  ];
}

const slanted = Array.from({ length: 22 }, (_, i) => `M${(i + 1) * 10} 1l-10 60`).join('');

const sheet = (at: number, fill: string, stroke: string, dashes?: readonly number[]): Mark => ({
  kind: 'box',
  x: at,
  y: at,
  width: cardWidth,
  height: cardHeight,
  radius: 6,
  fill,
  stroke,
  line: 1.2,
  ...(dashes ? { dashes } : {}),
});

const words = (text: string, y: number, size: number, weight: 400 | 600, fill: string) => ({
  kind: 'text' as const,
  x: padding,
  y,
  text,
  size,
  weight,
  fill,
});

/** Each severity has a shape of its own: colour alone tells nothing. */
export const badgeShapes = {
  critical: 'M7 0 14 7 7 14 0 7z',
  warning: 'M7 1 14 13H0z',
  info: 'M7 1a6 6 0 1 0 0 12a6 6 0 1 0 0-12',
} as const;

const barWidth = 60;

/** Hatched where it is expected and was not measured. */
function barMarks({ value, estimate, kind }: SceneCard, theme: Theme): Mark[] {
  if (value <= 0 || kind === 'way') return [];
  const [x, y] = [cardWidth - padding - barWidth, 46];
  const filled = Math.max(1.5, Math.min(1, value) * barWidth);
  const bar = { kind: 'box' as const, x, y, height: 7, radius: 2 };
  return [
    { ...bar, width: barWidth, stroke: theme.soft, line: 0.8 },
    estimate
      ? { kind: 'path', x: 0, y: 0, d: hatch(x, y, filled), stroke: theme.ink, line: 1.6 }
      : { ...bar, width: Number(filled.toFixed(1)), fill: theme.ink },
  ];
}

function hatch(x: number, y: number, width: number): string {
  const strokes: string[] = [];
  for (let at = 1; at <= width; at += 3) strokes.push(`M${(x + at).toFixed(1)} ${y + 0.8}v5.4`);
  return strokes.join('');
}

/** From card to card: where it starts, its two handles, where it ends. */
export function curveOf({ from, to }: Edge, direction: Direction): readonly number[] {
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  return direction === 'down'
    ? [from.x, from.y, from.x, y, to.x, y, to.x, to.y]
    : [from.x, from.y, x, from.y, x, to.y, to.x, to.y];
}

export const neverDashes = [4, 4];

export const edgeColour = ({ way }: Edge, theme: Theme): string => (way ? theme.soft : theme.line);
