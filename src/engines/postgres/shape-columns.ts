import type { Comparison, NamedColumn, Wrapping } from '../../model/query-shape.ts';
import { type AstNode, nameParts } from './ast.ts';

/**
 * The column that an expression stands on, and what stands around it. Without recursion: a text of
 * 20,000 terms nests as deep.
 */
export type ColumnSide = Pick<
  Comparison,
  'column' | 'qualifier' | 'wrapped' | 'function' | 'sole' | 'cast'
>;

export interface Side {
  /** The first one of it; none in a query of its own, nor in an aggregate. */
  column?: ColumnSide;
  /** The operator that takes a part out of the document that the column holds. */
  extracted?: string;
  kind: Comparison['with'];
}

/** What stands around a column, from the inside out. */
interface Layer {
  kind: Wrapping;
  name: string;
  /** Nothing else is in it. */
  alone: boolean;
  within: Layer | undefined;
}

export function sideOf(root: unknown): Side {
  const stack: { node: unknown; layer: Layer | undefined }[] = [{ node: root, layer: undefined }];
  let queried = false;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, layer } = next;
    if (node === null || typeof node !== 'object') continue;
    if (Array.isArray(node)) {
      for (let i = node.length - 1; i >= 0; i -= 1) stack.push({ node: node[i], layer });
      continue;
    }
    const [kind, inner] = kindOf(node as AstNode);
    if (kind === 'SubLink') queried = true;
    if (kind === 'ColumnRef') {
      const column = namedColumn(inner);
      if (column) return sideWith(column, layer);
    }
    const found = below(kind, inner);
    for (let i = found.nodes.length - 1; i >= 0; i -= 1)
      stack.push({ node: found.nodes[i], layer: found.layer?.(layer) ?? layer });
  }
  return { kind: queried ? 'expression' : 'value' };
}

const extractors = new Set(['->', '->>', '#>', '#>>']);

function sideWith(column: NamedColumn, innermost: Layer | undefined): Side {
  const layers: Layer[] = [];
  for (let each = innermost; each; each = each.within) layers.push(each);
  const extracted = layers.findLast(({ name }) => extractors.has(name))?.name;
  return {
    column: { ...column, ...around(layers.reverse()) },
    ...(extracted ? { extracted } : {}),
    kind: layers.length > 0 ? 'expression' : 'column',
  };
}

/** `{ ColumnRef: { … } }` → its kind and what is in it. */
export function kindOf(wrapper: AstNode | undefined): [string, AstNode] {
  const [kind] = Object.keys(wrapper ?? {});
  return kind === undefined ? ['', {}] : [kind, (wrapper as AstNode)[kind] as AstNode];
}

export const listIn = (node: AstNode, field: string): AstNode[] =>
  (node[field] as AstNode[] | undefined) ?? [];

export function namedColumn(columnRef: AstNode): NamedColumn | undefined {
  const parts = nameParts(columnRef['fields']);
  const column = parts.at(-1);
  if (!column || column === '*') return undefined;
  const qualifier = parts.at(-2);
  return qualifier ? { column, qualifier } : { column };
}

interface Below {
  nodes: unknown[];
  layer?: (within: Layer | undefined) => Layer;
}

/** What an expression is made of. */
function below(kind: string, node: AstNode): Below {
  const wraps = (wrapping: Wrapping, name: string, alone: boolean, nodes: unknown[]): Below => ({
    nodes,
    layer: (within) => ({ kind: wrapping, name, alone, within }),
  });
  switch (kind) {
    case 'FuncCall':
      return callBelow(node, wraps);
    case 'TypeCast':
      return wraps('cast', castName(node), true, [node['arg']]);
    case 'A_Expr':
      return wraps(...operatorOf(node), false, [node['lexpr'], node['rexpr']]);
    case 'CoalesceExpr':
      return wraps('coalesce', 'coalesce', false, [node['args']]);
    case 'MinMaxExpr':
      return wraps('function', node['op'] === 'IS_LEAST' ? 'least' : 'greatest', false, [
        node['args'],
      ]);
    case 'CaseExpr':
      return wraps('case', 'case', false, [node['arg'], node['args'], node['defresult']]);
    case 'CaseWhen':
      return { nodes: [node['expr'], node['result']] };
    case 'CollateClause':
      return wraps('function', 'collate', false, [node['arg']]);
    case 'A_Indirection':
      return wraps('function', 'subscript', false, [node['arg']]);
    case 'NullTest':
    case 'BooleanTest':
      return wraps('function', 'is', false, [node['arg']]);
    case 'NamedArgExpr':
      return { nodes: [node['arg']] };
    case 'RowExpr':
    case 'BoolExpr':
      return { nodes: [node['args']] };
    case 'A_ArrayExpr':
      return wraps('function', 'array', false, [node['elements']]);
    case 'List':
      return { nodes: [node['items']] };
    default:
      return { nodes: [] };
  }
}

function callBelow(
  node: AstNode,
  wraps: (wrapping: Wrapping, name: string, alone: boolean, nodes: unknown[]) => Below,
): Below {
  if (aggregateIn(node) !== undefined) return { nodes: [] };
  const parts = nameParts(node['funcname']);
  const args = listIn(node, 'args');
  const known = parts.length === 1 || parts[0] === 'pg_catalog';
  return wraps('function', parts.at(-1) ?? '', known && args.length === 1, args);
}

const castName = (node: AstNode): string =>
  nameParts((node['typeName'] as AstNode | undefined)?.['names']).at(-1) ?? '';

const arithmetic = new Set(['+', '-', '*', '/', '%', '^', '&', '|', '#', '<<', '>>']);

/** `data ->> 'k'` is a call of that operator. */
function operatorOf(node: AstNode): [Wrapping, string] {
  if (node['kind'] === 'AEXPR_NULLIF') return ['function', 'nullif'];
  const name = nameParts(node['name']).at(-1) ?? '';
  if (name === '||') return ['concatenation', name];
  return arithmetic.has(name) ? ['arithmetic', name] : ['function', name];
}

/** The outermost that is not a cast names it: a cast around a call changes nothing about it. */
function around(layers: readonly Layer[]): Omit<ColumnSide, 'column' | 'qualifier'> {
  if (layers.length === 0) return {};
  const cast = layers.find(({ kind }) => kind === 'cast');
  const others = layers.filter(({ kind }) => kind !== 'cast');
  const [first] = others;
  const call = others.find(({ kind }) => kind === 'function');
  const sole = call && others.length === 1 && call.alone;
  return {
    wrapped: first?.kind ?? 'cast',
    ...(call ? { function: call.name } : {}),
    ...(sole ? { sole: true as const } : {}),
    ...(cast ? { cast: cast.name } : {}),
  };
}

/** Which of the server's own aggregates is called; those of others cannot be told by their name. */
export function aggregateIn(call: AstNode): string | undefined {
  if (call['over'] !== undefined) return undefined;
  const name = nameParts(call['funcname']).at(-1) ?? '';
  return aggregates.has(name) || call['agg_star'] || call['agg_within_group'] ? name : undefined;
}

const aggregates = new Set(
  (
    'count sum min max avg array_agg string_agg json_agg jsonb_agg json_object_agg ' +
    'jsonb_object_agg xmlagg bool_and bool_or every bit_and bit_or bit_xor stddev stddev_pop ' +
    'stddev_samp variance var_pop var_samp corr covar_pop covar_samp any_value range_agg ' +
    'regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy'
  ).split(' '),
);
