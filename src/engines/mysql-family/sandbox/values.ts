import { quote } from '../../../dialects/mysql-family/sql.ts';
import type { ColumnFacts, TableFacts } from '../../../model/statistics.ts';
import type { Blank } from './blanks.ts';

/**
 * Values of a sandbox's own rows, as they are written in a text for it, and nowhere else: from all
 * over a table, so that a share of them is about that share of it.
 */
export interface Sample {
  /** In the order of the rows; no NULLs. */
  rows: readonly string[];
  ascending: readonly string[];
  /** Each value once, the rarest first. */
  values: readonly Shared[];
  /** With NULLs. */
  total: number;
  /** Written without quotes. */
  numeric: boolean;
}

interface Shared {
  value: string;
  /** Of the rows, 0..1. */
  share: number;
}

const rowsOfEachEnd = 500;
const slices = 20;
const rowsOfSlice = 50;
/** Longer ones differ in their first letters, too. */
const letters = 255;

/** The first and the last key of a table that is in the order of an integer. */
export function endsSql(table: TableFacts): string | undefined {
  const [first] = keysOf(table);
  const type = table.columns?.find(({ name }) => name === first)?.type ?? '';
  if (first === undefined || !integers.test(type.toLowerCase())) return undefined;
  const key = quote(first);
  return `SELECT MIN(${key}) AS first, MAX(${key}) AS last FROM ${placeOf(table)}`;
}

/** Keys between them, so that what lies between is looked at, too. */
export function startsBetween(first: string, last: string): string[] {
  const [low, high] = [BigInt(first), BigInt(last)];
  const step = (high - low) / BigInt(slices + 1);
  return step < 1n
    ? []
    : Array.from({ length: slices }, (_, i) => String(low + step * BigInt(i + 1)));
}

export function sampleSql(table: TableFacts, column: string, starts: readonly string[]): string {
  const value = `LEFT(${quote(column)}, ${letters}) AS v`;
  const from = `SELECT ${value} FROM ${placeOf(table)}`;
  const primary = keysOf(table);
  const [first] = primary;
  if (first === undefined) return `${from} LIMIT ${2 * rowsOfEachEnd + slices * rowsOfSlice}`;
  const part = (where: string, way: string, limit: number) =>
    `(${from}${where} ORDER BY ${primary.map((key) => `${quote(key)} ${way}`).join(', ')} ` +
    `LIMIT ${limit})`;
  const between = starts.map((start) =>
    part(` WHERE ${quote(first)} >= ${start}`, 'ASC', rowsOfSlice),
  );
  const [ends, middle] = starts.length > 0 ? [rowsOfSlice, between] : [2 * rowsOfEachEnd, []];
  return [part('', 'ASC', ends), ...middle, part('', 'DESC', ends)].join(' UNION ALL ');
}

const placeOf = ({ schema, name }: TableFacts): string => `${quote(schema)}.${quote(name)}`;
const keysOf = ({ indexes }: TableFacts): readonly string[] =>
  indexes.find((each) => each.name === 'PRIMARY')?.keys ?? [];

const integers = /^(?:tiny|small|medium|big)?int/;
const numbers =
  /^(?:(?:tiny|small|medium|big)?int|integer|decimal|numeric|float|double|real|year|bit)/;

