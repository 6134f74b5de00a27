import { reservedWords } from '../../dialects/postgres/reserved-words.ts';

/** Names as SQL writes them: as they are where that means the same, quoted where it would not. */
export const sqlName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : quotedName(name);

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A literal whatever `standard_conforming_strings` is. */
export const sqlLiteral = (text: string): string =>
  `${text.includes('\\') ? ' E' : ''}'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;

/** What opens and ends a block that holds `text`, which must not end it. */
export function dollarsAround(text: string): string {
  if (!text.includes('$')) return '$$';
  let tag = '$dbintel$';
  for (let i = 1; text.includes(tag); i += 1) tag = `$dbintel_${i}$`;
  return tag;
}

/** Within a comment of one line. */
export const inComment = (text: string): string => text.replace(/[\r\n]/g, ' ');

/** Words that are no names of roles, schemas or databases without quotes. */
const reserved = new Set([...reservedWords, 'none', 'public']);

/**
 * Of a signal the server asks whose login it is that it ends; a role can have been taken on since
 * (ALTER ROLE … SET role). For this statement alone; CASE has an order.
 */
export const asLoggedIn = (call: string): string =>
  `CASE WHEN pg_catalog.set_config('role', 'none', true) = 'none' THEN ${call} END`;
