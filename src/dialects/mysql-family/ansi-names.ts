import { isPairs, type Json, type Pairs } from '../json-pairs.ts';
import { mysqlIdentifier, tokenizeMysql } from './lexer.ts';

/**
 * Under ANSI_QUOTES the servers print `"orders"."id"` where they print backticks otherwise. Here
 * they become backticks, so that everything behind reads one spelling, and a plan has the same hash
 * under either mode. Literals are in single quotes in both.
 */
export const withBackticks = ({ pairs }: Pairs): Pairs => ({
  pairs: pairs.map(([key, value]) => [key, plainNames.has(key) ? value : convert(value)]),
});

/** Names as they are, without quotes. */
const plainNames = new Set([
  ...'table_name alias schema_name partitions'.split(' '),
  ...'key index_name possible_keys used_key_parts key_columns ref'.split(' '),
]);

function convert(value: Json): Json {
  if (Array.isArray(value)) return value.map(convert);
  if (isPairs(value)) return withBackticks(value);
  return typeof value === 'string' && value.includes('"') ? respelled(value) : value;
}

const respelled = (text: string): string =>
  tokenizeMysql(text, { ansiQuotes: true, ofPlan: true })
    .map((token) =>
      token.kind === 'quoted' && token.text.startsWith('"')
        ? `\`${mysqlIdentifier(token).replaceAll('`', '``')}\``
        : token.text,
    )
    .join('');
