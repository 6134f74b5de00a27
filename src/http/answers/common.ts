import * as z from 'zod';

/** Words that answers share. What the API gives is checked against these before it leaves. */
/** As it is asked for: a whole number, and nothing after the year 9999, which histories keep. */
export const moment = z.coerce.number().int().min(0).max(253_402_300_799_999);
export const time = z.number().describe('Milliseconds since the epoch.');
export const name = z.string().max(253);
export const share = z.number().describe('0..1.');
/**
 * Reports are kept for months: a code in one may be of a version that knew more, or others, so
 * codes are words here and no closed set.
 */
export const code = z.string().describe('One of docs/error-codes.md.');
export const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

/**
 * Of the fields of a type that is ours: one that is left out here would be left out of every
 * answer, so the compiler asks for it.
 */
export type Fields<T> = Record<keyof T, z.ZodType>;

export const targetPath = z.object({ namespace: name, name });
export const page = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });

export const cursor = z.string().max(256).describe('`next` of the page before.').optional();

export const document = z.string().describe('The document itself.');
