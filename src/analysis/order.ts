import { habitsOf } from '../dialects/habits.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import { aliasOf, type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { OrderKey } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { keysFor } from './advice.ts';
import { type Condition, isOfRows, isPlain } from './conditions.ts';
import { type Expression, readExpression } from './expression.ts';
import { shareOfValue } from './rows.ts';
import { type RuleContext, tableOf } from './rule.ts';

/**
 * Rows of one table that are put in order so that the first few can be returned, and what that
 * order is. Plans say it at their sorts; where they do not (MySQL), the statement does.
 */
export interface Ordered {
  /** The scan of the table; of partitions all. */
  scans: [PlanNode, ...PlanNode[]];
  facts: TableFacts;
  keys: IndexKey[];
  /** From the top to the scans. */
  nodes: [PlanNode, ...PlanNode[]];
  /** No row is sorted: an index gives the order. */
  walked: boolean;
}

const between: ReadonlySet<string> = new Set([
  'Limit',
  'Sort',
  'IncrementalSort',
  'Aggregate',
  'Gather',
  'Result',
  'Append',
  'Unique',
  'Materialize',
]);

/** Orders of which only the first rows are wanted. */
export function firstRows(plan: Plan, context: RuleContext): Ordered[] {
  if (!context.shape?.limit || context.shape.distinct) return [];
  const all = preorder(plan.root).filter(({ op }) => op === 'Sort');
  // Running totals that are sorted themselves take all rows.
  const [top] = all;
  const windows = top ? preorder(top).filter(({ op }) => op === 'WindowAgg') : [];
  const inWindows = new Set(windows.flatMap(preorder));
  const sorts = all.filter((each) => !inWindows.has(each));
  return sorts.flatMap((sort) => {
    const below = scansBelow(sort);
    const facts = below && tableOf(below.scans[0], context);
    const keys = facts && below && orderOf(sort, below.scans[0], facts, context);
    return facts && keys && groupsBy(below.nodes, keys) && groupedAs(keys, context)
      ? [{ scans: below.scans, facts, keys, nodes: [sort, ...below.nodes], walked: false }]
      : [];
  });
}

/**
 * The least and the greatest value: the first rows of an order, too, of each column its own. Where
 * a subquery asks for them, what its plan gathers.
 */
export function extremes(plan: Plan, context: RuleContext): Ordered[] {
  const { shape } = context;
  const all = shape?.aggregates ?? [];
  const columns = [...new Set(all.flatMap(({ column }) => column ?? []))];
  if (shape?.kind !== 'select' || shape.grouped || columns.length === 0) return [];
  if (!all.every(({ function: name, column }) => column && /^(?:min|max)$/i.test(name))) return [];
  const alone = shape.relations.length === 1 && shape.joins + shape.subqueries === 0;
  const gathered = preorder(plan.root).filter(
    (each) =>
      isRunAgain(each) ||
      gathersForEach(each) ||
      (isRunOnce(each) && (each.op === 'Aggregate' || each.relation)),
  );
  const [top, ...others] = alone ? [plan.root] : gathered;
  const below = top && others.length === 0 ? scansBelow(top) : undefined;
  const facts = below && tableOf(below.scans[0], context);
  const isOwn = (column: string) => facts?.columns?.some(({ name }) => name === column) ?? true;
  return below && facts && columns.every(isOwn)
    ? columns.map((column) => ({ ...below, facts, keys: [{ column }], walked: false }))
    : [];
}

/** A subquery, once for each row of what is around it (MySQL, MariaDB). */
export const isRunAgain = ({ parentRelation, ext }: PlanNode): boolean =>
  parentRelation === 'subplan' && ext['dependent'] === true;

/** The same in PostgreSQL’s words: one row is made of what is found for each row around it. */
export const gathersForEach = ({ parentRelation, op, group }: PlanNode): boolean =>
  parentRelation === 'subplan' && op === 'Aggregate' && !group?.keys.length;

/** MariaDB does not tell it from those that are run again, but that nothing in it is outside. */
const isRunOnce = ({ parentRelation, ext }: PlanNode): boolean =>
  parentRelation === 'initplan' || (parentRelation === 'subplan' && ext['executions'] === 1);

/** One table's scans below what only hands rows on, orders or gathers them. */
export function scansBelow(top: PlanNode): Pick<Ordered, 'scans' | 'nodes'> | undefined {
  if (top.relation) return { scans: [top], nodes: [top] };
  const children = top.children.filter(
    ({ parentRelation }) => parentRelation !== 'initplan' && parentRelation !== 'subplan',
  );
  if (!between.has(top.op) || (children.length !== 1 && top.op !== 'Append')) return undefined;
  const below = children.map(scansBelow);
  const [first] = below;
  if (!first || below.some((each) => each === undefined)) return undefined;
  const all = below.filter((each) => each !== undefined);
  const [scan, ...scans] = all.flatMap((each) => each.scans);
  return scan && { scans: [scan, ...scans], nodes: [top, ...all.flatMap(({ nodes }) => nodes)] };
}

/** What stands between is in groups of the order's own columns, so that these come in its order. */
const groupsBy = (nodes: readonly PlanNode[], keys: readonly IndexKey[]): boolean =>
  nodes
    .flatMap(({ group }) => group?.keys ?? [])
    .every((key) => {
      const expression = readExpression(key);
      return expression.kind === 'column' && keys.some(({ column }) => column === expression.name);
    });

/** Where the plan does not say how it groups, the statement does. */
const groupedAs = (keys: readonly IndexKey[], { shape }: RuleContext): boolean =>
  !shape?.grouped ||
  shape.groupBy?.every((each) => keys.some(({ column }) => column === each.column)) === true;

