import { AppError } from '../base/errors.ts';
import { escape, svgOf, type TextMark } from '../render/svg.ts';
import type { Fonts } from './fonts.ts';
import { fontOf, type Prepared } from './glyphs.ts';

/** A picture as PNG, `scale` pixels for each of the picture’s: 2 is sharp on today’s screens. */
export interface Png {
  bytes: Uint8Array;
  scale: number;
}

/**
 * Four bytes each, outside of what is bounded for a thread: 40 million are 160 MB, and take some
 * seconds. Larger pictures are made less sharp, as long as they can be read.
 */
const pixelLimit = 40_000_000;
const leastScale = 0.5;

export const scaleFor = ({ width, height }: { width: number; height: number }, wanted: number) =>
  Math.min(wanted, Math.sqrt(pixelLimit / (width * height)));

/** Rejects with AppError('too_large'), and where the library is not in this build. */
export async function pngOf({ picture, fonts, used }: Prepared, wanted: number): Promise<Png> {
  const { default: resvg } = await import('@resvg/resvg-js');
  const scale = scaleFor(picture, wanted);
  if (scale < leastScale)
    throw new AppError(
      'too_large',
      `as PNG it has more than ${pixelLimit / 1_000_000} million pixels; ` +
        'take svg, pdf or html, or fewer cards',
    );
  const drawn = new resvg.Resvg(
    svgOf(picture, (text) => inFont(text, fonts)),
    {
      fitTo: { mode: 'zoom', value: scale },
      font: {
        loadSystemFonts: false,
        fontFiles: used.map(({ path }) => path),
        defaultFontFamily: 'Inter',
      },
      logLevel: 'off',
    },
  ).render();
  return { bytes: drawn.asPng(), scale };
}

/** Left to itself, the library takes another font for all of a text that has one letter of it. */
function inFont(text: TextMark, fonts: Fonts): string {
  const { family } = fontOf(text, fonts);
  return family === fonts.regular.family
    ? escape(text.text)
    : `<tspan font-family="${escape(family)}">${escape(text.text)}</tspan>`;
}
