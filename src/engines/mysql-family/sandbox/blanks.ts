import { dictionary } from '../../../base/dictionary.ts';
import { tokenizeMysql } from '../../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../../dialects/token.ts';
import type { NamedColumn } from '../../../model/query-shape.ts';
import { bareColumn, rangeAfter, rangeBefore, signOf } from '../shape/operands.ts';
import { type Places, placesOf } from '../shape/places.ts';

/**
 * Where a text as the history keeps it has `?`, and what stood there: a value of which column, or a
 * number of rows. A text is put together again from its pieces with a value in each. Pure.
 */
export interface Blanks {
  /** One more than there are blanks. */
  pieces: string[];
  blanks: Blank[];
}

export type Blank =
  /** Compared with a column: the same, its lower or its upper end, a pattern. */
  | { kind: 'same' | 'above' | 'below' | 'like'; column: NamedColumn }
  | { kind: 'rows' | 'offset' | 'days' }
  /** Given to a function, selected, compared with no column. */
  | { kind: 'any' };

/** Names stand in double quotes there. */
export const historyFlags = { ansiQuotes: true, noBackslashEscapes: true };

/** What the servers shorten: as many as people often list. */
const whole = (text: string): string =>
  text.replaceAll('(...)', '(?, ?, ?)').replaceAll('?, ...', '?, ?');

export function blanksOf(shortened: string): Blanks {
  const text = whole(shortened);
  const solid = tokenizeMysql(text, historyFlags).filter(
    ({ kind }) => kind !== 'space' && kind !== 'comment',
  );
  const places = placesOf(solid);
  const found = solid.flatMap((token, i) => (token.kind === 'param' ? [i] : []));
  const starts = found.map((i) => (solid[i] as Token).at);
  return {
    pieces: [...starts, text.length].map((end, i) =>
      text.slice(i === 0 ? 0 : (starts[i - 1] as number) + 1, end),
    ),
    blanks: found.map((i) => blankAt(places, i)),
  };
}

export const filled = ({ pieces }: Blanks, values: readonly string[]): string =>
  pieces.map((piece, i) => (i === 0 ? piece : `${values[i - 1]}${piece}`)).join('');

function blankAt(places: Places, i: number): Blank {
  const { tokens, words, stretches } = places;
  if (words[i - 1] === 'interval') return { kind: 'days' };
  if (words[i - 1] === 'offset') return { kind: 'offset' };
  if (stretches[i]?.clause === 'limit')
    return { kind: tokens[i + 1]?.text === ',' ? 'offset' : 'rows' };
  return comparedBefore(places, i) ?? comparedBehind(places, i) ?? { kind: 'any' };
}

const kinds = dictionary<'same' | 'above' | 'below'>({
  '=': 'same',
  '<=>': 'same',
  '>': 'above',
  '>=': 'above',
  '<': 'below',
  '<=': 'below',
});
const turned = { same: 'same', above: 'below', below: 'above' } as const;

/** `column = ?`, `column LIKE ?`, `column BETWEEN ? AND ?`, `column IN (?, ?)`. */
function comparedBefore(places: Places, i: number): Blank | undefined {
  const { tokens, words } = places;
  const sign = kinds[signOf(tokens[i - 1]?.text)];
  if (sign) return columnBefore(places, i - 1, sign);
  if (words[i - 1] === 'like') return columnBefore(places, i - 1, 'like');
  if (words[i - 1] === 'between') return columnBefore(places, i - 1, 'above');
  if (words[i - 1] === 'and' && words[i - 3] === 'between')
    return columnBefore(places, i - 3, 'below');
  const open = opening(tokens, i);
  return words[open - 1] === 'in' ? columnBefore(places, open - 1, 'same') : undefined;
}

function columnBefore(
  places: Places,
  operator: number,
  kind: 'same' | 'above' | 'below' | 'like',
): Blank | undefined {
  const end = places.words[operator - 1] === 'not' ? operator - 1 : operator;
  const column = bareColumn(places, rangeBefore(places, end));
  return column && { kind, column };
}

/** `? < column`. */
function comparedBehind(places: Places, i: number): Blank | undefined {
  const sign = kinds[signOf(places.tokens[i + 1]?.text)];
  const column = sign && bareColumn(places, rangeAfter(places, i + 2));
  return column && { kind: turned[sign], column };
}

/** Of a list of values and nothing else. */
function opening(tokens: readonly Token[], i: number): number {
  let at = i - 1;
  while (tokens[at]?.text === ',' || tokens[at]?.kind === 'param') at -= 1;
  return tokens[at]?.text === '(' ? at : -1;
}
