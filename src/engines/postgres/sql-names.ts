/** Names as SQL writes them: as they are where that means the same, quoted where it would not. */
export const sqlName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : quotedName(name);

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A literal whatever `standard_conforming_strings` is. */
export const sqlLiteral = (text: string): string =>
  `${text.includes('\\') ? ' E' : ''}'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;

/** Within a comment of one line. */
export const inComment = (text: string): string => text.replace(/[\r\n]/g, ' ');

/** Words that are no names of roles, schemas or databases without quotes. */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check
  collate collation column concurrently constraint create cross current_catalog current_date
  current_role current_schema current_time current_timestamp current_user default deferrable
  desc distinct do else end except false fetch for foreign freeze from full grant group having
  ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural none not notnull null offset on only or order outer overlaps
  placing primary public references returning right select session_user similar some symmetric
  system_user table tablesample then to trailing true union unique user using variadic verbose
  when where window with`.split(/\s+/),
);
