import { lineAt } from './xml.ts';

/**
 * People paste a whole session: what they asked before and after. One plan is read at a time, so
 * the text is cut where a second one begins; else its steps would be taken for the first one's.
 */
export interface FirstPlan {
  text: string;
  /** The line with which another plan begins, from 1. */
  next?: number;
}

export function firstPlan(text: string): FirstPlan {
  const starts = beginnings
    .map((find) => find(text)[1])
    .filter((start): start is number => start !== undefined);
  if (starts.length === 0) return { text };
  const start = Math.min(...starts);
  const at = text.lastIndexOf('\n', start) + 1;
  return { text: text.slice(0, at), next: lineAt(text, start) };
}

/** Where plans begin, by one sign; the first two are enough. */
type Beginnings = (text: string) => readonly number[];

const signed =
  (sign: RegExp): Beginnings =>
  (text) =>
    firstTwo(text.matchAll(sign));

function firstTwo(
  found: Iterable<RegExpExecArray>,
  counts: (match: RegExpExecArray) => boolean = () => true,
): readonly number[] {
  const starts: number[] = [];
  for (const match of found) {
    if (starts.length === 2) break;
    if (counts(match)) starts.push(match.index);
  }
  return starts;
}

/** Of PostgreSQL, a step without an arrow; not the rest of a line that a mail has broken. */
const figures = String.raw`\((?:cost=[\d.]+\.\.[\d.]+ rows=\d+ width|actual (?:time|rows))=`;
const postgresRoot = new RegExp(String.raw`^[ \t]*[A-Z](?:(?!->)[^:\n]){0,400}${figures}`, 'gm');
const brokenStep = /->(?:(?!\((?:cost|actual)\b)[^\n])*\n\s*$/;
const longestLine = 1_000;

const postgresRoots: Beginnings = (text) =>
  firstTwo(
    text.matchAll(postgresRoot),
    ({ index }) => !brokenStep.test(text.slice(Math.max(0, index - longestLine), index)),
  );

/** Of MySQL, an arrow in the first one's column; there stand subqueries of the select list, too. */
const treeRoots: Beginnings = (text) =>
  /^\s*-> \S/.test(text) && !text.includes(' width=')
    ? firstTwo(text.matchAll(/^-> (?!Select #)/gm))
    : [];

const beginnings: readonly Beginnings[] = [
  signed(/duration: [\d.]+ ms\s+plan:/g),
  signed(/^[ \t|│]*QUERY PLAN[ \t|│]*\r?$/gm),
  signed(/^[ \t|]*EXPLAIN[ \t|]*\r?\n(?=[+-])/gm),
  signed(/^\*+ 1\. row \*+\r?$/gm),
  signed(/[|\t] *select_type *[|\t]/g),
  postgresRoots,
  treeRoots,
];
