import { habitsOf } from '../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { createIndex } from './advice.ts';
import {
  count,
  describeRelation,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
  threshold,
} from './rule.ts';
import { isLarge, isRead, isUncounted } from './scans.ts';
import { shareBelow } from './shares.ts';
import { rowsACall } from './work.ts';

export const mostGroups = threshold(
  0.02,
  'of the rows are groups',
  'where an index is entered for each of more groups, it is no sooner read than from end to end',
);

/**
 * The least or the greatest of each group, or the groups alone, of a whole table: servers that skip
 * from group to group read one entry of each in an index of both. The statement is that, or joins
 * a derived table that is.
 */
export function endsOfGroups(plan: Plan, context: RuleContext): RuleMatch[] {
  const { shape } = context;
  if (!habitsOf(plan.engine).planner.skipsGroups || !shape) return [];
  const columns = columnsSkipped(shape);
  const [derived, ...others] = columns ? [] : preorder(plan.root).filter(isDerived);
  const top = columns ? plan.root : derived;
  const skipped = columns ?? columnsOfDerived(shape);
  return top && skipped && others.length === 0 ? ends(top, skipped, plan, context) : [];
}

const isDerived = ({ op, children }: PlanNode): boolean =>
  op === 'SubqueryScan' && children.some(({ parentRelation }) => parentRelation === 'materialize');

function ends(top: PlanNode, columns: Skipped, plan: Plan, context: RuleContext): RuleMatch[] {
  const [scan, ...more] = preorder(top).filter(
    ({ op, relation }) => relation && op !== 'SubqueryScan',
  );
  const facts = scan && tableOf(scan, context);
  if (!facts || more.length > 0 || facts.partitionOf || !readsAll(scan, facts, plan)) return [];
  if (scan.predicates.filter.length + scan.predicates.index.length > 0) return [];
  const { rows, pages } = facts;
  const wanted = groupsOf(columns.groups, facts, context);
  const saves = shareBelow(top) * (1 - mostGroups.value);
  if (wanted === undefined || wanted > rows * mostGroups.value) return [];
  const read = isUncounted({ node: scan }, plan) || isRead({ rows, pages, nodes: [scan] }, context);
  if (!read || !isLarge({ rows, saves }, context)) return [];
  const keys = [...new Set([...columns.groups, ...columns.ends])].map((column) => ({ column }));
  const isOwn = keys.every(({ column }) => facts.columns?.some(({ name }) => name === column));
  const fix = isOwn || top === plan.root ? createIndex(plan, facts, keys) : undefined;
  if (fix === undefined || keys.length > mostColumns) return [];
  const [end] = columns.ends;
  return [
    {
      message:
        `${describeRelation(scan)}: ${count(rows)} rows are read to find ` +
        (end
          ? `the first of each of about ${count(wanted)} groups by ${end}`
          : `about ${count(wanted)} values of ${columns.groups.join(', ')}`),
      fix,
      nodes: preorder(top).map(({ id }) => id),
      saves,
    },
  ];
}
/** Of more an index is as wide as the table. */
const mostColumns = 3;

/** As many as values are known of, which HAVING and LIMIT leave out; else as many as come back. */
function groupsOf(groups: readonly string[], { columns }: TableFacts, context: RuleContext) {
  const known = groups.map((each) => columns?.find(({ name }) => name === each)?.distinct);
  const together = known.every((each) => each !== undefined)
    ? known.reduce((all, each) => all * each, 1)
    : undefined;
  const { limit, joins = 0 } = context.shape ?? {};
  const returned = limit || joins > 0 ? undefined : rowsACall(context);
  return together ?? (returned !== undefined && returned >= 1 ? returned : undefined);
}

interface Skipped {
  groups: string[];
  ends: string[];
}

/** What it groups by, and of what it wants the ends; undefined where it asks for anything else. */
export function columnsSkipped(shape: QueryShape): Skipped | undefined {
  const { kind, aggregates = [], distinctParts, columns = Number.POSITIVE_INFINITY } = shape;
  const alone = shape.relations.length === 1 && shape.joins + shape.subqueries === 0;
  if (kind !== 'select' || !alone || shape.filtered || shape.distinct === shape.grouped)
    return undefined;
  const [part] = distinctParts ?? [];
  const of = shape.grouped ? shape.groupBy : part?.columns;
  const groups = of?.map(({ column }) => column) ?? [];
  const ends = endsIn(aggregates);
  const listed = groups.length + aggregates.length;
  // What else is listed an index of these does not have.
  return groups.length > 0 && ends && ends.length < 2 && columns <= listed
    ? { groups, ends }
    : undefined;
}

/** Of the one grouping in a statement that itself groups nothing; what it lists may be no more. */
export function columnsOfDerived({ grouped, groupBy = [], aggregates = [] }: QueryShape) {
  const groups = groupBy.map(({ column }) => column);
  const ends = endsIn(aggregates);
  return grouped && groups.length > 0 && ends?.length === 1 ? { groups, ends } : undefined;
}

function endsIn(aggregates: NonNullable<QueryShape['aggregates']>): string[] | undefined {
  const are = aggregates.every(
    ({ function: name, column }) => column && /^(?:min|max)$/i.test(name),
  );
  return are ? [...new Set(aggregates.flatMap(({ column }) => column ?? []))] : undefined;
}
