import type { RefusedText } from '../../worker/protocol.ts';

/** Why a text is not read: what was found, where, and what to do now. */
export interface Refusal {
  name: string;
  message: string;
  remedy: string;
  code?: string;
  /** Lines of the text around where reading ended. */
  excerpt: readonly ExcerptLine[];
}

export interface ExcerptLine {
  line: number;
  text: string;
  wrong: boolean;
}

const remedies: Partial<Record<RefusedText['code'], string>> = {
  unparsable:
    'Copy all of what EXPLAIN printed, from its first line to its last; how to get it is said ' +
    'beside. Frames of psql, of the MySQL client and of logs may stay around it.',
  too_large:
    'Take the plan out of what is around it. Where the plan itself is that large, ' +
    '`dbintel analyse` reads it on your machine.',
};
const otherwise = 'Reload the page; if it happens again, the text of this plan would help us.';

export function refusalOf(name: string, text: string, refused: RefusedText): Refusal {
  const { code, message, line } = refused;
  return {
    name,
    message: sentence(
      line === undefined || message.startsWith(`line ${line}`)
        ? message
        : `line ${line}: ${message}`,
    ),
    remedy: remedies[code] ?? otherwise,
    code,
    excerpt: line === undefined ? [] : excerptOf(text, line),
  };
}

/** Lines before and behind the one that is wrong. */
const around = 2;
/** Characters of a line. */
const width = 160;

export function excerptOf(text: string, wrong: number): ExcerptLine[] {
  const from = Math.max(1, wrong - around);
  const start = startOf(text, from);
  if (start === undefined) return [];
  const lines = text.slice(start, start + 1_048_576).split(/\r\n?|\n/);
  return lines.slice(0, wrong - from + around + 1).map((line, at) => ({
    line: from + at,
    text: line.length > width ? `${line.slice(0, width)}…` : line,
    wrong: from + at === wrong,
  }));
}

/** Where line `wanted` begins, from 1; without splitting all of what may be megabytes. */
function startOf(text: string, wanted: number): number | undefined {
  const end = /\r\n?|\n/g;
  for (let line = 1; line < wanted; line += 1) if (!end.test(text)) return undefined;
  return wanted === 1 ? 0 : end.lastIndex;
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
