import { buffer } from 'node:stream/consumers';
import type { Mark } from '../render/marks.ts';
import type { Part } from '../render/picture.ts';
import type { TextMark } from '../render/svg.ts';
import type { Font, Fonts } from './fonts.ts';
import { fontOf, type MeasureText, type Prepared } from './glyphs.ts';

/**
 * A picture as PDF: one page of its size, lines and not pixels, text that can be selected and
 * found. Of the fonts only what is written is embedded. Both functions reject where the library is
 * not in this build.
 */
type Document = PDFKit.PDFDocument;

/** A pixel is 1/96 of an inch, a point 1/72. */
const pointsPerPixel = 0.75;
/** What readers show of a page; a larger picture is drawn smaller, and is as sharp. */
const longestSide = 14_400;

export async function pdfOf({ picture, fonts }: Prepared): Promise<Uint8Array> {
  const { title, width, height, paper, parts } = picture;
  const scale = Math.min(pointsPerPixel, longestSide / Math.max(width, height));
  const document = await openDocument(fonts, {
    size: [width * scale, height * scale],
    info: { Title: title, Creator: 'dbintel', Producer: 'dbintel' },
  });
  const whole = buffer(document);
  document.scale(scale).rect(0, 0, width, height).fill(paper);
  for (const part of parts) paint(document, part, fonts);
  document.end();
  return whole;
}

/** As the library lays texts out, with the letters of scripts that join them. */
export async function measurer(fonts: Fonts): Promise<MeasureText> {
  const document = await openDocument(fonts, {});
  return (text, font, size) => use(document, font, size).widthOfString(text, wholeRun);
}

async function openDocument(
  fonts: Fonts,
  more: PDFKit.PDFDocumentOptions,
): Promise<PDFKit.PDFDocument> {
  const { default: PDFDocument } = await import('pdfkit');
  const options = { margin: 0, font: fonts.regular.path, lang: 'en', displayTitle: true };
  return new PDFDocument({ ...options, ...more });
}

/** With a list of features, empty or not, it does not lay out each word for itself. */
const wholeRun = { features: [] };

function paint(document: Document, part: Part, fonts: Fonts): void {
  document.save();
  switch (part.kind) {
    case 'group':
      document.translate(part.x, part.y);
      if (part.opacity !== undefined) document.opacity(part.opacity);
      for (const each of part.parts) paint(document, each, fonts);
      break;
    case 'box':
      ink(document.roundedRect(part.x, part.y, part.width, part.height, part.radius), part);
      break;
    case 'path':
      ink(document.translate(part.x, part.y).path(part.d), part);
      break;
    case 'text':
      write(document, part, fontOf(part, fonts));
  }
  document.restore();
}

function ink(document: Document, how: Exclude<Mark, TextMark>): void {
  const { fill, stroke, line, dashes, round } = how;
  if (line !== undefined) document.lineWidth(line);
  if (dashes) document.dash(dashes[0] ?? 1, { space: dashes[1] ?? dashes[0] ?? 1 });
  if (round) document.lineCap('round').lineJoin('round');
  if (fill !== undefined && stroke !== undefined) document.fillAndStroke(fill, stroke);
  else if (fill !== undefined) document.fill(fill);
  else if (stroke !== undefined) document.stroke(stroke);
}

function write(document: Document, { text, x, y, size, fill, end }: TextMark, font: Font): void {
  if (text === '') return;
  use(document, font, size).fillColor(fill);
  const from = end ? x - document.widthOfString(text, wholeRun) : x;
  document.text(text, from, y, { ...wholeRun, lineBreak: false, baseline: 'alphabetic' });
}

const use = (document: Document, { path, member }: Font, size: number): Document =>
  (member === undefined ? document.font(path) : document.font(path, member)).fontSize(size);
