import { AppError } from '../base/errors.ts';
import { type DrawJob, type Drawn, drawPicture } from '../render/draw-plan.ts';
import { drawText } from './draw-text.ts';
import { type Fonts, openFonts } from './fonts.ts';
import { missingWords, type Prepared, prepare } from './glyphs.ts';
import { measurer, pdfOf } from './pdf.ts';
import { pngOf } from './png.ts';

/** More cannot be read in one picture, and takes minutes; SVG and HTML have no such limit. */
export const mostCards = 2_000;

/**
 * Draws one job here and now, whatever the format: PNG and PDF hold the thread for a second.
 * `fonts`: the folder for scripts that the program's own fonts do not have. Throws only what is a
 * mistake of ours, or of the folder.
 */
export async function draw(job: DrawJob, fonts: string | undefined): Promise<Drawn> {
  if (job.format === 'svg' || job.format === 'html') return drawText(job, job.format, job.options);
  try {
    return await drawWith(await openFonts(fonts), { ...job, format: job.format }, fonts);
  } catch (error) {
    if (error instanceof AppError && error.code === 'too_large')
      return { kind: 'too_large', message: error.message };
    if (isAbsent(error)) return { kind: 'not_in_build', message: absent(job.format) };
    throw error;
  }
}

async function drawWith(
  fonts: Fonts,
  { format, options, scale, ...drawing }: DrawJob & { format: 'png' | 'pdf' },
  folder: string | undefined,
): Promise<Drawn> {
  const { cards } = options;
  const within = {
    ...options,
    cards: cards === undefined ? undefined : Math.min(cards, mostCards),
  };
  const nodes = drawing.page.plan.totals.nodes;
  const notes =
    cards !== undefined && cards > mostCards && nodes > mostCards
      ? [`${mostCards} of ${nodes} steps are drawn at most; svg and html have all`]
      : [];
  const measure = fonts.others.length > 0 ? await measurer(fonts) : unmeasured;
  const prepared = (more: readonly string[]): Prepared =>
    prepare(drawPicture(drawing, within, more), fonts, measure);
  const first = prepared(notes);
  const missing = first.missing.length > 0 ? [missingWords(first.missing, folder)] : [];
  const ready = missing.length > 0 ? prepared([...notes, ...missing]) : first;
  const told = [...notes, ...missing, ...fonts.unusable.map((each) => `not used: ${each}`)];
  if (format === 'pdf') return { kind: 'drawn', bytes: await pdfOf(ready), notes: told };
  const { bytes, scale: made } = await pngOf(ready, scale);
  return {
    kind: 'drawn',
    bytes,
    notes:
      made < scale ? [...told, `drawn at ${made.toFixed(2)} pixels a point: it is large`] : told,
  };
}

/** Where one font draws everything, no text is taken apart. */
const unmeasured = () => 0;

/** Both libraries are loaded when they are asked for, and a program may have been built without. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code ?? '').endsWith('MODULE_NOT_FOUND');

const absent = (format: string): string =>
  `${format} is not in this build: ${format === 'png' ? '@resvg/resvg-js' : 'pdfkit'} is not ` +
  'installed for this platform; take svg or html, or the image';
