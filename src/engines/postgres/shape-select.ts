import { randomCalls } from '../../dialects/random-calls.ts';
import type { NamedColumn, OrderKey, QueryShape } from '../../model/query-shape.ts';
import { type AstNode, type Kinded, nameParts, nodesOf } from './ast.ts';
import { kindOf, listIn, namedColumn } from './shape-columns.ts';

/** What a SELECT says of itself besides its conditions: lists, order, groups. */

/** A UNION nests its parts without naming their kind. */
export function partsOf(select: AstNode): AstNode[] {
  const parts: AstNode[] = [];
  const stack = [select];
  for (let part = stack.pop(); part; part = stack.pop()) {
    parts.push(part);
    for (const side of ['rarg', 'larg']) if (part[side]) stack.push(part[side] as AstNode);
  }
  return parts;
}

export const targetsOf = (select: AstNode): AstNode[] =>
  listIn(select, 'targetList').map((each) => each['ResTarget'] as AstNode);

export const isStar = (target: AstNode): boolean => {
  const [kind, node] = kindOf(target['val'] as AstNode | undefined);
  return kind === 'ColumnRef' && nameParts(node['fields']).at(-1) === '*';
};

/** A UNION has the columns of its first part. */
export function firstPart(select: AstNode): AstNode {
  let first = select;
  for (let next = first['larg']; next; next = first['larg']) first = next as AstNode;
  return first;
}

/** A key, or what it names in the list, calls such a function somewhere. */
export function isShuffled(select: AstNode): boolean {
  const outputs = outputsOf(firstPart(select));
  return (
    select['limitCount'] !== undefined &&
    listIn(select, 'sortClause').some((each) => {
      const key = each['SortBy'] as AstNode;
      const meant = outputNamed(outputs, key['node'] as AstNode, 'output first');
      return nodesOf(meant).some(
        ({ kind, node }) =>
          kind === 'FuncCall' && randomCalls.has(nameParts(node['funcname']).at(-1) ?? ''),
      );
    })
  );
}

export function orderBy(select: AstNode): OrderKey[] | undefined {
  const keys = listIn(select, 'sortClause');
  if (keys.length === 0) return undefined;
  const outputs = outputsOf(firstPart(select));
  return keys.map((each): OrderKey => {
    const key = each['SortBy'] as AstNode;
    const descending = key['sortby_dir'] === 'SORTBY_DESC' ? { descending: true as const } : {};
    const meant = outputNamed(outputs, key['node'] as AstNode, 'output first');
    const [kind, node] = kindOf(meant);
    const column = kind === 'ColumnRef' ? namedColumn(node) : undefined;
    const called = kind === 'FuncCall' ? (nameParts(node['funcname']).at(-1) ?? '') : '';
    return { ...(column ?? { expression: called }), ...descending };
  });
}

/** Undefined where one of them is no column. */
export function groupBy(select: AstNode): NamedColumn[] | undefined {
  const keys = listIn(select, 'groupClause');
  const outputs = outputsOf(select);
  const columns = keys.flatMap((key) => {
    const [kind, node] = kindOf(outputNamed(outputs, key, 'input first'));
    return (kind === 'ColumnRef' && namedColumn(node)) || [];
  });
  return keys.length > 0 && columns.length === keys.length ? columns : undefined;
}

interface Outputs {
  targets: readonly AstNode[];
  /** Of several with one name, the first. */
  named: ReadonlyMap<unknown, AstNode>;
}

function outputsOf(select: AstNode): Outputs {
  const targets = targetsOf(select);
  const named = new Map<unknown, AstNode>();
  for (const each of targets)
    if (each['name'] !== undefined && !named.has(each['name'])) named.set(each['name'], each);
  return { targets, named };
}

/**
 * `ORDER BY 2`, or by the name that a column of the result is given: an ORDER BY asks these first,
 * a GROUP BY the tables.
 */
function outputNamed(
  outputs: Outputs,
  key: AstNode,
  means: 'output first' | 'input first',
): AstNode {
  const [kind, node] = kindOf(key);
  const place = kind === 'A_Const' ? (node['ival'] as AstNode | undefined)?.['ival'] : undefined;
  if (typeof place === 'number') return (outputs.targets[place - 1]?.['val'] as AstNode) ?? key;
  const named = kind === 'ColumnRef' ? namedColumn(node) : undefined;
  if (!named || named.qualifier) return key;
  const output = outputs.named.get(named.column)?.['val'] as AstNode | undefined;
  const computed = output !== undefined && kindOf(output)[0] !== 'ColumnRef';
  return output && (means === 'output first' || computed) ? output : key;
}

/** One of its conditions asks of columns, and calls nothing that could be an aggregate. */
export function plainHaving(select: AstNode): boolean {
  const [kind, node] = kindOf(select['havingClause'] as AstNode | undefined);
  const having = select['havingClause'];
  if (!having) return false;
  const conditions = kind === 'BoolExpr' && node['boolop'] === 'AND_EXPR' ? node['args'] : [having];
  return (conditions as AstNode[]).some((condition) => {
    const nodes = nodesOf(condition);
    const has = (wanted: Kinded['kind']) => nodes.some((each) => each.kind === wanted);
    return has('ColumnRef') && !has('FuncCall') && !has('SubLink');
  });
}

/** `count(*)` and `count(1)`; the constant is a parameter in the server's statistics. */
export function countsAll(select: AstNode): boolean {
  const [target, ...others] = targetsOf(select);
  if (!target || others.length > 0 || select['groupClause'] || select['havingClause']) return false;
  const [kind, call] = kindOf(target['val'] as AstNode | undefined);
  if (kind !== 'FuncCall' || nameParts(call['funcname']).at(-1) !== 'count') return false;
  if (call['agg_filter'] || call['over']) return false;
  const [argument] = listIn(call, 'args').map((each) => kindOf(each)[0]);
  return call['agg_star'] === true || argument === 'A_Const' || argument === 'ParamRef';
}

/** How often each is read; whether the text says that it is a fence. */
export function readExpressions(
  shape: Pick<QueryShape, 'relations'>,
  expressions: readonly AstNode[],
): Pick<QueryShape, 'ctes'> {
  if (expressions.length === 0) return {};
  const counts = new Map<string, number>();
  for (const { schema, name } of shape.relations)
    if (schema === undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  const ctes = expressions.map((each) => {
    const name = String(each['ctename']);
    const materialized = each['ctematerialized'] === 'CTEMaterializeAlways';
    const references = counts.get(name) ?? 0;
    return { name, ...(materialized ? { materialized: true as const } : {}), references };
  });
  return { ctes };
}

export function relationIn(node: AstNode): QueryShape['relations'][number] {
  const alias = (node['alias'] as AstNode | undefined)?.['aliasname'];
  return {
    ...(node['schemaname'] ? { schema: String(node['schemaname']) } : {}),
    name: String(node['relname']),
    ...(alias ? { alias: String(alias) } : {}),
  };
}
