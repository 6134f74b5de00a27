import { type DistinctPart, emptyShape, type QueryShape } from '../../model/query-shape.ts';
import type { AstNode } from './ast.ts';
import { kindOf, listIn, namedColumn } from './shape-columns.ts';
import { readCondition } from './shape-conditions.ts';
import { groupBy, partsOf, relationIn, targetsOf } from './shape-select.ts';

/**
 * What a SELECT DISTINCT lists, and each part of a UNION that removes duplicates: whether any can
 * come follows from the keys of the tables.
 */
/** Undefined where no duplicates are removed. */
export function distinctParts(root: AstNode): DistinctPart[] | undefined {
  const parts = partsOf(root);
  const united = parts.filter((part) => isOperation(part));
  const removes = ({ op, all }: AstNode) => op === 'SETOP_UNION' && !all;
  if (united.length > 0 ? !united.every(removes) : !isDistinct(root)) return undefined;
  return parts.filter((part) => !isOperation(part)).map(distinctPart);
}

const isOperation = ({ larg }: AstNode) => larg !== undefined;

/** `DISTINCT ON (…)` keeps one row of several, which is another thing. */
const isDistinct = (select: AstNode) =>
  listIn(select, 'distinctClause').length > 0 &&
  listIn(select, 'distinctClause').every((each) => Object.keys(each).length === 0);

function distinctPart(select: AstNode): DistinctPart {
  const targets = targetsOf(select).map(({ val }) => kindOf(val as AstNode | undefined));
  const columns = targets.flatMap(([kind, node]) =>
    kind === 'ColumnRef' ? (namedColumn(node) ?? []) : [],
  );
  const relations = relationsFrom(listIn(select, 'fromClause'));
  const grouping = listIn(select, 'groupClause').length > 0;
  const groups = groupBy(select);
  const lists = groups?.every(({ column }) => columns.some((each) => each.column === column));
  return {
    columns,
    constants: targets.flatMap(([kind, node], i) => (isConstant(kind, node) ? [i] : [])),
    ...(relations && !grouping ? { relations } : {}),
    ...asksOf(select),
    ...(lists ? { listsGroups: true as const } : {}),
  };
}

function asksOf({ whereClause }: AstNode): Pick<DistinctPart, 'asks'> {
  if (!whereClause) return {};
  const shape = emptyShape();
  readCondition(shape, whereClause);
  const asked = shape.comparisons.flatMap(({ column, with: other }) =>
    other === 'value' ? [column] : [],
  );
  return { asks: [...new Set(asked)] };
}

const isConstant = (kind: string, node: AstNode): boolean =>
  kind === 'A_Const' ||
  kind === 'ParamRef' ||
  (kind === 'TypeCast' && isConstant(...kindOf(node['arg'] as AstNode | undefined)));

/** Undefined where something else is among them: a query, a function. */
function relationsFrom(from: readonly AstNode[]): QueryShape['relations'] | undefined {
  const found = from.flatMap((each): (QueryShape['relations'][number] | undefined)[] => {
    const [kind, node] = kindOf(each);
    if (kind === 'RangeVar') return [relationIn(node)];
    if (kind !== 'JoinExpr') return [undefined];
    return relationsFrom([node['larg'] as AstNode, node['rarg'] as AstNode]) ?? [undefined];
  });
  const relations = found.filter((each) => each !== undefined);
  return relations.length === found.length ? relations : undefined;
}
