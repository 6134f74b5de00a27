import type { z } from 'zod';
import { AppError } from '../base/errors.ts';

/**
 * What our own queries answer, read with a check of each value: a server that lies, or a view that
 * stands in for a catalog, may answer anything, and a number that is none would go into every sum
 * that it meets. Columns come as the server's text.
 */
export type Row = Record<string, string | null>;

/** As servers write numbers: no spaces, no hexadecimals, nothing infinite. */
const numberPattern = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i;

/** Undefined where it is no finite number. */
export function numberOf(value: string | null | undefined): number | undefined {
  if (value == null || value.length > longestNumber || !numberPattern.test(value)) return undefined;
  const read = Number(value);
  return Number.isFinite(read) ? read : undefined;
}
/** A decimal column sums up to 65 digits and a point. */
const longestNumber = 100;

/**
 * A number that the cycle needs. Throws AppError(connection_failed): what answers is not what it
 * says it is.
 */
export function numberIn(row: Row | undefined, column: string): number {
  const read = numberOf(row?.[column]);
  if (read === undefined) throw makesNoSense(column);
  return read;
}

/** Counts and sizes: what is below nothing is no count. */
export function countIn(row: Row | undefined, column: string): number {
  const read = numberIn(row, column);
  if (read < 0) throw makesNoSense(column);
  return read;
}

/** Where the column is NULL, `otherwise`; what is neither NULL nor a number is refused. */
export const numberOr = <T>(row: Row | undefined, column: string, otherwise: T): number | T =>
  row?.[column] == null ? otherwise : numberIn(row, column);

/** The column is named, and not what it held, which may be anything. */
const makesNoSense = (column: string) =>
  new AppError(
    'connection_failed',
    `the server’s answer makes no sense: ${column} is no number that it could be`,
  );

/** Each row that can be read; how many could not. */
export function readRows<T>(
  rows: readonly Row[],
  read: (row: Row) => T,
): { read: T[]; unreadable: number } {
  let unreadable = 0;
  const good = rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unreadable += 1;
      return [];
    }
  });
  return { read: good, unreadable };
}

/**
 * A document that our own query made of a catalog, of the shape that it has there; NULL is
 * `otherwise`.
 */
export function jsonIn<T>(row: Row, column: string, schema: z.ZodType<T>, otherwise: T): T {
  const text = row[column];
  if (text == null) return otherwise;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError(
      'connection_failed',
      `the server’s answer makes no sense: ${column} is not what was asked for`,
      { cause },
    );
  }
}
