import { aliasOf, type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { NamedColumn } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { type Condition, plainConditions } from './conditions.ts';
import { isLed } from './indexes.ts';
import { type RuleContext, readsAll, rowsRead, tableOf } from './rule.ts';
import { indexPays, isLarge, isRead, isSure } from './scans.ts';
import { shareBelow } from './shares.ts';

/**
 * Tables that a subquery copies as a whole, by every call, into a temporary table with a key of its
 * own, to look up a few values in it (MySQL): an index on the column itself needs no copy.
 */
export interface CopiedScan {
  /** What is looked up, and the table that is read for it. */
  copy: PlanNode;
  node: PlanNode;
  table: TableFacts;
  condition: Condition;
  /** What else the subquery asks of it by a value: in one index with what is looked up. */
  values: Condition[];
  saves: number;
}

export function copiedScansOf(plan: Plan, context: RuleContext): CopiedScan[] {
  if (!isSure(plan, context)) return [];
  const all = preorder(plan.root);
  const filters = all.flatMap(({ predicates }) => predicates.filter).map(({ text }) => text);
  return all.flatMap((copy) => {
    const [node, ...more] = copy.children;
    const table = node && more.length === 0 && isMade(copy, node) && tableOf(node, context);
    if (!table || !readsAll(node, table, plan)) return [];
    const printed = filters.flatMap((text) => lookedUp(text, table));
    const inside = new Set(preorder(copy));
    const around = all.filter((each) => !inside.has(each) && tableOf(each, context));
    const said = printed.length > 0 ? printed : joinedTo(node, around, context);
    const [condition, ...others] = said;
    if (!condition || others.some(({ column }) => column !== condition.column)) return [];
    if (isLed(table.indexes, { conditions: [condition] })) return [];
    const found = all
      .filter((each) => each !== node && tableOf(each, context))
      .reduce((sum, each) => sum + rowsRead(each), 0);
    const scan = { rows: table.rows, pages: table.pages, nodes: [node], saves: shareBelow(copy) };
    // Rows that were read for a copy are counted of a join’s alone.
    const seen = copy.parentRelation === 'subplan' || isRead(scan, context);
    // For many rows the planner would make a copy again.
    const few = printed.length > 0 || around.every(({ est }) => est.rows <= table.rows * fewAround);
    const pays = few && indexPays(scan, found) && seen && isLarge(scan, context);
    const values = plainConditions(node, node.predicates.filter, table).filter(
      ({ single, other, column }) => single && !other && column !== condition.column,
    );
    return pays ? [{ copy, node, table, condition, values, saves: scan.saves }] : [];
  });
}

const fewAround = 0.05;

/** Where the plan does not say by which column, the statement does: of a semi-join or anti-join. */
function joinedTo(node: PlanNode, around: readonly PlanNode[], context: RuleContext): Condition[] {
  const isOf = (each: PlanNode, { column, qualifier }: NamedColumn) =>
    (qualifier === undefined || qualifier === aliasOf(each)) &&
    tableOf(each, context)?.columns?.some(({ name }) => name === column) === true;
  return (context.shape?.comparisons ?? []).flatMap((each): Condition[] => {
    const { operator, other, listed, wrapped } = each;
    const isList = operator === 'in' || operator === 'not in';
    const mine = isList ? listed : operator === '=' ? each : undefined;
    const theirs = isList ? each : other;
    if (!mine || !theirs || wrapped || !isOf(node, mine)) return [];
    const home = around.find((one) => isOf(one, theirs));
    // Without a name it may as well be a column of a table in the subquery.
    if (!home || (theirs.qualifier === undefined && !isList)) return [];
    const name = theirs.column;
    const column = { kind: 'column' as const, name, qualifier: aliasOf(home), text: name };
    return [{ column: mine.column, kind: 'equal', operator: '=', other: column }];
  });
}

/** MariaDB prints no key of what it makes once to ask whether a value is in it. */
const isMade = (copy: PlanNode, node: PlanNode): boolean =>
  node.parentRelation === 'materialize'
    ? hasKeyOfItsOwn(copy)
    : copy.nativeOp === 'materialization';

/** A copy made for this one execution, in which rows are looked up by a key. */
export const hasKeyOfItsOwn = ({ index }: PlanNode): boolean => index?.name === '<auto_key>';

/** `s.slug = ?.title`: the copy has no name of its own. */
const pair = /(\w+)\.(\w+) = \?\.(\w+)/g;

const lookedUp = (text: string, { columns = [] }: TableFacts): Condition[] =>
  [...text.matchAll(pair)].flatMap(([whole, qualifier = '', name = '', column = '']) =>
    columns.some((each) => each.name === column)
      ? [
          {
            column,
            kind: 'equal' as const,
            operator: '=',
            other: { kind: 'column' as const, name, qualifier, text: whole },
          },
        ]
      : [],
  );
