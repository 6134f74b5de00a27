import { dictionary } from '../../base/dictionary.ts';
import type { Token } from '../../dialects/token.ts';
import { type AstNode, characterOffsets, type Kinded, nodesOf } from './ast.ts';

/**
 * An expression that stands in the select list and again in GROUP BY, ORDER BY, DISTINCT ON or a
 * window is one expression to the server, and only one of the two is normalised: `SELECT
 * date_trunc($1, at) … GROUP BY date_trunc('day', at)`. With `$1` left open the two would differ;
 * the value that is still there goes into its place.
 */
const clauses = [
  'targetList',
  'groupClause',
  'sortClause',
  'distinctClause',
  'havingClause',
  'windowClause',
];

/** What 18 leaves of a list of constants, after its one parameter. */
export const squashedRest = '/*, ... */';

/**
 * Steps in all, so that a text of thousands of terms, or of nested ones, costs no more than any
 * other.
 */
const stepLimit = 50_000;
const depthLimit = 60;

type Value = number | string;

/**
 * By parameter number: the constant as written, which is a value of the application's and only for
 * what is sent to its own server; or the parameter that must be the same, where both places were
 * normalised.
 */
export type SharedValues = Map<number, string | number>;

export function sharedValues(
  nodes: readonly Kinded[],
  text: string,
  all: readonly Token[],
): SharedValues {
  const found: SharedValues = new Map();
  const selects = nodes.filter(({ kind, node }) => kind === 'SelectStmt' && comesAgain(node));
  if (selects.length === 0) return found;
  const tokens = all.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  if (!tokens.some(({ kind }) => kind === 'param')) return found;
  const squashes = all.some((token) => token.text === squashedRest);
  const walk = {
    left: stepLimit,
    list: listReader(text, squashes),
    constant: constantReader(text, tokens),
  };
  for (const { node } of selects) unifyWithin(node, walk, found);
  return found;
}

interface Walk {
  left: number;
  /** In texts where a list of constants may have become one parameter. */
  list(node: AstNode, key: string): Value | undefined;
  constant(node: AstNode): string | undefined;
}

/** Has it a clause in which an expression of another may stand again? */
const comesAgain = (select: AstNode): boolean => clauses.slice(1).some((name) => select[name]);

function unifyWithin(select: AstNode, walk: Walk, found: SharedValues): void {
  const bySkeleton = new Map<string, Place[]>();
  for (const name of clauses) {
    // Of selects within one another, each goes through all below it.
    if (walk.left <= 0) break;
    for (const { kind, node } of nodesOf(select[name] ?? [])) {
      if ((walk.left -= 1) <= 0) break;
      if (notExpressions.has(kind)) continue;
      const values: Value[] = [];
      const skeleton = skeletonOf(node, values, walk, 0);
      if (skeleton === undefined || values.length === 0) continue;
      const alike = bySkeleton.get(kind + skeleton);
      if (alike) alike.push({ clause: name, values });
      else bySkeleton.set(kind + skeleton, [{ clause: name, values }]);
    }
  }
  for (const alike of bySkeleton.values()) {
    const known = alike.filter(({ values }) => values.some((each) => typeof each === 'string'));
    const open = alike.filter(({ values }) => values.some((each) => typeof each === 'number'));
    // Two of a kind (`date_trunc('day', at), date_trunc('month', at)`) stand in the same order in
    // both places.
    if (known.length > 0)
      for (const [i, { values }] of open.entries())
        bind(values, (known[i] ?? known.at(-1))?.values ?? [], found);
    else {
      // Inside of a greater expression both were normalised: `to_char(date_trunc($1, at), $2) …
      // GROUP BY date_trunc($3, at)`.
      const first = open.filter(({ clause }) => clause === 'targetList');
      const grouped = open.filter(({ clause }) => clause === 'groupClause');
      for (const [i, { values }] of grouped.entries()) bind(values, first[i]?.values ?? [], found);
    }
  }
}

interface Place {
  clause: string;
  values: Value[];
}

const notExpressions = new Set([
  'SelectStmt',
  'List',
  'ParamRef',
  'A_Const',
  'ResTarget',
  'SortBy',
  'WindowDef',
  'GroupingSet',
]);

function bind(open: readonly Value[], known: readonly Value[], found: SharedValues): void {
  for (const [i, each] of open.entries()) {
    const value = known[i];
    if (typeof each === 'number' && value !== undefined && value !== each && !found.has(each))
      found.set(each, value);
  }
}

/**
 * The expression as text without places, with `#` for each parameter and constant; none where it is
 * too large.
 */
function skeletonOf(node: unknown, values: Value[], walk: Walk, depth: number): string | undefined {
  if (depth > depthLimit || (walk.left -= 1) <= 0) return undefined;
  if (node === null || typeof node !== 'object') return String(node);
  const param = (node as AstNode)['ParamRef'] as AstNode | undefined;
  const literal = (node as AstNode)['A_Const'] as AstNode | undefined;
  const value = param ? Number(param['number'] ?? 0) : literal && walk.constant(literal);
  if (value !== undefined) {
    values.push(value);
    return '#';
  }
  let out = '';
  for (const [key, each] of Object.entries(node)) {
    if (/location|list_(start|end)/.test(key)) continue;
    const list = walk.list(node as AstNode, key);
    if (list !== undefined) {
      values.push(list);
      out += `${key}:#,`;
      continue;
    }
    const part = skeletonOf(each, values, walk, depth + 1);
    if (part === undefined) return undefined;
    out += `${key}:${part},`;
  }
  return `{${out}}`;
}

/**
 * What stands in `IN (…)` or `ARRAY[…]`: the one parameter that is left of it, or its constants as
 * written.
 */
function listReader(text: string, squashes: boolean): Walk['list'] {
  const offset = characterOffsets(text);
  return (node, key) => {
    const start = squashes ? listStarts[key] : undefined;
    if (!start || typeof node[start] !== 'number') return undefined;
    const items =
      key === 'rexpr'
        ? ((node[key] as AstNode)['List'] as AstNode | undefined)?.['items']
        : node[key];
    const members = Array.isArray(items) ? (items as AstNode[]) : [];
    const param = members[0]?.['ParamRef'] as AstNode | undefined;
    if (param && members.length === 1) return Number(param['number'] ?? 0);
    if (members.length === 0 || !members.every(isConstant)) return undefined;
    return text.slice(
      offset(node[start]) + 1,
      offset(Number(node[start.replace('start', 'end')] ?? 0)),
    );
  };
}

const listStarts = dictionary<string>({ rexpr: 'rexpr_list_start', elements: 'list_start' });

const isConstant = (node: AstNode): boolean =>
  node['A_Const'] !== undefined ||
  ((node['TypeCast'] as AstNode | undefined)?.['arg'] as AstNode | undefined)?.['A_Const'] !==
    undefined;

/** The constant as it stands in the text. */
function constantReader(text: string, tokens: readonly Token[]): Walk['constant'] {
  const offset = characterOffsets(text);
  const places = new Map(tokens.map((token, i) => [token.at, i]));
  return (node) => {
    const i =
      node['location'] === -1 ? undefined : places.get(offset(Number(node['location'] ?? 0)));
    const token = i === undefined ? undefined : tokens[i];
    if (i === undefined || !token) return undefined;
    return token.text === '-' ? `-${tokens[i + 1]?.text ?? ''}` : token.text;
  };
}
