import type { ParsedStatement } from './parse.ts';
import type { Question } from './transaction.ts';

/**
 * Whether a database's server reads the names of a text as our parser does, which is one of UTF-8.
 * Another encoding counts other bytes before a name is cut at 63 of them, and one of single bytes
 * folds capitals beyond ASCII as its locale does. What is checked under one name must not be found
 * by another.
 */
export interface NameEncoding {
  encoding: string;
  /** LC_CTYPE. */
  locale: string;
}

const nameEncodingSql = `SELECT pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
  d.datctype AS locale FROM pg_catalog.pg_database d
    WHERE d.datname = pg_catalog.current_database()`;

export const nameEncoding = (): Question<NameEncoding> => ({
  sql: nameEncodingSql,
  values: [],
  read: ([row]) => ({ encoding: row?.['encoding'] ?? '', locale: row?.['locale'] ?? '' }),
});

export const nameEncodingStatements = { nameEncodingSql };

const several = /^(?:UTF8|EUC_|MULE)/;
/** Locales in which no byte beyond ASCII is a letter by itself. */
const plain = /^(?:C|POSIX)$|utf-?8$/i;
const beyondAscii = /[^\0-\x7f]/;
/** Our parser cuts a name of more than 63 bytes where a character ends. */
const perhapsCut = 60;
/** A character of those encodings has up to 4 bytes, where in UTF-8 it may have 2. */
const certainlyWhole = 15;

/** The first name that may mean something else there. */
export function readOtherwise(
  { identifiers, sites, ctes }: Pick<ParsedStatement, 'identifiers' | 'sites' | 'ctes'>,
  schemas: readonly string[],
  { encoding, locale }: NameEncoding,
): string | undefined {
  if (encoding === 'UTF8') return undefined;
  const multibyte = several.test(encoding);
  const folds = !multibyte && !plain.test(locale);
  const written = sites.flatMap(({ schema, name }) =>
    schema === undefined ? [name] : [schema, name],
  );
  const differs = (name: string) =>
    beyondAscii.test(name) &&
    (Buffer.byteLength(name) >= perhapsCut ||
      (multibyte && [...name].length > certainlyWhole) ||
      (folds && (encoding === 'SQL_ASCII' || /\p{Lu}/u.test(name))));
  // Two codes of one of these encodings may be one character to us.
  return (
    [...identifiers, ...written, ...ctes].find(differs) ??
    (multibyte ? schemas.find((name) => beyondAscii.test(name)) : undefined)
  );
}
