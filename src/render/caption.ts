import type { Severity } from '../model/finding.ts';
import { badgeShapes, type Mark } from './marks.ts';
import { textWidth, wrapText } from './text-width.ts';
import type { Theme } from './theme.ts';

/** What stands above a picture that is looked at without anything around it: lines of words. */
export interface Line {
  text: string;
  look: Look;
  /** What was found has its shape before it. */
  severity?: Severity;
}

const looks = {
  name: { size: 13, weight: 600, tone: 'soft', height: 20 },
  answer: { size: 17, weight: 600, tone: 'ink', height: 25 },
  heading: { size: 15, weight: 600, tone: 'ink', height: 22 },
  text: { size: 13, weight: 400, tone: 'ink', height: 19 },
  soft: { size: 12, weight: 400, tone: 'soft', height: 18 },
} as const;
type Look = keyof typeof looks;

/** A line of text that is longer than this is tiresome to read. */
const longestLine = 1_100;
const badgeRoom = 20;
/** Of one text; what is longer ends in dots. */
const mostRows = 4;

/** The lines one below the other from y = 0, and how much room they take. */
export function captionOf(
  lines: readonly Line[],
  room: number,
  theme: Theme,
): { marks: Mark[]; height: number } {
  const marks: Mark[] = [];
  let y = 0;
  for (const { text, look, severity } of lines) {
    const { size, weight, tone, height } = looks[look];
    const indent = severity ? badgeRoom : 0;
    const width = Math.min(room, longestLine) - indent;
    if (severity)
      marks.push({ kind: 'path', x: 0, y: y + 3, d: badgeShapes[severity], fill: theme[severity] });
    for (const row of wrapText(text, width, size, weightOf(weight), mostRows)) {
      const baseline = Math.round(y + height * 0.72);
      marks.push({
        kind: 'text',
        x: indent,
        y: baseline,
        text: row,
        size,
        weight,
        fill: theme[tone],
      });
      y += height;
    }
  }
  return { marks, height: y };
}

const weightOf = (weight: 400 | 600) => (weight === 600 ? 'semibold' : 'regular');

/** How wide the widest of them would like to be. */
export const roomFor = (lines: readonly Line[]): number =>
  Math.min(
    longestLine,
    Math.max(
      0,
      ...lines.map(({ text, look, severity }) => {
        const { size, weight } = looks[look];
        return textWidth(text, size, weightOf(weight)) + (severity ? badgeRoom : 0);
      }),
    ),
  );
