import type { Predicate } from '../model/plan.ts';
import { columnsOf } from './expression.ts';
import { tokenizeSpelled } from './spelled.ts';
import { nameOf, sqlTokens } from './sql-tokens.ts';
import type { Token } from './token.ts';

/**
 * Conditions of SQL Server and Oracle in the spelling of this project: `[shop].[dbo].[o].[id] as
 * [x].[id]=(1)` and `"X"."ID"=1` are `x.id = (?)` and `X.ID = ?`. Literals, parameters and comments
 * go; of a column, the name of its table stays.
 */
export function spell(text: string): string {
  const solid = sqlTokens(text.replaceAll(outerSide, '')).filter(
    ({ kind }) => kind !== 'space' && kind !== 'comment',
  );
  const out: string[] = [];
  let last = '';
  const put = (piece: string, tight: boolean) => {
    out.push(tight || last === '' || '(.'.includes(last) ? piece : ` ${piece}`);
    last = piece.at(-1) ?? last;
  };
  for (let at = 0; at < solid.length; ) {
    const path = pathAt(solid, at);
    if (path) {
      const renamed = solid[path.end]?.text.toLowerCase() === 'as' && path.parts.length > 2;
      const own = renamed ? pathAt(solid, path.end + 1) : undefined;
      const { parts, end } = own ?? path;
      // SQL Server puts parameters between brackets, too.
      put(parts.at(-1)?.startsWith('@') ? '?' : parts.slice(-2).map(plainName).join('.'), false);
      at = end;
      continue;
    }
    const token = solid[at] as Token;
    const before = solid[at - 1];
    const call = token.text === '(' && before?.kind === 'word' && !spaced.has(lower(before));
    put(isLiteral(token) ? '?' : token.text, call || [',', ')', '.'].includes(token.text));
    at += 1;
  }
  return out.join('');
}

export function spelledPredicate(text: string): Predicate {
  const spelled = spell(text);
  return { text: spelled, columns: columnsOf(tokenizeSpelled(spelled)) };
}

/** Oracle’s mark of the side that may be missing. */
const outerSide = /\(\+\)/g;

const literals = new Set(['string', 'number', 'param']);
const isLiteral = ({ kind }: Token) => literals.has(kind);
const lower = ({ text }: Token) => text.toLowerCase();

/** Words behind which a parenthesis is no call. */
const spaced = new Set(
  (
    'in and or not like between is any all exists then else when as top values select from ' +
    'where over join on by set into with using having'
  ).split(' '),
);

interface Path {
  parts: string[];
  end: number;
}

/** A name of several parts, or one between quotes; some may be empty: `db..t`. */
function pathAt(tokens: readonly Token[], start: number): Path | undefined {
  const first = tokens[start];
  if (first?.kind !== 'quoted' && !(first?.kind === 'word' && tokens[start + 1]?.text === '.'))
    return undefined;
  const parts = [nameOf(first)];
  let end = start + 1;
  while (tokens[end]?.text === '.') {
    const next = tokens[end + 1];
    if (next?.kind === 'quoted' || next?.kind === 'word') {
      parts.push(nameOf(next));
      end += 2;
    } else if (next?.text === '.') end += 1;
    else break;
  }
  return { parts, end };
}

/** The longest name that either of them has; more is none. */
const longestName = 128;

/** A name as this project writes it: plain where it is a plain word, else in double quotes. */
export const plainName = (name: string): string => {
  if (name.length === 0 || name.length > longestName) return '?';
  return /^[A-Za-z_#][A-Za-z0-9_$#]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
};
