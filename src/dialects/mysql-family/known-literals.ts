import { literalWord } from '../hide-literals.ts';
import { type LexerFlags, tokenizeMysql } from './lexer.ts';

/**
 * MySQL and MariaDB name a column without a name after the text it is made of: `SELECT 'x' …` has a
 * column `x`, and plans print names. What stands in a literal of the statement and nowhere else in
 * it is no name, wherever in a plan it turns up.
 */

/** Words that the servers write into conditions themselves. */
const ownWords = (
  'and or xor not null is in as on by asc desc like between case when then else end if true ' +
  'false exists cache trigcond isnull convert cast using char binary interval collate escape ' +
  'double decimal signed unsigned datetime date time json subquery select from materialize ' +
  'in_optimizer found_match is_not_null_compl ref_null_helper primary_index_lookup index_lookup ' +
  'auto_key auto_distinct_key derived union intersect except temporary const func'
).split(' ');

/**
 * The words that may not be shown, in small letters. `names`: of the tables' indexes and columns.
 */
export function literalWords(
  sql: string,
  names: Iterable<string> = [],
  flags: LexerFlags = {},
): ReadonlySet<string> {
  const literal = new Set<string>();
  const open = new Set<string>(ownWords);
  for (const { kind, text } of tokenizeMysql(sql, flags)) {
    if (kind === 'comment') continue;
    addWords(text, kind === 'string' || kind === 'number' ? literal : open);
  }
  for (const name of names) addWords(name, open);
  return literal.difference(open);
}

function addWords(text: string, to: Set<string>): void {
  for (const [found] of text.matchAll(literalWord)) to.add(found.toLowerCase());
}
