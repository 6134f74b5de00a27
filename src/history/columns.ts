import { AppError } from '../base/errors.ts';

/**
 * Columns of a row as a database driver gives it, read as what they must be. SQLite gives numbers
 * and text, PostgreSQL gives int8 as decimal text and JSON as values: either is understood.
 * Anything else throws AppError('internal'), which names the column and never quotes its value.
 */
export type Row = Readonly<Record<string, unknown>>;

const unreadable = (column: string) =>
  new AppError('internal', `the history holds something else than expected in ${column}`);

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw unreadable(column);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  const read = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof read === 'number' && !Number.isNaN(read)) return read;
  throw unreadable(column);
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw unreadable(column);
}

/** A word of a closed set; `otherwise` stands for those that another version knows. */
export function word<T extends string>(
  row: Row,
  column: string,
  words: readonly T[],
  otherwise?: T,
): T {
  const found = words.find((each) => each === row[column]) ?? otherwise;
  if (found !== undefined) return found;
  throw unreadable(column);
}

export function json<T>(row: Row, column: string, is: (value: unknown) => value is T): T {
  const value = row[column];
  const read: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  if (is(read)) return read;
  throw unreadable(column);
}

/** Undefined where the column is null. */
export const maybe = <T>(
  row: Row,
  column: string,
  read: (row: Row, column: string) => T,
): T | undefined =>
  row[column] === null || row[column] === undefined ? undefined : read(row, column);

/** The keys that have a value: an answer has no key for what is not known. */
export function known<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> };
export function known(all: object): object {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const listOf =
  <T>(is: (value: unknown) => value is T) =>
  (value: unknown): value is T[] =>
    Array.isArray(value) && value.every(is);
export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => typeof value === 'number';
