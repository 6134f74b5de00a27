import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { createIndex, severalAdvice } from './advice.ts';
import { type Asked, askedOf, type Condition, isPlain } from './conditions.ts';
import { leastEach, lookupOf } from './found-and-kept.ts';
import { gathersForEach, isRunAgain, isValue, keysInOrder, type Ordered } from './order.ts';
import { shareOfValue, skewOf } from './rows.ts';
import {
  count,
  describeRelation,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from './rule.ts';
import { isRead, rootOf } from './scans.ts';
import { shareBelow, shareOf } from './shares.ts';
import { examinedACall, pagesACall, rowsACall } from './work.ts';

export const mostWanted = threshold(
  0.1,
  'of the rows',
  'where more are returned, sorting them costs little beside fetching them',
);

export const leastFound = threshold(
  500,
  'rows found a call',
  'each is fetched from a place of its own: fewer are in about a millisecond',
);

export const leastSorted = threshold(
  500,
  'rows that have the values',
  'fewer are fetched and sorted in about a millisecond, and need no order in the index',
);

/**
 * An index finds all that have the values, and all of them are sorted: one with the order behind
 * the values ends at the first. Only where the server counted that a call looks at so many.
 */
export function lookedUp(
  { scans: all, facts, keys, nodes, walked }: Ordered,
  plan: Plan,
  context: RuleContext,
): RuleMatch | undefined {
  const scans = withoutEmpty(all, context);
  const [scan] = scans;
  const parts = scans.flatMap((each) => tableOf(each, context) ?? []);
  const uncounted = (examinedACall(context) ?? pagesACall(context)) === undefined;
  if (walked || uncounted || parts.length < scans.length || isOfParts(scan)) return undefined;
  const lookups = scans.map(lookupOf);
  if (lookups.some(({ predicates }) => predicates.index.length === 0)) return undefined;
  const [lookup = scan] = lookups;
  const said = [...lookup.predicates.index, ...scan.predicates.filter];
  const asked = ofEach(askedOf(scan, said, facts), scan, plan);
  const sought = ofEach(askedOf(scan, lookup.predicates.index, facts), scan, plan);
  const root = rootOf(facts, sumOf(parts.map(({ rows }) => rows)));
  const { alternatives } = asked;
  const list = listOf(asked.conditions);
  const conditions = asked.conditions.flatMap((each) =>
    each.column !== list?.column ? [each] : each === list ? { ...each, single: true as const } : [],
  );
  const wantedKeys = keysInOrder(conditions, keys, root, plan, isByValues(sought, plan));
  if (!wantedKeys || wantedKeys.length === keys.length) return undefined;
  if (!areOfKeys(alternatives, wantedKeys)) return undefined;
  const each = sumOf(scans.map(({ est }) => est.rows));
  const again = runAgain(scan, plan);
  if (again && each < leastEach.value) return undefined;
  const found = again
    ? Math.min(each * Number(again.ext['executions'] ?? 1), examinedACall(context) ?? 0)
    : rowsFound(each, scan, plan, context);
  const wanted = rowsACall(context) ?? found;
  const pages = Math.min(sumOf(parts.map((each) => each.pages)), found);
  const few = found < leastFound.value || wanted > found * mostWanted.value;
  if (few || !isRead({ rows: found, pages, nodes: scans }, context)) return undefined;
  if (list && !isOfFew(list, found, root)) return undefined;
  const fix = list ? severalAdvice(root, wantedKeys) : createIndex(plan, root, wantedKeys);
  const name = lookup.index?.name ?? 'an index';
  const sorted = nodes.some(({ op }) => op.endsWith('Sort')) ? 'sorted' : 'looked at';
  return fix === undefined
    ? undefined
    : {
        message:
          `${describeRelation({ ...scan, relation: { kind: 'table', ...root } })}: ` +
          `${scans.length > 1 ? `an index of each of ${scans.length} partitions` : name} finds ` +
          `about ${count(found)} rows a call, all of which are ${sorted} to find the first by ` +
          `${keys.map(({ column }) => column).join(', ')}`,
        fix,
        nodes: nodes.map(({ id }) => id),
        saves: shareOf(...nodes) * (1 - mostWanted.value),
      };
}

/** Partitions of days to come are read as a whole, since nothing is in them. */
function withoutEmpty(scans: Ordered['scans'], context: RuleContext): Ordered['scans'] {
  const [first, ...more] = scans.filter(
    (each) => each.op !== 'SeqScan' || (tableOf(each, context)?.pages ?? fewPages) >= fewPages,
  );
  return first ? [first, ...more] : scans;
}
const fewPages = 8;

/** The column that one of several values is asked of, by one condition and no other. */
function listOf(conditions: readonly Condition[]): Condition | undefined {
  const [list, ...more] = conditions.filter(
    (each) => each.kind === 'equal' && isPlain(each) && !each.other && !each.single,
  );
  const others = conditions.filter(
    ({ column, operator }) => column === list?.column && operator !== 'is true',
  );
  return more.length === 0 && others.length === 1 && /^(?:=|in)$/.test(list?.operator ?? '')
    ? list
    : undefined;
}

/** As many rows as a page of values has: more than that nobody spells out. */
function isOfFew(list: Condition, found: number, table: TableFacts): boolean {
  const share = shareOfValue(table, list);
  return share !== undefined && found <= fewValues * table.rows * share * skewOf([list], table);
}
const fewValues = 50;

export const sumOf = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

/**
 * It finds all that have the values: as many entries are at most walked in order. What a range
 * finds may be far fewer. (MySQL and MariaDB list the keys of a range by their names.)
 */
const isByValues = ({ conditions, alternatives }: Asked, plan: Plan): boolean =>
  alternatives.length === 0 &&
  conditions.length > 0 &&
  conditions.every((each) => isValue(each, plan) && each.operator !== 'is true');

/**
 * Rows of one table that a call has seen, or that it has looked up there for each of others: of a
 * value that many rows have more than planned. Rows are counted; of pages there are no more.
 */
function rowsFound(planned: number, scan: PlanNode, plan: Plan, context: RuleContext): number {
  const { relations = [], joins = 0, subqueries = 0 } = context.shape ?? {};
  const [examined, pages] = [examinedACall(context), pagesACall(context)];
  if (relations.length === 1 && joins + subqueries === 0)
    return examined ?? Math.max(planned, pages ?? 0);
  const rows = rowsACall(context) ?? 0;
  return pages !== undefined && isForEach(scan, plan)
    ? Math.max(planned, pages - rows * levels)
    : planned;
}
/** Of an index, gone down for each row, and what leads to it. */
const levels = 4;

/** MySQL and MariaDB look a value up in each partition, and sort what they find. */
const isOfParts = ({ ext }: PlanNode): boolean => Number(ext['partitions'] ?? 1) > 1;

/** Each entry of the index tells: `at < $1 OR (at = $1 AND id < $2)`. */
export const areOfKeys = (
  alternatives: Asked['alternatives'],
  keys: readonly { column: string }[],
): boolean =>
  alternatives.every((branches) =>
    branches.every(
      (branch) =>
        branch.length > 0 &&
        branch.every(
          (each) =>
            isPlain(each) && !each.other && keys.some(({ column }) => column === each.column),
        ),
    ),
  );

/** For each row another table’s column is one value. */
const ofEach = (asked: Asked, scan: PlanNode, plan: Plan): Asked =>
  isForEach(scan, plan)
    ? {
        conditions: asked.conditions.map(({ other: _other, ...each }) => each),
        alternatives: asked.alternatives,
      }
    : asked;

/** The first rows for each of others, which is most of the work: `(SELECT … LIMIT 1)`, LATERAL. */
function isForEach(scan: PlanNode, plan: Plan): boolean {
  const { root } = plan;
  const [limit, ...others] = preorder(root).filter(({ op }) => op === 'Limit');
  if (runAgain(scan, plan)) return true;
  const top =
    limit && others.length === 0 && /^(?:subplan|inner)$/.test(limit.parentRelation ?? '')
      ? limit
      : preorder(root).find(gathersForEach);
  return top !== undefined && preorder(top).includes(scan) && shareBelow(top) >= mostOfWork;
}
const mostOfWork = 0.5;

/** The subquery that it is part of, which is most of the work. */
const runAgain = (scan: PlanNode, { root }: Plan): PlanNode | undefined =>
  preorder(root).find(
    (each) => isRunAgain(each) && shareBelow(each) >= mostOfWork && preorder(each).includes(scan),
  );
