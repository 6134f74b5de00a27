import { apart, misread } from '../base/turning.ts';
import type { Mark } from './marks.ts';
import { margin, type Part, type Picture, sceneParts } from './picture.ts';
import type { Scene } from './scene.ts';
import type { Theme } from './theme.ts';

export type TextMark = Extract<Mark, { kind: 'text' }>;
/** Who draws with fonts of its own says which within a text; what it gives is markup. */
type Write = (mark: TextMark) => string;
const plainly: Write = ({ text }) => apart(escape(text));

/** A picture as an SVG document that needs nothing besides itself. */
export const svgOf = (
  { title, width, height, paper, parts }: Picture,
  write: Write = plainly,
): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" role="img" font-family="Inter, system-ui, sans-serif">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    ...parts.map((part) => elementOf(part, write)),
    '</svg>',
    '',
  ].join('\n');

/** The scene alone. */
export const toSvg = (scene: Scene, theme: Theme, title = 'A query plan'): string =>
  svgOf({
    title,
    width: scene.width + 2 * margin,
    height: scene.height + 2 * margin,
    paper: theme.paper,
    parts: [{ kind: 'group', x: margin, y: margin, parts: sceneParts(scene, theme) }],
  });

/**
 * Text of others, in a document: no markup, and no character that XML has no place for, or that
 * shows as nothing or turns around what follows.
 */
export const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(misread, '\uFFFD')
    .replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

function elementOf(mark: Part, write: Write): string {
  switch (mark.kind) {
    case 'group':
      return (
        `<g transform="translate(${mark.x} ${mark.y})"` +
        `${mark.opacity === undefined ? '' : ` opacity="${mark.opacity}"`}>` +
        `${mark.parts.map((part) => elementOf(part, write)).join('')}</g>`
      );
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
            `${mark.end ? ' text-anchor="end"' : ''}>${write(mark)}</text>`;
  }
}

const inkOf = ({ fill = 'none', stroke, line, dashes, round }: Exclude<Mark, TextMark>) =>
  ` fill="${fill}"${stroke ? ` stroke="${stroke}" stroke-width="${line}"` : ''}` +
  `${dashes ? ` stroke-dasharray="${dashes.join(' ')}"` : ''}` +
  `${round ? ' stroke-linecap="round" stroke-linejoin="round"' : ''}`;
