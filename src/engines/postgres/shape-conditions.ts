import { dictionary } from '../../base/dictionary.ts';
import type { Comparison, NamedColumn, QueryShape } from '../../model/query-shape.ts';
import { type AstNode, nameParts } from './ast.ts';
import { type ColumnSide, kindOf, listIn, type Side, sideOf } from './shape-columns.ts';

/**
 * A condition (WHERE, ON, HAVING) → the comparisons that it is made of. What stands under a NOT is
 * none that an index could answer, but for a bare column.
 */
type Conditions = Pick<QueryShape, 'comparisons' | 'notIn' | 'orAcrossTables'>;

interface Part {
  node: AstNode;
  negated: boolean;
  /** The outermost OR that it is a branch of. */
  within?: Tables | undefined;
}

/** Of which tables the branches of an OR ask, by qualifier. */
type Tables = Set<string>;
/** A branch that asks a query of its own. */
const query = '(SELECT)';

export function readCondition(shape: Conditions, root: unknown): void {
  if (root === null || typeof root !== 'object') return;
  const stack: Part[] = [{ node: root as AstNode, negated: false }];
  for (let part = stack.pop(); part; part = stack.pop()) {
    const { negated, within } = part;
    const [kind, node] = kindOf(part.node);
    if (kind === 'BoolExpr') {
      const or = node['boolop'] === 'OR_EXPR' ? (within ?? new Set<string>()) : within;
      const not = node['boolop'] === 'NOT_EXPR';
      const args = listIn(node, 'args');
      for (let i = args.length - 1; i >= 0; i -= 1)
        stack.push({ node: args[i] as AstNode, negated: not !== negated, within: or });
      continue;
    }
    if (kind === 'SubLink' && asksNotIn(node, negated)) shape.notIn = true;
    const found = comparisonsIn(kind, node, part.node, negated);
    for (const each of found) shape.comparisons.push(within ? { ...each, inOr: true } : each);
    if (within && askedTables(found, kind, within).size > 1) shape.orAcrossTables = true;
  }
}

/** Of a branch that compares with a value; one that joins asks of two tables, and may. */
function askedTables(found: readonly Comparison[], kind: string, tables: Tables): Tables {
  if (kind === 'SubLink') tables.add(query);
  for (const { qualifier, other } of found) if (qualifier && !other) tables.add(qualifier);
  return tables;
}

/** `x <> ALL (SELECT …)` is the same. */
function asksNotIn(node: AstNode, negated: boolean): boolean {
  const operator = nameParts(node['operName']).at(-1);
  return node['subLinkType'] === 'ANY_SUBLINK'
    ? negated && (operator === undefined || operator === '=')
    : node['subLinkType'] === 'ALL_SUBLINK' && !negated && operator === '<>';
}

function comparisonsIn(
  kind: string,
  node: AstNode,
  wrapper: AstNode,
  negated: boolean,
): Comparison[] {
  if (kind === 'ColumnRef') return asked(wrapper, negated ? 'is false' : 'is true');
  if (negated) return [];
  switch (kind) {
    case 'A_Expr':
      return operatorComparisons(node);
    case 'NullTest':
      return asked(node['arg'], words(node['nulltesttype']));
    case 'BooleanTest':
      return asked(node['arg'], words(node['booltesttype']));
    case 'SubLink': {
      const operator = nameParts(node['operName']).at(-1) ?? '=';
      return rowOf(node['testexpr']).flatMap((each) =>
        compared(sideOf(each), { kind: 'expression' }, operator),
      );
    }
    case 'FuncCall':
      return asked(wrapper, 'is true');
    default:
      return [];
  }
}

/** `IS_NOT_NULL` → `is not null`. */
const words = (constant: unknown): string => String(constant).toLowerCase().replaceAll('_', ' ');

const asked = (node: unknown, operator: string): Comparison[] =>
  compared(sideOf(node), { kind: 'value' }, operator);

/** What is said of a column whose value is an array that the operator goes through. */
const overElements = dictionary<string>({
  AEXPR_OP_ANY: ' any',
  AEXPR_OP_ALL: ' all',
});

function operatorComparisons(node: AstNode): Comparison[] {
  const operator = nameParts(node['name']).at(-1) ?? '';
  const [left, right] = [rowOf(node['lexpr']), rowOf(node['rexpr'])];
  if (left.length > 1 && left.length === right.length)
    return left.flatMap((each, i) => both(sideOf(each), sideOf(right[i]), operator, operator));
  const turned = operator + (overElements[String(node['kind'])] ?? '');
  return both(sideOf(node['lexpr']), sideOf(node['rexpr']), operator, turned);
}

const both = (left: Side, right: Side, operator: string, turned: string): Comparison[] => [
  ...compared(left, right, operator),
  ...compared(right, left, turned),
];

/** Of a document, what is taken out of it is told besides: that is what an index could hold. */
function compared(
  { column, extracted }: Side,
  { kind, column: opposite }: Side,
  operator: string,
): Comparison[] {
  if (!column) return [];
  const other = opposite ? { other: named(opposite) } : {};
  const whole: Comparison = { ...column, operator, with: kind, ...other };
  return extracted ? [whole, { ...named(column), operator: extracted, with: 'value' }] : [whole];
}

const named = ({ column, qualifier }: ColumnSide): NamedColumn =>
  qualifier ? { column, qualifier } : { column };

/** `(a, b)` → both. */
function rowOf(node: unknown): unknown[] {
  const [kind, row] = kindOf(node as AstNode | undefined);
  return kind === 'RowExpr' ? listIn(row, 'args') : [node];
}

/** `JOIN … USING (id)`: of both sides, which the text does not name. */
export const usingComparisons = (join: AstNode): Comparison[] =>
  nameParts(join['usingClause']).map((column) => ({
    column,
    operator: '=',
    with: 'column',
    other: { column },
  }));
