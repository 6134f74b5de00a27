import { emptyShape, type QueryShape } from '../../model/query-shape.ts';
import { type AstNode, type Kinded, nameParts } from './ast.ts';
import { aggregateIn, kindOf, listIn, namedColumn } from './shape-columns.ts';
import { readCondition, usingComparisons } from './shape-conditions.ts';
import { distinctParts } from './shape-distinct.ts';
import { readsOf } from './shape-reads.ts';
import {
  countsAll,
  firstPart,
  groupBy,
  isShuffled,
  isStar,
  orderBy,
  partsOf,
  plainHaving,
  readExpressions,
  relationIn,
  targetsOf,
} from './shape-select.ts';

/** The nodes of a syntax tree → the summary that rules read. Names and structure only. */
export function summarizeAst(
  kind: QueryShape['kind'],
  [first, ...others]: readonly Kinded[],
): QueryShape {
  const root = first?.node ?? {};
  const shape = emptyShape(kind === 'select' && root['valuesLists'] ? 'values' : kind);
  summarizeNode(shape, first?.kind ?? '', root);
  if (kind === 'select' && shape.kind === 'select') summarizeResult(shape, root);
  const locked = new Set<unknown>();
  const expressions: AstNode[] = [];
  for (const { kind: nodeKind, node } of others) {
    if (nodeKind === 'LockingClause')
      for (const each of listIn(node, 'lockedRels')) locked.add(each['RangeVar']);
    if (nodeKind === 'CommonTableExpr') expressions.push(node);
    if (!locked.has(node)) summarizeNode(shape, nodeKind, node);
  }
  shape.functions = [...new Set(shape.functions)];
  if (shape.sets) shape.sets = [...new Set(shape.sets)];
  const reads = shape.kind === 'select' && !shape.selectStar ? readsOf(others, shape) : undefined;
  return { ...shape, ...readExpressions(shape, expressions), ...(reads?.length ? { reads } : {}) };
}

function summarizeNode(shape: QueryShape, kind: string, node: AstNode): void {
  switch (kind) {
    case 'SelectStmt':
      addDistinct(shape, node);
      for (const part of partsOf(node)) summarizeSelect(shape, part);
      break;
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      if (node['relation']) addWritten(shape, relationIn(node['relation'] as AstNode));
      addWhere(shape, node);
      readCondition(shape, node['joinCondition']);
      if (kind === 'UpdateStmt') addSets(shape, node);
      break;
    case 'RangeVar':
      shape.relations.push(relationIn(node));
      break;
    case 'JoinExpr':
      shape.joins += 1;
      readCondition(shape, node['quals']);
      for (const each of usingComparisons(node)) shape.comparisons.push(each);
      break;
    case 'SubLink':
      shape.subqueries += 1;
      break;
    case 'FuncCall':
      addCall(shape, node);
      break;
  }
}

/** What only the outermost SELECT says: what is returned. */
function summarizeResult(shape: QueryShape, root: AstNode): void {
  const columns = targetsOf(firstPart(root)).length;
  if (columns > 0) shape.columns = columns;
  if (countsAll(root)) shape.countAll = true;
}

function summarizeSelect(shape: QueryShape, node: AstNode): void {
  shape.distinct ||= node['distinctClause'] !== undefined;
  shape.grouped ||= node['groupClause'] !== undefined;
  shape.ordered ||= node['sortClause'] !== undefined;
  shape.limit ||= node['limitCount'] !== undefined;
  shape.offset ||= node['limitOffset'] !== undefined;
  shape.locking ||= node['lockingClause'] !== undefined;
  shape.selectStar ||= targetsOf(node).some(isStar);
  const [order, groups] = [shape.orderBy ?? orderBy(node), shape.groupBy ?? groupBy(node)];
  if (order) shape.orderBy = order;
  if (groups) shape.groupBy = groups;
  if (node['op'] === 'SETOP_UNION' && !node['all']) shape.distinctUnion = true;
  if (isShuffled(node)) shape.randomOrder = true;
  if (plainHaving(node)) shape.plainHaving = true;
  addWhere(shape, node);
  readCondition(shape, node['havingClause']);
}

/** The first that is met: the outermost. */
function addDistinct(shape: QueryShape, node: AstNode): void {
  const parts = shape.distinctParts ?? distinctParts(node);
  if (parts) shape.distinctParts = parts;
}

function addWritten(shape: QueryShape, relation: QueryShape['relations'][number]): void {
  const { schema, name } = relation;
  shape.relations.push(relation);
  shape.writes ??= [];
  shape.writes.push({ ...(schema ? { schema } : {}), name });
}

function addSets(shape: QueryShape, node: AstNode): void {
  const names = targetsOf(node).map(({ name }) => String(name));
  shape.sets ??= [];
  for (const name of names) shape.sets.push(name);
}

function addWhere(shape: QueryShape, { whereClause }: AstNode): void {
  if (!whereClause) return;
  shape.filtered = true;
  readCondition(shape, whereClause);
}

/** Of several the first. */
function addNumbered(shape: QueryShape, name: string, over: AstNode | undefined): void {
  if (name !== 'row_number' || !over) return;
  const groups = listIn(over, 'partitionClause').flatMap((each) => {
    const [kind, node] = kindOf(each);
    return (kind === 'ColumnRef' && namedColumn(node)) || [];
  });
  const keys = orderBy({ sortClause: over['orderClause'] } as AstNode);
  const whole = groups.length === listIn(over, 'partitionClause').length;
  if (whole && groups.length > 0 && keys) shape.numbered ??= { groups, orderBy: keys };
}

function addCall(shape: QueryShape, node: AstNode): void {
  const name = nameParts(node['funcname'])
    .filter((part) => part !== 'pg_catalog')
    .join('.');
  shape.functions.push(name);
  addNumbered(shape, name, node['over'] as AstNode | undefined);
  if (aggregateIn(node) === undefined) return;
  const [kind, argument] = kindOf(listIn(node, 'args')[0]);
  const column = kind === 'ColumnRef' ? namedColumn(argument) : undefined;
  shape.aggregates ??= [];
  shape.aggregates.push({ function: name, ...column });
}
