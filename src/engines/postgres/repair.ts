import { type Token, tokenize } from '../../plans/sql-lexer.ts';
import type { ParamUse } from './names.ts';
import type { ParsedStatement } from './parse.ts';

/**
 * Texts of pg_stat_statements are not always ones that the server reads back: `interval $1`, `extract($1 FROM x)`, the squashed lists of 18. And a parameter's
 * type is lost: `id = 5.0` and `id = 5` are both `id = $1`, with other plans. All edits happen at the parameters' places; the rest of the text stays.
 */
export interface Template {
  /** Between the parameters, n+1 pieces. */
  pieces: string[];
  /** The parameter in each gap. */
  gaps: Gap[];
  /** Parameters after squashed lists have got a second member. */
  paramCount: number;
}

interface Gap {
  number: number;
  /** Second member of a list that PostgreSQL 18 squashed to one. */
  twin?: number;
  count: boolean;
  /** The type written before it: `interval $1`. */
  typed?: string;
  /** First argument of extract(): text, and a comma instead of FROM. */
  extract: boolean;
}

/** A type for each parameter number (1-based: index − 1); undefined leaves it to the server. */
export type Typing = readonly (string | undefined)[];

const literalTypes = new Set([
  'interval',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'numeric',
  'int4',
  'int8',
  'float8',
  'text',
  'bool',
  'boolean',
  'uuid',
  'inet',
  'json',
  'jsonb',
]);

