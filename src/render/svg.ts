import { icons } from './icons.ts';
import { cardHeight, cardWidth, figureRoom, figureSize } from './layout.ts';
import type { Edge, Scene, SceneCard } from './scene.ts';
import { fitText, textWidth } from './text-width.ts';
import { inkFrom, type Theme } from './theme.ts';

/** A scene as an SVG document that needs nothing besides itself. */
const margin = 24;
const padding = 10;

export function toSvg(scene: Scene, theme: Theme, name = 'A query plan'): string {
  const [width, height] = [scene.width + 2 * margin, scene.height + 2 * margin];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="${-margin} ${-margin} ${width} ${height}" role="img" ` +
      `font-family="Inter, system-ui, sans-serif">`,
    `<title>${escape(name)}</title>`,
    `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" ` +
      `fill="${theme.paper}"/>`,
    ...scene.edges.map((edge) => edgeOf(edge, scene, theme)),
    ...scene.cards.map((card) => cardOf(card, theme)),
    '</svg>',
    '',
  ].join('\n');
}

/** Text of others, in a document: no markup, and no character that XML has no place for. */
export const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

function edgeOf({ from, to, width, never }: Edge, { direction }: Scene, theme: Theme): string {
  const middle =
    direction === 'down'
      ? `${from.x} ${(from.y + to.y) / 2} ${to.x} ${(from.y + to.y) / 2}`
      : `${(from.x + to.x) / 2} ${from.y} ${(from.x + to.x) / 2} ${to.y}`;
  return (
    `<path d="M${from.x} ${from.y}C${middle} ${to.x} ${to.y}" fill="none" ` +
    `stroke="${theme.line}" stroke-width="${width.toFixed(1)}"` +
    `${never ? ' stroke-dasharray="4 4"' : ''}/>`
  );
}

function cardOf(card: SceneCard, theme: Theme): string {
  const { x, y } = card;
  const soft = card.heat >= inkFrom ? theme.ink : theme.soft;
  const inner = cardWidth - 2 * padding;
  const shareWidth = textWidth(card.measure, 12, 'semibold');
  const badge = card.badge ? 18 : 0;
  const stroke = card.badge ? theme[card.badge] : theme.line;
  return [
    `<g transform="translate(${x} ${y})"${card.never ? ' opacity="0.6"' : ''}>`,
    // What is folded has a second sheet behind it.
    ...(card.kind === 'node' ? [] : [box(4, 4, theme.card, theme.line, '')]),
    box(0, 0, theme.heat[card.heat] ?? theme.card, stroke, card.kind === 'node' ? '' : '3 3'),
    `<path transform="translate(${padding} ${padding - 2})" d="${icons[card.icon]}" ` +
      `fill="none" stroke="${theme.ink}" stroke-width="1.4" stroke-linecap="round" ` +
      `stroke-linejoin="round"/>`,
    words(fitText(card.title, inner - 24 - shareWidth - badge - 6, 13, 'semibold'), {
      x: padding + 24,
      y: 21,
      size: 13,
      weight: 600,
      fill: theme.ink,
    }),
    words(card.measure, {
      x: cardWidth - padding - badge,
      y: 21,
      size: 12,
      weight: 600,
      fill: theme.ink,
      end: true,
    }),
    ...(card.badge ? [badgeOf(card.badge, theme)] : []),
    words(fitText(card.subject, inner, 11.5), {
      x: padding,
      y: 37,
      size: 11.5,
      weight: 400,
      fill: soft,
    }),
    words(fitText(card.figures, figureRoom, figureSize), {
      x: padding,
      y: 53,
      size: figureSize,
      weight: 400,
      fill: soft,
    }),
    ...barOf(card, theme),
    '</g>',
  ].join('');
}

const box = (x: number, y: number, fill: string, stroke: string, dashes: string) =>
  `<rect x="${x}" y="${y}" width="${cardWidth}" height="${cardHeight}" rx="6" fill="${fill}" ` +
  `stroke="${stroke}" stroke-width="1.2"${dashes ? ` stroke-dasharray="${dashes}"` : ''}/>`;

interface Words {
  x: number;
  y: number;
  size: number;
  weight: number;
  fill: string;
  end?: boolean;
}

const words = (text: string, { x, y, size, weight, fill, end }: Words): string =>
  text === ''
    ? ''
    : `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}"` +
      `${end ? ' text-anchor="end"' : ''}>${escape(text)}</text>`;

/** Each severity has a shape of its own: colour alone tells nothing. */
const shapes = {
  critical: 'M7 0 14 7 7 14 0 7z',
  warning: 'M7 1 14 13H0z',
  info: 'M7 1a6 6 0 1 0 0 12a6 6 0 1 0 0-12',
} as const;

const badgeOf = (severity: keyof typeof shapes, theme: Theme): string =>
  `<path transform="translate(${cardWidth - padding - 14} 9)" d="${shapes[severity]}" ` +
  `fill="${theme[severity]}"/>`;

const barWidth = 60;

/** Hatched where it is expected and was not measured. */
function barOf({ value, estimate, kind }: SceneCard, theme: Theme): string[] {
  if (value <= 0 || kind === 'way') return [];
  const [x, y] = [cardWidth - padding - barWidth, 46];
  const filled = Math.max(1.5, Math.min(1, value) * barWidth);
  return [
    `<rect x="${x}" y="${y}" width="${barWidth}" height="7" rx="2" fill="none" ` +
      `stroke="${theme.soft}" stroke-width="0.8"/>`,
    estimate
      ? `<path d="${hatch(x, y, filled)}" stroke="${theme.ink}" stroke-width="1.6"/>`
      : `<rect x="${x}" y="${y}" width="${filled.toFixed(1)}" height="7" rx="2" ` +
        `fill="${theme.ink}"/>`,
  ];
}

function hatch(x: number, y: number, width: number): string {
  const strokes: string[] = [];
  for (let at = 1; at <= width; at += 3) strokes.push(`M${(x + at).toFixed(1)} ${y + 0.8}v5.4`);
  return strokes.join('');
}
