import { type Comparison, emptyShape, type QueryShape } from '../../model/query-shape.ts';
import { type AstNode, type Kinded, nameParts } from './ast.ts';

/** The nodes of a syntax tree → the summary that rules read. Names and structure only. */
export function summarizeAst(
  kind: QueryShape['kind'],
  [first, ...others]: readonly Kinded[],
): QueryShape {
  const root = first?.node ?? {};
  const shape = emptyShape(kind === 'select' && root['valuesLists'] ? 'values' : kind);
  if (root['relation']) summarizeNode(shape, 'RangeVar', root['relation'] as AstNode);
  if (kind === 'select') summarizeNode(shape, 'SelectStmt', root);
  const locked = new Set<unknown>();
  for (const { kind: nodeKind, node } of others) {
    if (nodeKind === 'LockingClause')
      for (const each of (node['lockedRels'] as AstNode[] | undefined) ?? [])
        locked.add(each['RangeVar']);
    if (!locked.has(node)) summarizeNode(shape, nodeKind, node);
  }
  shape.functions = [...new Set(shape.functions)];
  return shape;
}

function summarizeNode(shape: QueryShape, kind: string, node: AstNode): void {
  switch (kind) {
    case 'SelectStmt':
      shape.distinct ||= node['distinctClause'] !== undefined;
      shape.grouped ||= node['groupClause'] !== undefined;
      shape.ordered ||= node['sortClause'] !== undefined;
      shape.limit ||= node['limitCount'] !== undefined;
      shape.offset ||= node['limitOffset'] !== undefined;
      shape.locking ||= node['lockingClause'] !== undefined;
      shape.selectStar ||= ((node['targetList'] as AstNode[] | undefined) ?? []).some(isStar);
      break;
    case 'RangeVar': {
      const alias = (node['alias'] as AstNode | undefined)?.['aliasname'];
      shape.relations.push({
        ...(node['schemaname'] ? { schema: String(node['schemaname']) } : {}),
        name: String(node['relname']),
        ...(alias ? { alias: String(alias) } : {}),
      });
      break;
    }
    case 'JoinExpr':
      shape.joins += 1;
      break;
    case 'SubLink':
      shape.subqueries += 1;
      break;
    case 'FuncCall':
      shape.functions.push(
        nameParts(node['funcname'])
          .filter((part) => part !== 'pg_catalog')
          .join('.'),
      );
      break;
    case 'A_Expr': {
      const operator = nameParts(node['name']).at(-1) ?? '';
      for (const [side, other] of [
        ['lexpr', 'rexpr'],
        ['rexpr', 'lexpr'],
      ] as const) {
        const column = columnSide(node[side] as AstNode | undefined);
        if (column) shape.comparisons.push({ ...column, operator, with: otherSide(node[other]) });
      }
      break;
    }
  }
}

function isStar(target: AstNode): boolean {
  const value = (target['ResTarget'] as AstNode | undefined)?.['val'] as AstNode | undefined;
  return nameParts((value?.['ColumnRef'] as AstNode | undefined)?.['fields']).at(-1) === '*';
}

/** A column, bare, in one function, or under one cast. */
function columnSide(node: AstNode | undefined): Omit<Comparison, 'operator' | 'with'> | undefined {
  const call = node?.['FuncCall'] as AstNode | undefined;
  if (call) {
    const args = ((call['args'] as AstNode[] | undefined) ?? []).map(columnOf);
    const inner = args.find(Boolean);
    const name = nameParts(call['funcname']);
    const plain = args.length === 1 && (name.length === 1 || name[0] === 'pg_catalog');
    return (
      inner && { ...inner, function: name.at(-1) ?? '', ...(plain ? { sole: true as const } : {}) }
    );
  }
  const cast = node?.['TypeCast'] as AstNode | undefined;
  if (cast) {
    const inner = columnOf(cast['arg'] as AstNode | undefined);
    return (
      inner && {
        ...inner,
        cast: nameParts((cast['typeName'] as AstNode | undefined)?.['names']).at(-1) ?? '',
      }
    );
  }
  return columnOf(node);
}

function columnOf(node: AstNode | undefined): { column: string; qualifier?: string } | undefined {
  const parts = nameParts((node?.['ColumnRef'] as AstNode | undefined)?.['fields']);
  const column = parts.at(-1);
  if (!column || column === '*') return undefined;
  const qualifier = parts.at(-2);
  return qualifier ? { column, qualifier } : { column };
}

function otherSide(node: unknown): Comparison['with'] {
  if (typeof node !== 'object' || node === null) return 'expression';
  if (Array.isArray(node)) return 'value';
  if ('ColumnRef' in node) return 'column';
  if ('ParamRef' in node || 'A_Const' in node || 'List' in node || 'A_ArrayExpr' in node)
    return 'value';
  if ('TypeCast' in node) return otherSide(((node as AstNode)['TypeCast'] as AstNode)['arg']);
  return 'expression';
}
