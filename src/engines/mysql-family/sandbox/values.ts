import { quote } from '../../../dialects/mysql-family/sql.ts';
import type { ColumnFacts, TableFacts } from '../../../model/statistics.ts';
import type { Blank } from './blanks.ts';

/**
 * Values of a sandbox's own rows, as they are written in a text for it, and nowhere else: the rows
 * that came first and those that came last, so that what grows with time has both of its ends.
 */
export interface Sample {
  /** In the order of the rows; no NULLs. */
  rows: readonly string[];
  ascending: readonly string[];
  /** Written without quotes. */
  numeric: boolean;
}

const rowsOfEachEnd = 1_000;
/** Longer ones differ in their first letters, too. */
const letters = 255;

export function sampleSql({ schema, name, indexes }: TableFacts, column: string): string {
  const value = `LEFT(${quote(column)}, ${letters}) AS v`;
  const from = `SELECT ${value} FROM ${quote(schema)}.${quote(name)}`;
  const primary = indexes.find((each) => each.name === 'PRIMARY')?.keys ?? [];
  if (primary.length === 0) return `${from} LIMIT ${2 * rowsOfEachEnd}`;
  const end = (way: string) =>
    `(${from} ORDER BY ${primary.map((key) => `${quote(key)} ${way}`).join(', ')} ` +
    `LIMIT ${rowsOfEachEnd})`;
  return `${end('ASC')} UNION ALL ${end('DESC')}`;
}

const numbers =
  /^(?:(?:tiny|small|medium|big)?int|integer|decimal|numeric|float|double|real|year|bit)/;

export function sampleOf(values: readonly (string | null)[], column: ColumnFacts): Sample {
  const rows = values.filter((value) => value !== null);
  const numeric = numbers.test(column.type.toLowerCase());
  const order = numeric
    ? (a: string, b: string) => Number(a) - Number(b)
    : (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return { rows, ascending: rows.toSorted(order), numeric };
}

/** How much of a table a text asks for, from little to much: which one people ask is not known. */
export const widths = [0, 1, 2] as const;
export type Width = (typeof widths)[number];

const shares = [0.05, 0.3, 0.9] as const;
const rowsShown = 20;
const daysAgo = [1, 30, 365] as const;

/** `nth`: of the blanks of its column, so that a list has different values. */
export function valueFor(
  blank: Blank,
  sample: Sample | undefined,
  width: Width,
  nth: number,
): string {
  switch (blank.kind) {
    case 'rows':
      return String(rowsShown);
    case 'offset':
      return '0';
    case 'days':
      return String(daysAgo[width]);
    case 'any':
      return '1';
    case 'same':
      return written(sample, sample && at(sample.rows, shares[width] + nth / 7));
    case 'above':
      return written(sample, sample && at(sample.ascending, 1 - shares[width]));
    case 'below':
      return written(sample, sample && at(sample.ascending, belowOf(width)));
    case 'like': {
      const text = sample && at(sample.rows, shares[width]);
      return text === undefined ? "'a%'" : textOf(`${text.slice(0, prefixOf(width))}%`);
    }
    default:
      return blank satisfies never;
  }
}

/** The last value that is less: the upper end of all that is above `1 − share`. */
const belowOf = (width: Width): number => (width === 0 ? 0.999 : 1);
const prefixOf = (width: Width): number => [8, 4, 1][width] as number;

/** Round and round. */
const at = (list: readonly string[], share: number): string | undefined =>
  list[Math.min(list.length - 1, Math.floor((share > 1 ? share % 1 : share) * list.length))];

function written(sample: Sample | undefined, value: string | undefined): string {
  if (value === undefined) return '1';
  return sample?.numeric && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(value) ? value : textOf(value);
}

/** A backslash is a letter like any other in the mode that these texts have. */
const textOf = (value: string): string => `'${value.replaceAll("'", "''").replaceAll('\0', '')}'`;