export function makeTemplate(text: string, { params }: Pick<ParsedStatement, 'params'>): Template {
  const tokens = tokenize(text).filter(({ kind }) => kind !== 'space');
  const byPlace = new Map(tokens.map((token, i) => [token.at, i]));
  const highest = params.reduce((most, { number }) => Math.max(most, number), 0);
  let paramCount = highest;
  const gaps: (Gap & { from: number; to: number })[] = [];
  for (const param of distinctPlaces(params)) {
    const i = byPlace.get(param.at);
    if (i === undefined) continue; // a place the lexers disagree on is left as it stands
    const gap = describeGap(tokens, i, param, text);
    if (gap.squashed) paramCount += 1;
    gaps.push({
      number: param.number,
      count: param.count,
      extract: param.extractAt !== undefined,
      from: gap.from,
      to: gap.to,
      ...(gap.typed ? { typed: gap.typed } : {}),
      ...(gap.squashed ? { twin: paramCount } : {}),
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

function describeGap(tokens: readonly Token[], i: number, { extractAt }: ParamUse, text: string) {
  const token = tokens[i] as Token;
  const before = tokens[i - 1];
  const after = tokens[i + 1];
  const squashed = after?.kind === 'comment' && after.text === '/*, ... */';
  const typed = before?.kind === 'word' && literalTypes.has(before.text.toLowerCase()) ? before : undefined;
  let to = squashed ? after.at + after.text.length : token.at + token.text.length;
  if (extractAt !== undefined && after?.text.toLowerCase() === 'from') to = after.at + after.text.length;
  return { from: typed ? typed.at : token.at, to: Math.min(to, text.length), squashed, typed: typed?.text.toLowerCase() };
}

/** `extract(` → `pg_catalog.extract(`: as a name it takes plain arguments. */
function qualifyExtract(pieces: string[], gaps: readonly Gap[]): string[] {
  return pieces.map((piece, i) => (gaps[i]?.extract ? piece.replace(/\bextract(\s*\(\s*)$/i, 'pg_catalog.extract$1') : piece));
}

function render({ pieces, gaps }: Template, param: (number: number, gap: Gap) => string): string {
  let out = pieces[0] ?? '';
  for (const [i, gap] of gaps.entries()) {
    const members = [param(gap.number, gap), ...(gap.twin ? [param(gap.twin, gap)] : [])];
    out += `${members.join(', ')}${gap.extract ? ',' : ''}${pieces[i + 1] ?? ''}`;
  }
  return out;
}

const typeOf = (typing: Typing, number: number, gap: Gap): string | undefined =>
  gap.typed ?? (gap.extract ? 'text' : typing[(gap.twin === number ? gap.number : number) - 1]);

/** With `$n`, cast where a type is known. */
export const withParams = (template: Template, typing: Typing): string =>
  render(template, (number, gap) => {
    const type = typeOf(typing, number, gap);
    return type ? `$${number}::${type}` : `$${number}`;
  });

/**
 * With typed NULLs instead of what were literals: the server identifies statements by the types of their constants. It numbers the literals after the
 * real parameters, so `$1` to `$real` stay. Undefined where a type is not known.
 */
export function withConstants(template: Template, { types, real }: Candidate): string | undefined {
  let complete = true;
  const text = render(template, (number, gap) => {
    if (gap.number <= real) return `$${gap.number}`;
    const type = typeOf(types, number, gap);
    if (!type) complete = false;
    return `NULL::${type}`;
  });
  return complete ? text : undefined;
}

const integers = new Set(['bigint', 'integer', 'smallint', 'int8', 'int4', 'int2']);
const probeLimit = 12;

export interface Candidate {
  types: string[];
  /** How many of the first parameters were parameters in the application, too. */
  real: number;
}

/**
 * The typings worth asking about, likeliest first. The server infers `bigint` for `id = $1`, where the application wrote the integer literal 5 (int4), or 5.0 (numeric);
 * a row count after LIMIT was an int4 literal nearly always. `habit`: so many parameters were the application's own in the statement before; programs are alike in that.
 */
export function candidateTypings(inferred: readonly string[], { gaps }: Template, habit = 0): Candidate[] {
  const counts = new Set(gaps.filter(({ count }) => count).map(({ number }) => number));
  const numeric = inferred.map(
    (type, i) => (integers.has(type) || type === 'numeric' || type === 'double precision') && !counts.has(i + 1),
  );
  const base = inferred.map((type, i) => (counts.has(i + 1) ? 'integer' : type));
  const all = (type: string) => base.map((each, i) => (numeric[i] ? type : each));
  const one = (at: number, type: string) => all('integer').map((each, i) => (i === at ? type : each));
  const places = base.flatMap((_, i) => (numeric[i] ? [i] : []));
  const literal = (types: string[]): Candidate => ({ types, real: 0 });
  const highest = gaps.reduce((most, { number }) => Math.max(most, number), 0);
  const mixed = Array.from({ length: Math.max(0, highest - 1) }, (_, i): Candidate => {
    const real = highest - 1 - i;
    return { types: all('integer').map((type, at) => (at < real ? (inferred[at] as string) : type)), real };
  });
  const rest = [all('numeric'), ...places.map((at) => one(at, 'numeric')), ...places.map((at) => one(at, 'bigint'))];
  const untyped = all('integer').map((type) => (type === 'text' ? 'integer' : type)); // `SELECT 1` infers text
  const alike = mixed.filter(({ real }) => real === habit);
  const candidates = [...alike, ...[all('integer'), base, [...inferred], untyped].map(literal), ...mixed.slice(0, 4), ...rest.map(literal)];
  const distinct = new Map(candidates.map((candidate) => [`${candidate.real} ${candidate.types.join()}`, candidate]));
  return [...distinct.values()].slice(0, probeLimit);
}

/** Types to try, in turn, for a parameter that the server cannot type. */
export const fallbackTypes = ['integer', 'text', 'timestamptz', 'interval', 'numeric', 'date'] as const;

/** The first parameter at or after the place where the server stopped, whose type is still open. */
export function openParam({ gaps, pieces }: Template, typing: Typing, position: number | undefined): number | undefined {
  const open = gaps.filter((gap) => !gap.typed && !gap.extract && typing[gap.number - 1] === undefined);
  if (position === undefined) return open[0]?.number;
  let at = 0;
  for (const [i, gap] of gaps.entries()) {
    at += (pieces[i] ?? '').length;
    if (at >= position && open.includes(gap)) return gap.number;
    at += `$${gap.number}`.length;
  }
  return open[0]?.number;
}
