import type { Product } from './sniff.ts';

/**
 * The table that EXPLAIN prints where no format is asked for → its rows, by the names of their
 * columns: in the client’s box, under \G, or between tabs. Undefined: the text is no such table.
 */
export type TableRow = Readonly<Record<string, string | undefined>>;

export function tableRows(text: string): TableRow[] | undefined {
  if (!text.includes('select_type')) return undefined;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const rows = boxed(lines) ?? vertical(lines) ?? tabbed(lines);
  return rows?.length && rows.every(isExplain) ? rows : undefined;
}

const isExplain = (row: TableRow) =>
  'select_type' in row && 'possible_keys' in row && 'type' in row && 'rows' in row;

function boxed(lines: readonly string[]): TableRow[] | undefined {
  const cells = lines.filter((line) => line.trimStart().startsWith('|')).map(cellsOf);
  const [header, ...rows] = cells;
  return header && rows.map((row) => named(header, row));
}
const cellsOf = (line: string) =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function tabbed([header = '', ...lines]: readonly string[]): TableRow[] | undefined {
  if (!header.includes('\t')) return undefined;
  const names = header.split('\t').map((name) => name.trim());
  return lines.filter((line) => line.includes('\t')).map((line) => named(names, line.split('\t')));
}

function vertical(lines: readonly string[]): TableRow[] | undefined {
  const rows: Record<string, string | undefined>[] = [];
  for (const line of lines) {
    if (/^\*+ \d+\. row \*+$/.test(line.trim())) rows.push({});
    const [, name, value = ''] = /^\s*(\w+):(?: (.*))?$/.exec(line) ?? [];
    const row = rows.at(-1);
    if (row && name) row[name] = valued(value);
  }
  return rows.length > 0 ? rows : undefined;
}

const named = (names: readonly string[], cells: readonly string[]): TableRow =>
  Object.fromEntries(names.map((name, i) => [name, valued(cells[i] ?? '')]));
const valued = (cell: string) => (/^(?:NULL|\\N|)$/.test(cell.trim()) ? undefined : cell.trim());

/** MySQL tells of partitions and of what is filtered in each row, MariaDB of neither. */
export function sniffRows(text: string, product: Product): number {
  const [row] = tableRows(text) ?? [];
  return row ? Number('partitions' in row === (product === 'mysql')) : 0;
}
