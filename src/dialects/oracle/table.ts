import { AppError } from '../../base/errors.ts';

/**
 * The table in what DBMS_XPLAN prints: lines of dashes, a header between bars, a row an operation.
 * What SQL*Plus has made of it is undone: spaces that became tabs, rows that were broken where its
 * line ended, and headings that it repeats on each page.
 */
export interface Row {
  /** As the line stands in the text. */
  line: string;
  id: number;
  /** Behind the mark `-`: of an adaptive plan, the part that was not run. */
  inactive: boolean;
  /** Blanks before the operation: how deep it is. */
  depth: number;
  operation: string;
  /** By the words of the header: `Name`, `E-Rows`, `Cost (%CPU)`. */
  cells: ReadonlyMap<string, string>;
}

export interface PlanTable {
  rows: Row[];
  columns: readonly string[];
  /** What stands before and behind it. */
  before: string[];
  after: string[];
  /** Rows between bars that are no operation. */
  strange: string[];
}

const header = /^\s*\|\s*Id\s*\|\s*Operation\b/;

/** Throws AppError('unparsable') where there is no such table, or more than one. */
export function readPlanTable(text: string): PlanTable {
  const lines = text.split('\n').map(withoutTabs);
  const first = lines.findIndex((line) => header.test(line));
  if (first < 0) throw new AppError('unparsable', 'no table of | Id | Operation | in the text');
  const broken = pieceCount(lines, first);
  const width = lines[first - broken]?.length ?? 0;
  const whole = (at: number) =>
    lines
      .slice(at, at + broken)
      .map((line, i) => (i < broken - 1 ? line.padEnd(width) : line))
      .join('');
  const head = whole(first);
  const columns = cellsOf(head).map((name) => name.trim().replaceAll(/\s+/g, ' '));
  const rows: Row[] = [];
  const strange: string[] = [];
  let at = first + broken;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (isFrame(line)) continue;
    if (!/^\s*\|/.test(line)) {
      if (rows.length === 0 || !continues(lines, at)) break;
      continue;
    }
    if (header.test(line)) {
      at += broken - 1;
      continue;
    }
    const row = readRow(whole(at), columns, line);
    if (row) rows.push(row);
    else strange.push(line);
    at += broken - 1;
  }
  if (rows.length === 0) throw new AppError('unparsable', 'the table of operations has no row');
  const after = lines.slice(at);
  return { rows, columns, before: lines.slice(0, first), after, strange };
}

/** A tab goes to the next column that is a multiple of eight. */
function withoutTabs(line: string): string {
  if (!line.includes('\t')) return line.trimEnd();
  const parts = line.split('\t');
  let out = parts[0] ?? '';
  for (const part of parts.slice(1)) out = out.padEnd(out.length + 8 - (out.length % 8)) + part;
  return out.trimEnd();
}

const dashes = /^\s*-+\s*$/;
/** Lines of dashes, those of a broken one, blank ones and headings of pages. */
const isFrame = (line: string) =>
  line.trim() === '' || dashes.test(line) || /^\s*PLAN_TABLE_OUTPUT\s*$/.test(line);

/** A page of SQL*Plus ended here, and the table goes on. */
const continues = (lines: readonly string[], at: number): boolean =>
  lines.slice(at, at + 4).some((line) => /^\s*\|/.test(line)) && isFrame(lines[at] ?? '');

/** Into how many lines each row is broken: as many as the dashes above the header. */
function pieceCount(lines: readonly string[], first: number): number {
  let count = 0;
  while (dashes.test(lines[first - 1 - count] ?? '')) count += 1;
  // Of a header in one line, the dashes below come at once.
  return count > 1 && !dashes.test(lines[first + 1] ?? '') ? count : 1;
}

const cellsOf = (row: string): string[] => {
  const start = row.indexOf('|');
  const end = row.lastIndexOf('|');
  return row.slice(start + 1, end > start ? end : undefined).split('|');
};

function readRow(text: string, columns: readonly string[], line: string): Row | undefined {
  const cells = cellsOf(text);
  const id = /^\s*([-*\s]*?)\s*(\d+)\s*$/.exec(cells[0] ?? '');
  const operation = cells[1] ?? '';
  if (!id || operation.trim() === '') return undefined;
  return {
    line,
    id: Number(id[2]),
    inactive: id[1]?.includes('-') === true,
    depth: operation.length - operation.trimStart().length,
    operation: operation.trim().replaceAll(/\s+/g, ' '),
    cells: new Map(columns.map((name, i) => [name, (cells[i] ?? '').trim()])),
  };
}
