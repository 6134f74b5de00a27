import { tokenize } from '../../dialects/postgres/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import type { ParamUse } from './parameters.ts';
import type { ParsedStatement } from './parse.ts';
import { type SharedValues, squashedRest } from './shared-values.ts';

/**
 * Texts of pg_stat_statements are not always ones that the server reads back: `interval $1`,
 * `extract($1 FROM x)`, the squashed lists of 18. And a parameter's type is lost: `id = 5.0` and
 * `id = 5` are both `id = $1`, with other plans. All edits happen at the parameters' places; the
 * rest of the text stays.
 */
export interface Template {
  /** Between the parameters, n+1 pieces. */
  pieces: string[];
  /** The parameter in each gap. */
  gaps: Gap[];
  /** Parameters after squashed lists have got a second member. */
  paramCount: number;
}

export interface Gap {
  number: number;
  /** Second member of a list that PostgreSQL 18 squashed to one. */
  twin?: number;
  count: boolean;
  /** The type written before it: `interval $1`. */
  typed?: string;
  /** First argument of extract(): text, and a comma instead of FROM. */
  extract: boolean;
  /** Its value, where that still stands in another place of the text. */
  fixed?: string;
  /** Another place has the same value under another number. */
  again?: boolean;
  inside?: string;
  bare?: string;
}

/** A type for each parameter number (1-based: index − 1); undefined leaves it to the server. */
export type Typing = readonly (string | undefined)[];

type Parameters = Pick<ParsedStatement, 'params' | 'shared'>;

export function makeTemplate(
  text: string,
  { params, shared }: Parameters,
  all: readonly Token[] = tokenize(text),
): Template {
  if (params.length === 0) return { pieces: [text], gaps: [], paramCount: 0 };
  const tokens = all.filter(({ kind }) => kind !== 'space');
  const byPlace = new Map(tokens.map((token, i) => [token.at, i]));
  const places = distinctPlaces(params);
  const numbers = renumber(places, shared);
  let paramCount = numbers.values().reduce((most, each) => Math.max(most, each), 0);
  const twins = new Map<number, number>();
  const gaps: (Gap & { from: number; to: number })[] = [];
  for (const param of places) {
    const i = byPlace.get(param.at);
    if (i === undefined) continue; // a place the lexers disagree on is left as it stands
    const fixed = sharedText(param.number, shared);
    // `extract(year FROM x)` stays as it is: its word is no string.
    const extract = param.extractAt !== undefined && fixed === undefined;
    const { squashed, ...place } = describePlace(tokens, i, param, extract, text);
    const number = numbers.get(param.number) ?? 0;
    const twin =
      squashed && fixed === undefined ? (twins.get(number) ?? (paramCount += 1)) : undefined;
    if (twin !== undefined) twins.set(number, twin);
    gaps.push({
      number,
      count: param.count,
      extract,
      ...place,
      ...(typeof shared.get(param.number) === 'number' ? { again: true } : {}),
      ...(twin === undefined ? {} : { twin }),
      ...(fixed === undefined ? {} : { fixed }),
      ...(param.inside === undefined ? {} : { inside: param.inside }),
      ...(param.bare === undefined ? {} : { bare: param.bare }),
    });
  }
  const pieces: string[] = [];
  let at = 0;
  for (const { from, to } of gaps) {
    pieces.push(text.slice(at, from));
    at = to;
  }
  pieces.push(text.slice(at));
  return { pieces: qualifyExtract(pieces, gaps), gaps, paramCount };
}

const distinctPlaces = (params: readonly ParamUse[]) =>
  [...new Map(params.map((param) => [param.at, param])).values()].sort((a, b) => a.at - b.at);

const sharedText = (number: number, shared: SharedValues): string | undefined => {
  const value = shared.get(number);
  return typeof value === 'number' ? sharedText(value, shared) : value;
};

/**
 * Without those whose value is known or whose place is gone: the server wants a type for every
 * number below the highest.
 */
function renumber(params: readonly ParamUse[], shared: SharedValues): Map<number, number> {
  // Only those that stand in it: `$2147483647` is a parameter, too.
  const used = [...new Set(params.map(({ number }) => number))].sort((a, b) => a - b);
  const numbers = new Map<number, number>();
  let next = 0;
  for (const number of used) numbers.set(number, shared.has(number) ? 0 : (next += 1));
  for (const [number, same] of shared)
    if (typeof same === 'number') numbers.set(number, numbers.get(same) ?? 0);
  return numbers;
}

