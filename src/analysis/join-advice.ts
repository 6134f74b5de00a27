import { aliasOf, type Plan, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { createIndex, mostKeys } from './advice.ts';
import type { Condition } from './conditions.ts';
import { isTextType } from './expression.ts';
import { type RuleContext, tableOf } from './rule.ts';
import type { Scan } from './scans.ts';

/**
 * An index on the columns that a table is joined by: only those of the other side's type and
 * collation, since for others it would not be used. `values`: what else is asked of it, which in
 * front of them finds fewer, for one row of the other side and for all.
 */
export function joinIndex(
  plan: Plan,
  { table }: Pick<Scan, 'table'>,
  joined: readonly Condition[],
  context: RuleContext,
  values: readonly Condition[] = [],
): string | undefined {
  const alike = joined.filter((each) => isAlike(each, table, plan, context));
  const few = values.filter(({ collated }) => !collated).slice(0, mostKeys - alike.length);
  const columns = new Set([...few, ...alike].map(({ column }) => column));
  const keys = [...columns].map((column) => ({ column }));
  return alike.length ? createIndex(plan, table, keys) : undefined;
}

function isAlike(
  { column, other, otherAs }: Condition,
  table: TableFacts,
  { root }: Plan,
  context: RuleContext,
): boolean {
  if (!table.columns) return true;
  const mine = table.columns.find(({ name }) => name === column);
  const home = preorder(root).find((each) => each.relation && aliasOf(each) === other?.qualifier);
  // The rows of a recursion so far: a number of the table itself, or of what leads to it.
  if (!home || !tableOf(home, context)) return isNumber(mine?.type);
  const theirs = tableOf(home, context)?.columns?.find(({ name }) => name === other?.name);
  if (otherAs && theirs && !(isTextType(otherAs) && isTextType(theirs.type)))
    return isOfType(mine?.type, otherAs);
  return (
    mine !== undefined &&
    theirs !== undefined &&
    mine.collation === theirs.collation &&
    (mine.collation !== undefined || !/date|time|char|text/.test(theirs.type))
  );
}

/** What is made a text of has no collation of its own: the column’s is taken. */
const isOfType = (mine = '', type: string): boolean =>
  isTextType(type) ? isTextType(mine) : mine === type || (isNumber(mine) && isNumber(type));

const isNumber = (type = ''): boolean =>
  /^(?:(?:big|small|medium)?int|integer|int[248])\b/.test(type);
