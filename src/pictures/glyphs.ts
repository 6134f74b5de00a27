import type { Part, Picture } from '../render/picture.ts';
import type { TextMark } from '../render/svg.ts';
import { type Font, type Fonts, fontFor } from './fonts.ts';

/**
 * What no font at hand has a picture for is found before anything is drawn, and said: painters
 * would leave it out or draw an empty box without a word. In its place stands a box, and below the
 * picture what it is.
 */
const replacement = '\u25A1';

/** Marks that join or vary what is beside them, and have no picture of their own. */
const unseen = /\p{Default_Ignorable_Code_Point}/u;

export interface Prepared {
  /** Each text in it is drawn by one font: that of its first character. */
  picture: Picture;
  fonts: Fonts;
  /** What its texts are drawn with. */
  used: readonly Font[];
  /** Characters that cannot be drawn, each once, as they come. */
  missing: readonly string[];
}

/** How wide a text is in a font that is not the program's own, in the unit of `size`. */
export type MeasureText = (text: string, font: Font, size: number) => number;

export function prepare(picture: Picture, fonts: Fonts, measure: MeasureText): Prepared {
  const missing = new Set<string>();
  const used = new Set([fonts.regular, fonts.semibold]);
  const clean = (mark: TextMark): TextMark[] => {
    const kept = [...oneLine(mark.text)].map((character) => {
      if (fontFor(pointOf(character), mark.weight, fonts)) return character;
      if (unseen.test(character)) return '';
      missing.add(character);
      return replacement;
    });
    const runs = runsOf(kept.join(''), mark.weight, fonts);
    for (const { font } of runs) used.add(font);
    return runs.length > 1
      ? placed(mark, runs, measure)
      : runs.map(({ text }) => ({ ...mark, text }));
  };
  const parts = picture.parts.flatMap((part) => withTexts(part, clean));
  return { picture: { ...picture, parts }, fonts, used: [...used], missing: [...missing] };
}

export const fontOf = ({ text, weight }: TextMark, fonts: Fonts): Font =>
  fontFor(pointOf(text), weight, fonts) ?? fonts.regular;

const pointOf = (text: string): number => text.codePointAt(0) ?? 0;

/** One beside the other, from where the text begins, or up to where it ends. */
function placed(
  { end, ...mark }: TextMark,
  runs: readonly Run[],
  measure: MeasureText,
): TextMark[] {
  const widths = runs.map(({ font, text }) => measure(text, font, mark.size));
  const whole = widths.reduce((sum, width) => sum + width, 0);
  let x = end ? mark.x - whole : mark.x;
  return runs.map(({ text }, at) => {
    const run = { ...mark, text, x };
    x += widths[at] ?? 0;
    return run;
  });
}

/** As SVG reads it: composed, blanks for breaks, and nothing that controls a terminal. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\t\n\r]/g, ' ')
    .replaceAll(/\p{Cc}/gu, replacement);

function withTexts(part: Part, change: (mark: TextMark) => TextMark[]): Part[] {
  switch (part.kind) {
    case 'group':
      return [{ ...part, parts: part.parts.flatMap((each) => withTexts(each, change)) }];
    case 'text':
      return change(part);
    default:
      return [part];
  }
}

/** What one font draws of a text. */
interface Run {
  font: Font;
  text: string;
}

/** Blanks and marks stay with what is before them, if its font has them. */
function runsOf(text: string, weight: 400 | 600, fonts: Fonts): Run[] {
  const runs: Run[] = [];
  for (const character of text) {
    const point = pointOf(character);
    const last = runs.at(-1);
    const font =
      last && clings.test(character) && last.font.has(point)
        ? last.font
        : (fontFor(point, weight, fonts) ?? fonts.regular);
    if (last?.font === font) last.text += character;
    else runs.push({ font, text: character });
  }
  return runs;
}
const clings = /[\s\p{Mark}]/u;

const mostNamed = 12;

/** For people: what is missing, and what to do about it. */
export function missingWords(missing: readonly string[], folder: string | undefined): string {
  const named = missing
    .slice(0, mostNamed)
    .map((each) => `U+${pointOf(each).toString(16).toUpperCase().padStart(4, '0')}`);
  const more = missing.length - named.length;
  const which = more > 0 ? `${named.join(' ')} and ${more} more` : named.join(' ');
  const them = missing.length > 1 ? 'them' : 'it';
  const remedy =
    folder === undefined
      ? `DBINTEL_FONTS names a folder of fonts that have ${them}`
      : `put a font that has ${them} into ${folder} (DBINTEL_FONTS)`;
  return `${replacement}: no font here has ${which}; ${remedy}`;
}