/**
 * What is replaced: the parameter, the type before it, the comment of a squashed list or the FROM
 * of extract() after it.
 */
function describePlace(
  tokens: readonly Token[],
  i: number,
  { typeAt }: ParamUse,
  extract: boolean,
  text: string,
) {
  const token = tokens[i] as Token;
  const after = tokens[i + 1];
  const squashed = after?.kind === 'comment' && after.text === squashedRest;
  let to = squashed ? after.at + after.text.length : token.at + token.text.length;
  if (extract && after?.text.toLowerCase() === 'from') to = after.at + after.text.length;
  const from = typeAt ?? token.at;
  return {
    from,
    to: Math.min(to, text.length),
    squashed,
    ...(typeAt === undefined ? {} : { typed: literalType(text.slice(from, token.at).trim()) }),
  };
}

/** In a cast, `char` and `bit` are of length one; before a literal they are of any. */
function literalType(written: string): string {
  if (/^(?:nchar|(?:national\s+)?char(?:acter)?)$/i.test(written)) return 'pg_catalog.bpchar';
  return /^bit$/i.test(written) ? 'pg_catalog."bit"' : written;
}

/** `extract(` → `pg_catalog.extract(`: as a name it takes plain arguments. */
function qualifyExtract(pieces: string[], gaps: readonly Gap[]): string[] {
  return pieces.map((piece, i) =>
    gaps[i]?.extract ? piece.replace(/\bextract(\s*\(\s*)$/i, 'pg_catalog.extract$1') : piece,
  );
}

function render({ pieces, gaps }: Template, param: (number: number, gap: Gap) => string): string {
  let out = pieces[0] ?? '';
  for (const [i, gap] of gaps.entries()) {
    const members = [
      gap.fixed === undefined ? param(gap.number, gap) : castTo(gap.fixed, gap.typed),
      ...(gap.twin ? [param(gap.twin, gap)] : []),
    ];
    const next = pieces[i + 1] ?? '';
    const value = members.join(', ');
    out += isKey.test(next) && value.includes('::') ? `(${value})` : value;
    out += `${gap.extract ? ',' : ''}${next}`;
  }
  return out;
}

/** `JSON_OBJECT($1 VALUE x)` takes no cast without parentheses. */
const isKey = /^\s+value\b/i;

const castTo = (value: string, type: string | undefined) => (type ? `${value}::${type}` : value);

const typeOf = (typing: Typing, number: number, gap: Gap): string | undefined =>
  gap.typed ?? (gap.extract ? 'text' : typing[(gap.twin === number ? gap.number : number) - 1]);

/** `OFFSET … ROWS` and FETCH take no expression without parentheses. */
const placed = (cast: string, { count }: Gap) =>
  count && cast.includes('::') ? `(${cast})` : cast;

/** With `$n`, cast where a type is known. No parameter can be of type unknown, as strings are. */
export const withParams = (template: Template, typing: Typing): string =>
  render(template, (number, gap) => {
    const type = typeOf(typing, number, gap);
    return placed(castTo(`$${number}`, type === 'unknown' ? 'text' : type), gap);
  });

export interface Candidate {
  /**
   * What kind of guess it is: which kinds are right is alike in the statements of one application.
   */
  kind: string;
  types: string[];
  /** How many of the first parameters were parameters in the application, too. */
  real: number;
}

/**
 * With typed NULLs instead of what were literals: the server identifies statements by the types of
 * their constants. It numbers the literals after the real parameters, so `$1` to `$real` stay.
 * Undefined where a type is not known.
 */
export function withConstants(template: Template, { types, real }: Candidate): string | undefined {
  let complete = true;
  const text = render(template, (number, gap) => {
    if (gap.number <= real) return `$${gap.number}`;
    const type = typeOf(types, number, gap);
    if (!type) complete = false;
    return placed(`NULL::${type}`, gap);
  });
  return complete ? text : undefined;
}

/** Lists whose length is not known: the plan is made for two members. */
export const isSquashed = ({ gaps }: Template): boolean =>
  gaps.some(({ twin }) => twin !== undefined);