function orderOf(
  { sort }: PlanNode,
  scan: PlanNode,
  facts: TableFacts,
  { shape }: RuleContext,
): IndexKey[] | undefined {
  const printed = sort?.keys.map(printedKey);
  const asked = shape?.orderBy?.map(askedKey);
  return ownKeys(printed?.length ? printed : asked, scan, facts);
}

export interface SortKey {
  expression: Expression;
  descending: boolean;
  otherNulls?: true;
}

/** `created_at DESC`; where NULLs stand is said if it is not their usual place. */
export function printedKey(text: string): SortKey | undefined {
  if (/\bUSING\b/i.test(text)) return undefined;
  const key = text.replace(/ NULLS (?:FIRST|LAST)$/i, '');
  return {
    expression: readExpression(key.replace(/ (?:DESC|ASC)$/i, '')),
    descending: / DESC$/i.test(key),
    ...(key === text ? {} : { otherNulls: true }),
  };
}

export const askedKey = (key: OrderKey): SortKey | undefined =>
  'column' in key
    ? {
        expression: {
          kind: 'column',
          name: key.column,
          text: key.column,
          ...(key.qualifier ? { qualifier: key.qualifier } : {}),
        },
        descending: key.descending === true,
      }
    : undefined;

/**
 * Undefined where one is no column of the table. An order in one direction any index gives, read
 * from its other end; of several MySQL looks up a value fast in their own directions alone.
 */
export function ownKeys(
  keys: readonly (SortKey | undefined)[] | undefined,
  node: PlanNode,
  facts: TableFacts,
): IndexKey[] | undefined {
  const alias = aliasOf(node).toLowerCase();
  const mixed = new Set(keys?.map((key) => key?.descending)).size > 1;
  const own = (keys ?? []).flatMap((key): IndexKey[] => {
    if (key?.expression.kind !== 'column') return [];
    const { name, qualifier } = key.expression;
    const mine = qualifier === undefined || isAliasOf(qualifier.toLowerCase(), alias);
    const known = !facts.columns || facts.columns.some((each) => each.name === name);
    if (!mine || !known) return [];
    const { descending, otherNulls } = key;
    return [
      {
        column: name,
        ...(mixed && descending ? { descending } : {}),
        ...(otherNulls ? { otherNulls } : {}),
      },
    ];
  });
  return keys && own.length > 0 && own.length === keys.length ? own : undefined;
}

/** Partitions have the alias of their table, and a number. */
const isAliasOf = (qualifier: string, alias: string): boolean =>
  qualifier === alias || alias.replace(/_\d+$/, '') === qualifier;

/**
 * Of an index in which the first of an order stand behind what is asked for: undefined where rows
 * are looked up in it that are not wanted. `ranges`: of other columns stand behind the order, where
 * each entry that comes by tells whether its row is wanted.
 */
export function keysInOrder(
  conditions: readonly Condition[],
  order: readonly IndexKey[],
  facts: TableFacts,
  plan: Plan,
  ranges = false,
): IndexKey[] | undefined {
  const asked = conditions.filter((each) => !keepsMost(each, facts));
  const values = asked.filter((each) => isValue(each, plan));
  const others = asked.filter((each) => !values.includes(each) && !isOfOrder(each, order));
  if (!others.every((each) => ranges && isOwnRange(each))) return undefined;
  const keys = behindValues(values, order, facts);
  const known = new Set(keys.map(({ column }) => column));
  const behind = new Set(others.map(({ column }) => column)).difference(known);
  return [...keys, ...[...behind].map((column) => ({ column }))];
}

/** Of values an index has the order of what stands behind them; in which they need no place. */
export function behindValues(
  values: readonly Condition[],
  order: readonly IndexKey[],
  facts: TableFacts,
): IndexKey[] {
  const known = new Set(values.map(({ column }) => column));
  return [...keysFor(values, facts), ...order.filter(({ column }) => !known.has(column))];
}

/** Compared with one value, behind which an index has the order of its next key. */
export const isValue = (each: Condition, { engine }: Plan): boolean =>
  isPlain(each) &&
  !each.other &&
  (each.single === true ||
    (each.operator === 'is null' && habitsOf(engine).planner.ordersBehindNull));

/**
 * From one value of the order on: `at < $1`, as pages after the first are asked for. A later key of
 * the order tells of each entry, too.
 */
export const isOfOrder = (each: Condition, order: readonly IndexKey[]): boolean =>
  isOwnRange(each)
    ? order.some(({ column }) => column === each.column)
    : isOfRows(each) && !each.other && each.column === order[0]?.column;

const isOwnRange = (each: Condition): boolean =>
  each.kind === 'range' && isPlain(each) && !each.other;

/** `deleted_at IS NULL` of a table of which few rows are deleted. */
export const keepsMost = (each: Condition, facts: TableFacts): boolean =>
  each.operator === 'is null' && !each.wrapped && (shareOfValue(facts, each) ?? 0) >= mostRows;
const mostRows = 0.5;

/** `kind <> 'x'`, of which the commonest kind leaves others: on the way through an order it fits. */
export const passesOften = (each: Condition, facts: TableFacts): boolean =>
  /^(?:<>|!=)$/.test(each.operator) && !each.wrapped && !each.other && hasOthers(each, facts);

/** Beside the commonest value many have another. */
export function hasOthers({ column }: Condition, { columns }: TableFacts): boolean {
  const { commonest, nulls = 0 } = columns?.find(({ name }) => name === column) ?? {};
  return commonest !== undefined && 1 - nulls - commonest >= leastLeft;
}
const leastLeft = 0.1;
