import type { ReadingRemark } from '../model/reading-remark.ts';
import { remark } from '../model/remark.ts';
import type { Unread } from './reading.ts';
import { lineAt } from './xml.ts';

/**
 * What a reader had no place for → remarks with the lines of the text as it was pasted, in whatever
 * frame: a piece is looked for behind the one before it, as the servers' formats write it.
 */
const mostRemarks = 50;
/** Each is looked for in all of the text, and many may stand in one line. */
const mostLookedFor = 4 * mostRemarks;
const mostLetters = 80;

export function remarksOf(text: string, unread: readonly Unread[]): ReadingRemark[] {
  const found = new Map<number, ReadingRemark>();
  let from = 0;
  for (const { piece, says = piece } of unread.slice(0, mostLookedFor)) {
    const at = placeOf(text, piece, from);
    if (at < 0) continue;
    from = at + 1;
    const line = lineAt(text, at);
    if (!found.has(line)) found.set(line, { line, text: shown(says) });
    if (found.size >= mostRemarks) break;
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

/** The beginning of it: what follows may be redacted in the plan. */
const beginningOf = (piece: string) => (piece.trim().split('?')[0] ?? '').slice(0, 60).trim();

function placeOf(text: string, piece: string, from: number): number {
  const start = beginningOf(piece);
  if (start === '') return -1;
  const spellings = [`"${start}"`, `<${start.replaceAll(' ', '-')}>`, `${start}:`, start];
  for (const spelling of spellings) {
    const behind = text.indexOf(spelling, from);
    const at = behind < 0 ? text.indexOf(spelling) : behind;
    if (at >= 0) return at;
  }
  return -1;
}

/** Words; numbers and what is quoted could be someone’s. */
function shown(says: string): string {
  const redacted = remark(says.replaceAll(/\d+(?:[.:]\d+)*/g, '?'));
  return redacted.length > mostLetters ? `${redacted.slice(0, mostLetters - 1)}…` : redacted;
}
