import { mysqlIdentifier } from '../../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../../dialects/token.ts';
import type { QueryShape } from '../../../model/query-shape.ts';
import { isWord } from '../words.ts';
import { isName } from './words.ts';

/**
 * Every name that stands where a table could, whatever it turns out to be: for what must not be
 * overlooked. What a statement reads is told by `relations.ts`, which knows where a FROM ends and
 * what a WITH defines; here nothing is left out, and columns are among them. Each once.
 */
export const possibleTables = (tokens: readonly Token[]): QueryShape['relations'] => [
  ...new Map(namesIn(tokens).map((each) => [`${each.schema} ${each.name}`, each])).values(),
];

const namesIn = (tokens: readonly Token[]): QueryShape['relations'] =>
  tokens.flatMap((token, i) => {
    const first = token.text === '.' ? i + 1 : i; // `FROM .orders`
    const name = tokens[first];
    if (!isName(name) || !mayFollow(tokens, i)) return [];
    const second = tokens[first + 2];
    return tokens[first + 1]?.text === '.' && isName(second)
      ? [{ schema: mysqlIdentifier(name), name: mysqlIdentifier(second) }]
      : [{ name: mysqlIdentifier(name) }];
  });

/** Of ODBC's `{ OJ orders LEFT JOIN … }` MariaDB takes any word. */
const mayFollow = (tokens: readonly Token[], i: number): boolean =>
  tokens[i - 1]?.text === ',' ||
  tokens[i - 1]?.text === '(' ||
  tokens[i - 2]?.text === '{' ||
  isWord(tokens[i - 1], ...wordsBefore);

const wordsBefore = (
  'from,join,straight_join,update,into,table,using,insert,replace,delete,low_priority,' +
  'high_priority,delayed,quick,ignore'
).split(',');
