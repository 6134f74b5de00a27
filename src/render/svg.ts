import { cardMarks, curveOf, edgeColour, type Mark, neverDashes, neverOpacity } from './marks.ts';
import type { Edge, Scene, SceneCard } from './scene.ts';
import type { Theme } from './theme.ts';

/** A scene as an SVG document that needs nothing besides itself. */
const margin = 24;

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

function edgeOf(edge: Edge, { direction }: Scene, theme: Theme): string {
  const [x, y, ...handles] = curveOf(edge, direction);
  return (
    `<path d="M${x} ${y}C${handles.join(' ')}" fill="none" ` +
    `stroke="${edgeColour(edge, theme)}" stroke-width="${edge.width.toFixed(1)}"` +
    `${edge.never ? ` stroke-dasharray="${neverDashes.join(' ')}"` : ''}/>`
  );
}

const cardOf = (card: SceneCard, theme: Theme): string =>
  `<g transform="translate(${card.x} ${card.y})"${card.never ? ` opacity="${neverOpacity}"` : ''}>` +
  `${cardMarks(card, theme).map(elementOf).join('')}</g>`;

function elementOf(mark: Mark): string {
  switch (mark.kind) {
    case 'box':
      return (
        `<rect x="${mark.x}" y="${mark.y}" width="${mark.width}" height="${mark.height}" ` +
        `rx="${mark.radius}"${inkOf(mark)}/>`
      );
    case 'path':
      return (
        `<path${mark.x || mark.y ? ` transform="translate(${mark.x} ${mark.y})"` : ''} ` +
        `d="${mark.d}"${inkOf(mark)}/>`
      );
    case 'text':
      return mark.text === ''
        ? ''
        : `<text x="${mark.x}" y="${mark.y}" font-size="${mark.size}" ` +
            `font-weight="${mark.weight}" fill="${mark.fill}"` +
            `${mark.end ? ' text-anchor="end"' : ''}>${escape(mark.text)}</text>`;
  }
}

const inkOf = ({ fill = 'none', stroke, line, dashes, round }: Exclude<Mark, { kind: 'text' }>) =>
  ` fill="${fill}"${stroke ? ` stroke="${stroke}" stroke-width="${line}"` : ''}` +
  `${dashes ? ` stroke-dasharray="${dashes.join(' ')}"` : ''}` +
  `${round ? ' stroke-linecap="round" stroke-linejoin="round"' : ''}`;
