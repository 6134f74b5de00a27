import { misread } from '../base/turning.ts';

/**
 * What people see: text on stdout, troubles and progress on stderr, colour only where a terminal is
 * and NO_COLOR is not set.
 */
const colours = { dim: 2, red: 31, green: 32, yellow: 33, bold: 1 } as const;
export type Colour = keyof typeof colours;

const codeOf = (number: number) => `\u001b[${number}m`;
const codesOfColours = [0, ...Object.values(colours)].map(codeOf);
const coloured = process.stdout.isTTY === true && !process.env['NO_COLOR'];

/**
 * What others wrote (reasons, names, messages) must not steer the terminal: control characters are
 * shown as what they are, but for line ends, tabs and our colours; nor must one name read as
 * another, since it turns what follows around or has signs that show as nothing.
 */
export function printable(text: string, mayColour = coloured): string {
  const isOurs = (at: number) =>
    mayColour && codesOfColours.some((code) => text.startsWith(code, at));
  return text.replace(steering, (found, at: number) => {
    if (isOurs(at)) return found;
    return found === '\r' && text[at + 1] === '\n'
      ? ''
      : found.replaceAll(/[^]/g, (unit) => codePointOf(unit.charCodeAt(0).toString(16)));
  });
}

const steering = new RegExp(String.raw`[^\P{Cc}\n\t]|${misread.source}`, 'gu');
const codePointOf = (hex: string) => (hex.length > 2 ? `\\u${hex}` : `\\x${hex.padStart(2, '0')}`);

/** What JSON leaves as it is, and `printable` would not write as JSON does. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll(
    /[\u007F-\u009F\u00AD]/g,
    (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
  );

export const terminal = {
  width: Math.max(80, process.stdout.columns ?? 170),
  /** Returns 0, the exit code of having said it. */
  out(text: string): 0 {
    process.stdout.write(printable(text.endsWith('\n') ? text : `${text}\n`));
    return 0;
  },
  err(text: string): void {
    process.stderr.write(printable(`${text}\n`));
  },
  json: (value: unknown): 0 => terminal.out(printableJson(value)),
  paint: (text: string, colour: Colour): string =>
    coloured ? `${codeOf(colours[colour])}${text}${codeOf(0)}` : text,
  /** A line that is overwritten by the next one; nothing where no terminal is. */
  progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  },
};

export interface Column<T> {
  title: string;
  value(row: T): string;
  align?: 'right';
  /** Gives way, down to this width, where the line would be too long. Earlier columns first. */
  least?: number;
  colour?(row: T): Colour | undefined;
}

/**
 * Columns as wide as their contents; those that may give way do when the line would be too long.
 */
export function renderTable<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width: number,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => value(row)));
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  for (const [i, { least }] of columns.entries()) {
    const excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
    if (least !== undefined && excess > 0) widths[i] = Math.max(least, (widths[i] ?? 0) - excess);
  }
  const fit = (text: string, i: number) => {
    const room = widths[i] ?? 0;
    const short = text.length > room ? `${text.slice(0, room - 1).replace(/[\s…]+$/, '')}…` : text;
    return columns[i]?.align === 'right' ? short.padStart(room) : short.padEnd(room);
  };
  const header = terminal.paint(
    columns
      .map(({ title }, i) => fit(title, i))
      .join('  ')
      .trimEnd(),
    'dim',
  );
  const body = cells.map((line, r) =>
    line
      .map((text, i) => {
        const colour = columns[i]?.colour?.(rows[r] as T);
        return colour ? terminal.paint(fit(text, i), colour) : fit(text, i);
      })
      .join('  ')
      .trimEnd(),
  );
  return [header, ...body].join('\n');
}
