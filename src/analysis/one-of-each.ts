import { habitsOf } from '../dialects/habits.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { OrderKey, QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { createIndex } from './advice.ts';
import { columnsOfDerived, columnsSkipped } from './group-ends.ts';
import {
  count,
  describeRelation,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from './rule.ts';
import { isLarge, isRead } from './scans.ts';
import { shareBelow } from './shares.ts';
import { rowsACall } from './work.ts';

const leastOfGroup = threshold(
  1_000,
  'rows of each group',
  'one look-up takes as long as reading some hundred rows: of smaller groups all are soon read',
);
const leastOfSorted = threshold(
  100,
  'rows of each group, where all are sorted',
  'sorting them takes ten times as long as reading them',
);
export const eachThresholds = { leastOfGroup, leastOfSorted };
const mostSaved = 0.8;

/**
 * The first row of each group, or the groups alone, of a whole table, where servers do not skip
 * from group to group: all rows are read, and one look-up for each value would do.
 */
export function oneOfEach(plan: Plan, context: RuleContext): RuleMatch[] {
  const { shape } = context;
  if (habitsOf(plan.engine).planner.skipsGroups || shape?.kind !== 'select' || shape.limit)
    return [];
  const alone = shape.relations.length === 1 && shape.joins + shape.subqueries === 0;
  const wanted: Wanted | undefined = alone ? wantedOf(shape) : columnsOfDerived(shape);
  const [top, ...others] = alone ? [plan.root] : preorder(plan.root).filter(makesGroups);
  const [by, ...further] = wanted?.groups ?? [];
  if (!wanted || !top || others.length > 0 || by === undefined || further.length > 0) return [];
  const [scan, ...more] = preorder(top).filter(({ relation }) => relation);
  const facts = scan && tableOf(scan, context);
  if (!facts || more.length > 0 || facts.partitionOf || !isWhole(scan)) return [];
  const { rows, pages } = facts;
  const groups = groupsOf(by, facts, alone ? rowsACall(context) : undefined);
  const saves = shareBelow(top) * mostSaved;
  const least = wanted.sorted ? leastOfSorted : leastOfGroup;
  if (groups === undefined || groups * least.value > rows || namesNulls(top)) return [];
  if (!isRead({ rows, pages, nodes: [scan] }, context) || !isLarge({ rows, saves }, context))
    return [];
  const [end] = wanted.ends;
  const each = `about ${count(groups)}`;
  return [
    {
      message:
        `${describeRelation(scan)}: ${count(rows)} rows are read to find ` +
        (end ? `the first of each of ${each} groups by ${end}` : `${each} values of ${by}`),
      fix: adviceFor(plan, facts, by, wanted.ends),
      nodes: preorder(top).map(({ id }) => id),
      saves,
    },
  ];
}

interface Wanted {
  groups: string[];
  /** What the first of each is the first by. */
  ends: string[];
  /** All rows are sorted for it. */
  sorted?: true;
}

/** `GROUP BY` with the least or the greatest, DISTINCT, `DISTINCT ON`, `row_number() … = 1`. */
function wantedOf(shape: QueryShape): Wanted | undefined {
  const { numbered, comparisons, grouped, distinct, distinctParts, orderBy, filtered } = shape;
  const [asked, ...more] = comparisons;
  const first = asked?.with === 'value' && more.length === 0 && !grouped && !distinct;
  if (numbered) return first ? firstBy([...numbered.groups, ...numbered.orderBy]) : undefined;
  if (filtered || grouped || !distinct || distinctParts) return columnsSkipped(shape);
  return firstBy(orderBy);
}

/** The first key tells the groups, if as many rows come back as it has values. */
function firstBy(all: readonly OrderKey[] = []): Wanted | undefined {
  const keys = all.flatMap((each) => ('column' in each ? [each] : []));
  const [by, ...ends] = keys;
  const oneWay = new Set(ends.map(({ descending }) => descending)).size === 1;
  return by && oneWay && keys.length === all.length
    ? { groups: [by.column], ends: ends.map(({ column }) => column), sorted: true }
    : undefined;
}

const makesGroups = ({ op, group, parentRelation, children }: PlanNode): boolean =>
  op === 'Aggregate' &&
  group !== undefined &&
  group.keys.length > 0 &&
  group.phase !== 'Partial' &&
  parentRelation !== undefined &&
  children.length === 1;

const isWhole = ({ op, predicates }: PlanNode): boolean =>
  /^(?:SeqScan|IndexScan|IndexOnlyScan)$/.test(op) &&
  predicates.index.length + predicates.filter.length === 0;

/** A row without a value is no value's: where there are some, one look-up for each misses them. */
function groupsOf(
  by: string,
  { columns }: TableFacts,
  returned: number | undefined,
): number | undefined {
  const { distinct, nulls = 0 } = columns?.find(({ name }) => name === by) ?? {};
  const known = Math.max(distinct ?? 0, returned ?? 0);
  // More rows than values come back: the groups are of something else besides.
  const other = distinct !== undefined && known > distinct * mostMore;
  return known >= 1 && nulls === 0 && !other ? known : undefined;
}

const mostMore = 1.5;

/** `ORDER BY at DESC NULLS LAST`, which takes an index of its own. */
const namesNulls = (top: PlanNode): boolean =>
  preorder(top).some(({ sort }) => sort?.keys.some((key) => / NULLS (?:FIRST|LAST)$/i.test(key)));

function adviceFor(plan: Plan, facts: TableFacts, by: string, ends: readonly string[]): string {
  const keys: IndexKey[] = [by, ...ends].map((column) => ({ column }));
  const index = createIndex(plan, facts, keys);
  const values =
    `the values of ${by} are those of the table that has them as its key, or a recursive query ` +
    `asks for the least one that is greater than the last`;
  const ask =
    ends.length > 0
      ? `One look-up for each ${by}: FROM (its values) v CROSS JOIN LATERAL (SELECT … WHERE ` +
        `${by} = v.${by} ORDER BY ${ends.join(', ')} … LIMIT 1); ${values}.`
      : `Ask for one value after the other: ${values}.`;
  // By itself it may be taken to have the groups sorted, which is slower than sorting them.
  const alone = ends.length > 0 ? ', which alone may make it slower' : '';
  return index ? `${ask} For that it takes an index${alone}: ${index}` : ask;
}