export function sampleOf(values: readonly (string | null)[], column: ColumnFacts): Sample {
  const rows = values.filter((value) => value !== null);
  const numeric = numbers.test(column.type.toLowerCase());
  const order = numeric
    ? (a: string, b: string) => Number(a) - Number(b)
    : (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const shared = [...Map.groupBy(rows, (value) => value)]
    .map(([value, of]) => ({ value, share: of.length / values.length }))
    .toSorted((a, b) => a.share - b.share);
  const total = values.length;
  return { rows, ascending: rows.toSorted(order), values: shared, total, numeric };
}

/** How much of a table a text may ask for, from little to much. */
export const shares = [0.0001, 0.01, 0.1, 1 / 3, 0.9] as const;

/** A value as it is written, and the share of the rows that it leaves, where that is known. */
export interface Filling {
  value: string;
  share?: number;
}

const fewestRows = 20;
const daysAgo = [1, 7, 30, 90, 365] as const;

export interface Asked {
  /** Of a table. */
  share: number;
  /** Of the blanks of its column, so that a list has different values. */
  nth: number;
  /** Its column has a lower end, too. */
  between: boolean;
  /** Rows that come back of one call. */
  rows: number;
}

export function valueFor(blank: Blank, sample: Sample | undefined, asked: Asked): Filling {
  const { share, nth, between } = asked;
  switch (blank.kind) {
    case 'rows':
      return { value: String(Math.max(fewestRows, Math.ceil(asked.rows))) };
    case 'offset':
      return { value: '0' };
    case 'days': {
      const width = shares.findIndex((each) => each >= share);
      return { value: String(daysAgo[width < 0 ? daysAgo.length - 1 : width]) };
    }
    case 'any':
      return { value: '1' };
    case 'same':
      return written(sample, sample && oneOf(sample, share, nth));
    case 'above':
      return written(sample, sample && lowerEndOf(sample, share));
    case 'below':
      return written(sample, sample && endOf(sample, between ? 1 : share, between ? 1 : share));
    case 'like': {
      const prefix = sample && prefixOf(sample, share);
      return prefix
        ? { value: textOf(`${prefix.value}%`), share: prefix.share }
        : { value: "'a%'" };
    }
    default:
      return blank satisfies never;
  }
}

const nearer = (wanted: number, a: number, b: number): boolean =>
  Math.abs(Math.log(a / wanted)) < Math.abs(Math.log(b / wanted));

/** As common as wanted, as far as there is one; of a list the next ones. */
function oneOf({ values }: Sample, wanted: number, nth: number): Shared | undefined {
  if (values.length === 0) return undefined;
  const best = values.reduce(
    (found, { share }, i) => (nearer(wanted, share, (values[found] as Shared).share) ? i : found),
    0,
  );
  return values[(best + nth) % values.length];
}

function endOf({ ascending, total }: Sample, at: number, share: number): Shared | undefined {
  const value = ascending[Math.min(ascending.length - 1, Math.floor(at * ascending.length))];
  return value === undefined
    ? undefined
    : { value, share: share * (ascending.length / Math.max(1, total)) };
}

/** Below the last one: two ends that are one would be an equality. */
function lowerEndOf(sample: Sample, share: number): Shared | undefined {
  const found = endOf(sample, 1 - share, share);
  const last = sample.ascending.at(-1);
  if (!found || found.value !== last) return found;
  const value = sample.ascending.findLast((each) => each !== last) ?? last;
  return { ...found, value };
}

/** The beginning of a value that as many have as wanted. */
function prefixOf({ rows, total }: Sample, wanted: number): Shared | undefined {
  const text = rows[Math.floor(rows.length / 2)];
  if (!text) return undefined;
  let best: Shared | undefined;
  let rest = rows;
  for (let length = 1; length <= text.length; length += 1) {
    const value = text.slice(0, length);
    rest = rest.filter((each) => each.startsWith(value));
    const share = rest.length / total;
    if (!best || nearer(wanted, share, best.share)) best = { value, share };
    if (rest.length <= 1) break;
  }
  return best;
}

function written(sample: Sample | undefined, found: Shared | undefined): Filling {
  if (found === undefined) return { value: '1' };
  const { value, share } = found;
  const bare = sample?.numeric && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(value);
  return { value: bare ? value : textOf(value), share };
}

/** A backslash is a letter like any other in the mode that these texts have. */
const textOf = (value: string): string => `'${value.replaceAll("'", "''").replaceAll('\0', '')}'`;
