import { dictionary } from '../base/dictionary.ts';
import { withoutMargins } from './margin.ts';

/**
 * A plan as people have it, in the frame of the client, the log or the mail that it was copied
 * from, → the plan as the server printed it. What has no frame comes back as it is.
 */
export function unframe(text: string): string {
  const plain = withoutMargins(text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n'));
  for (const peel of [ofLog, ofHtml, ofExpanded, ofRow, ofBox, ofBars, ofColumn, ofQuotes]) {
    const peeled = peel(plain);
    if (peeled !== undefined) return peeled;
  }
  return plain;
}

type Peel = (text: string) => string | undefined;

const logged = /duration: [\d.]+ ms\s+plan:[ \t]*\n/;

/** auto_explain: behind its first line, as far as the lines are indented by the log’s tab. */
const ofLog: Peel = (text) => {
  const start = logged.exec(text);
  if (!start) return undefined;
  const lines = text.slice(start.index + start[0].length).split('\n');
  if (!lines[0]?.startsWith('\t')) return upTo(lines, (line) => stamp.test(line)).join('\n');
  return upTo(lines, (line) => line !== '' && !line.startsWith('\t'))
    .map((line) => line.slice(1))
    .join('\n');
};
/** The time with which a server’s log begins a line. */
const stamp = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/;

const upTo = (lines: readonly string[], ends: (line: string) => boolean): string[] => {
  const end = lines.findIndex(ends);
  return lines.slice(0, end < 0 ? lines.length : end);
};

/** A table of one column, as `psql -H` and `mysql -H` print it. */
const ofHtml: Peel = (text) => {
  if (!/^\s*<table\b/i.test(text)) return undefined;
  const heads = text.match(/<th\b/gi)?.length ?? 0;
  const cells = [...text.matchAll(/<td\b[^<>]*>([^<]*(?:<br\b[^<]*)*)<\/td>/gi)];
  if (heads > 1 || cells.length === 0) return undefined;
  return cells.map(([, cell = '']) => inPlainText(cell)).join('\n');
};

const inPlainText = (html: string): string =>
  html
    .replaceAll(/<br\b[^<>]*>\n?/gi, '\n')
    .replaceAll(/&(#?\w+);/g, (all, name: string) => entities[name.toLowerCase()] ?? all);

const entities = dictionary({
  nbsp: ' ',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  apos: "'",
  amp: '&',
});

/** psql’s \x: `QUERY PLAN | Seq Scan …` behind `-[ RECORD 1 ]-`. */
const ofExpanded: Peel = (text) => {
  if (!/^[-─]+\[ RECORD \d+ \]/m.test(text)) return undefined;
  return text
    .split('\n')
    .filter((line) => !/^[-─]+\[ RECORD \d+ \]/.test(line))
    .map((line) => withoutPlus(line.replace(/^(?:QUERY PLAN)?\s*[|│] ?/, '')))
    .join('\n');
};

/** The MySQL client’s \G. */
const ofRow: Peel = (text) => {
  const start = /^\*+ 1\. row \*+\n\s*(?:EXPLAIN|ANALYZE): /m.exec(text);
  if (!start) return undefined;
  return withoutCount(text.slice(start.index + start[0].length));
};

/**
 * One cell between lines: psql with a border, where each line of it stands between bars, or the
 * MySQL client, where only the first and the last does.
 */
const ofBox: Peel = (text) => {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => rule.test(line));
  const second = lines.findIndex((line, i) => i > first && rule.test(line));
  const header = lines.slice(first + 1, second);
  if (first < 0 || second < 0 || !header.every((line) => oneCell.test(line))) return undefined;
  const cell = upTo(lines.slice(second + 1), (line) => rule.test(line));
  return cell
    .map((line) => withoutPlus(line.replace(/^\s*[|│] ?/, '').replace(/ ?[|│]\s*$/, '')))
    .join('\n');
};
const oneCell = /^\s*[|│][^|│]*[|│]\s*$/;
const rule = /^\s*[+┌├└][-─+┬┼┴]+[+┐┤┘]?\s*$/;

/** The rows of such a table without its lines, or of one in Markdown. */
const ofBars: Peel = (text) => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const rows = lines.filter(
    (line) => !/^\s*\|\s*(?::?-+:?|QUERY PLAN|EXPLAIN)\s*\|\s*$/.test(line),
  );
  if (rows.length < 2 || !lines.every((line) => bars.test(line) && !/ [|│] /.test(line)))
    return undefined;
  return outdented(rows.map((line) => line.trim().slice(1, -1).trimEnd()));
};
const bars = /^\s*[|│].*[|│]\s*$/;

/**
 * psql’s own, or mysql’s without a box: `QUERY PLAN` over a line, each row behind a blank, `(9
 * rows)` at the end.
 */
const ofColumn: Peel = (text) => {
  const start = /^[ \t]*(?:QUERY PLAN|EXPLAIN)[ \t]*\n(?:[-─]+[ \t]*\n)?/m.exec(text);
  if (!start) return undefined;
  const rows = withoutCount(text.slice(start.index + start[0].length));
  return ofQuotes(rows) ?? outdented(rows.split('\n').map(withoutPlus));
};

const outdented = (lines: string[]): string => {
  const all = lines.every((line) => line === '' || line.startsWith(' '));
  return lines.map((line) => (all ? line.slice(1) : line)).join('\n');
};

const withoutCount = (text: string): string =>
  text.replace(/\n[^\S\n]*(?:\(\d+ rows?\)|\d+ rows? in set\b[^\n]*)[\s\S]*$/, '\n');

/** psql’s sign that a cell goes on in the next line. */
const withoutPlus = (line: string): string =>
  line.endsWith('+') ? line.slice(0, -1).trimEnd() : line;

/** Out of a table, or CSV: each line, or the whole, between quotes that are doubled inside. */
const ofQuotes: Peel = (text) => {
  const trimmed = text.trim();
  if (trimmed.length < 2 || !trimmed.startsWith('"') || !trimmed.endsWith('"')) return undefined;
  const lines = trimmed.split('\n').map((line) => line.trimEnd());
  return lines.every((line) => /^".*"$/.test(line))
    ? lines.map(unquoted).join('\n')
    : unquoted(trimmed);
};
const unquoted = (text: string) => text.slice(1, -1).replaceAll('""', '"');
