import { mysqlIdentifier } from '../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { placesOf } from './shape/places.ts';
import { namedIn } from './shape/relations.ts';

type Relations = QueryShape['relations'];

/** Whose rows a write changes: not the first table of the text where several are joined. */
export function writtenTables(
  tokens: readonly Token[],
  kind: QueryShape['kind'],
): NonNullable<QueryShape['writes']> {
  const own = ownPart(tokens, kind);
  return writtenOf(own.tokens, kind, namedIn(placesOf(own.head), kind).relations).map(
    ({ schema, name }) => ({ ...(schema ? { schema } : {}), name }),
  );
}

/** Without its WITH; and what of it stands before its assignments or conditions. */
function ownPart(tokens: readonly Token[], kind: QueryShape['kind']) {
  const begin = outermost(tokens, new Set(kind === 'insert' ? ['insert', 'replace'] : [kind]));
  const own = tokens.slice(Math.max(0, begin));
  const end = outermost(own, ends);
  return { tokens: own, head: end < 0 ? own : own.slice(0, end) };
}
const ends = new Set(['set', 'where', 'order', 'limit', 'select', 'values', 'value']);

/** The first of these words that stands in no brackets. */
function outermost(tokens: readonly Token[], words: ReadonlySet<string>): number {
  let depth = 0;
  return tokens.findIndex(({ kind, text }) => {
    depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    return depth === 0 && kind === 'word' && words.has(text.toLowerCase());
  });
}

function writtenOf(
  tokens: readonly Token[],
  kind: QueryShape['kind'],
  relations: Relations,
): Relations {
  const [first] = relations;
  if (!first) return [];
  if (kind === 'insert') return [first];
  const names = kind === 'delete' ? deletedNames(tokens) : assignedNames(tokens);
  const found = relations.filter((relation) =>
    names.has((relation.alias ?? relation.name).toLowerCase()),
  );
  if (found.length) return found;
  // a column without its table: the server knows whose it is
  return relations.length === 1 ? [first] : [];
}

/**
 * `DELETE a, b.* FROM …`, `DELETE FROM a USING …`: the names up to FROM, or between FROM and USING.
 */
function deletedNames(tokens: readonly Token[]): Set<string> {
  const at = (word: string) =>
    tokens.findIndex((token) => token.kind === 'word' && token.text.toLowerCase() === word);
  const [start, from, using] = [at('delete'), at('from'), at('using')];
  const several = namesIn(tokens.slice(start + 1, from));
  if (several.size) return several;
  return using > from ? namesIn(tokens.slice(from + 1, using)) : new Set();
}

const modifiers = new Set(['low_priority', 'quick', 'ignore']);

/** The last part of each name; a `.*` behind it says nothing. */
function namesIn(tokens: readonly Token[]): Set<string> {
  const names = tokens.filter(
    (token, i) =>
      (token.kind === 'quoted' ||
        (token.kind === 'word' && !modifiers.has(token.text.toLowerCase()))) &&
      !(tokens[i + 1]?.text === '.' && tokens[i + 2]?.text !== '*'),
  );
  return new Set(names.map((token) => mysqlIdentifier(token).toLowerCase()));
}

/**
 * `SET a.x = 1, b.y = 2`: the qualifiers before `=` that stand at the beginning or behind a comma
 * of the list.
 */
function assignedNames(tokens: readonly Token[]): Set<string> {
  const set = tokens.findIndex(
    (token) => token.kind === 'word' && token.text.toLowerCase() === 'set',
  );
  const names = new Set<string>();
  let depth = 0;
  for (let i = set; i >= 0 && i < tokens.length; i += 1) {
    const { text, kind } = tokens[i] as Token;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (kind === 'word' && depth === 0 && /^(?:where|order|limit)$/i.test(text)) break;
    if (depth > 0 || (i !== set && text !== ',')) continue;
    const column = i + 1;
    // schema.table.column or table.column
    const parts: Token[] = [];
    for (let at = column; at < tokens.length; at += 2) {
      parts.push(tokens[at] as Token);
      if (tokens[at + 1]?.text !== '.') break;
    }
    const table = parts.at(-2);
    if (table) names.add(mysqlIdentifier(table).toLowerCase());
  }
  return names;
}
