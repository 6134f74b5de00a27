import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import {
  createIndex,
  createIndexes,
  hasIndex,
  keysFor,
  rowsAdvice,
  severalAdvice,
} from '../advice.ts';
import { type Asked, askedOf, type Condition, isOfRows, isPlain } from '../conditions.ts';
import { primaryName } from '../covering.ts';
import { isLed } from '../indexes.ts';
import { keepsMost } from '../order.ts';
import { looksSelective, shareOfValue, skewOf } from '../rows.ts';
import {
  count,
  type Rule,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
  typesAreSure,
} from '../rule.ts';
import { mayBeFew, rootOf } from '../scans.ts';
import { shareBelow } from '../shares.ts';
import { isOfWalk, isWalk, toldOnce, type Walked } from '../walks.ts';
import { examinedACall, pagesACall, rowsACall } from '../work.ts';
import { examples } from './examples/wrong-index-for-order.ts';

const leastLooked = threshold(
  20,
  'pages or rows a call',
  'fewer are what any look-up of a few rows needs',
);
const leastExamined = threshold(
  500,
  'rows a call',
  'where rows are counted, not pages: fewer come by in about a millisecond',
);
const leastWaste = threshold(
  4,
  'times the rows returned',
  'each has its page in the table and perhaps one in the index; the rest is met in vain',
);
/** Levels of an index, which each walk goes down. */
const levels = 3;

export const wrongIndexForOrder: Rule = {
  id: 'wrong-index-for-order',
  title: 'An index is walked in its order until a wanted row comes by',
  why:
    'To return the first rows without sorting, the planner hopes that rows which fulfil the ' +
    'condition are spread evenly. Where they are rare, or all at the other end, most of the ' +
    'index and of the table is read.',
  fix:
    'An index that begins with the columns of the condition and goes on with those of the order. ' +
    "Where there is one for the condition alone, an expression in ORDER BY (`code || ''`, " +
    '`id + 0`) keeps the planner from walking the other.',
  category: 'index',
  follows: ['partition-pruning-prevented'],
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'counters', 'shape'], actual: ['tables', 'counters', 'shape'] },
  thresholds: { leastLooked, leastExamined, leastWaste },
  examples,
  check: (plan, context) =>
    typesAreSure(plan) && (isExtreme(context) || (context.shape?.limit && !readsBeside(plan)))
      ? toldOnce(preorder(plan.root).flatMap((each) => walked(each, plan, context) ?? []))
      : [],
};

/** The least or the greatest of one table: the first row of a walk that fits. */
const isExtreme = ({ shape }: RuleContext): boolean =>
  shape?.kind === 'select' &&
  !(shape.limit || shape.grouped || shape.distinct) &&
  shape.relations.length === 1 &&
  shape.joins + shape.subqueries === 0 &&
  shape.aggregates?.length === 1 &&
  shape.aggregates.every(({ function: name, column }) => column && /^(?:min|max)$/i.test(name));

/** A subquery’s pages and rows are counted with those of the walk. */
const readsBeside = ({ root }: Plan): boolean =>
  preorder(root).some(
    ({ parentRelation }) => parentRelation === 'subplan' || parentRelation === 'initplan',
  );

function walked(scan: PlanNode, plan: Plan, context: RuleContext): Walked | undefined {
  const facts = tableOf(scan, context);
  if (!facts || !isWalk(scan, facts, plan, context)) return undefined;
  const [examined, returned] = [examinedACall(context), rowsACall(context)];
  const all = examined ?? pagesACall(context);
  if (all === undefined || returned === undefined) return undefined;
  const looked = all - lookedUpBeside(scan, returned, plan, context);
  const least = examined === undefined ? leastLooked : leastExamined;
  if (looked < least.value || looked < leastWaste.value * (returned + levels)) return undefined;
  const wanted = wantedOf({ scan, facts, looked, returned }, plan, context);
  if (!wanted || (context.shape?.offset && !leavesOut(scan, facts))) return undefined;
  const counted = context.stats.work?.pages === undefined ? 'rows' : 'pages';
  return {
    scan,
    facts,
    how: `about ${count(looked)} ${counted} a call, until ${wanted.text} fits`,
    fix: wanted.fix,
    saves: shareBelow(plan.root) * (1 - returned / looked),
  };
}

/** What OFFSET passes over fits: only a value of which it is known that few have it does not. */
function leavesOut(scan: PlanNode, facts: TableFacts): boolean {
  const { conditions } = askedOf(
    scan,
    [...scan.predicates.index, ...scan.predicates.filter],
    facts,
  );
  return conditions.some(
    (each) => each.kind === 'equal' && (shareOfValue(facts, each) ?? 1) <= 1 / leastWaste.value,
  );
}

/** How much comes by a call, of which so many rows are returned. */
interface Walk {
  scan: PlanNode;
  facts: TableFacts;
  looked: number;
  returned: number;
}

/** What the walk goes on for, and what finds that sooner. */
function wantedOf(
  { scan, facts, looked, returned }: Walk,
  plan: Plan,
  context: RuleContext,
): { text: string; fix: RuleMatch['fix'] } | undefined {
  const said = [...scan.predicates.index, ...scan.predicates.filter];
  const order = facts.indexes.find(({ name }) => name === scan.index?.name);
  const { conditions: all, alternatives } = askedOf(scan, said, facts);
  const conditions = all.filter((each) => !isOfWalk(each, order));
  const ofRows = conditions.find((each) => isOfRows(each) && each.column === order?.keys[0]);
  const root = rootOf(facts, facts.rows);
  // What a join, an OR or a pattern leaves out may be what so many came by for.
  const alone =
    alternatives.length === 0 &&
    conditions.every(isPlain) &&
    !preorder(plan.root).some((each) => each !== scan && tableOf(each, context));
  const asked = conditions.filter((each) => isPlain(each) && !keepsMost(each, facts));
  const few = asked.some((each) => each.kind !== 'equal' || mayBeFew(each, facts, plan));
  const plain = alone || few ? asked : [];
  // Behind several values of a column an index has no order: all that have one are sorted.
  const equal = plain.filter(({ kind }) => kind === 'equal');
  const several = equal.length > 0 && equal.every((each) => !each.single && !isNull(each));
  if (several && looked <= rowsOfSeveral(equal, root, returned / looked)) return undefined;
  if (ofRows) return { text: ofRows.wrapped?.text ?? columnsOf(plain), fix: rowsAdvice(ofRows) };
  if (plain.length > 0) {
    const [text, keys] = [columnsOf(plain), keysOf(plain, order, root)];
    if (isExtreme(context) && hasIndex(root, keys)) return undefined;
    if (several && hasIndex(root, keysFor(equal, root)))
      return { text, fix: severalAdvice(root, keys) };
    const begins = plain.some(({ kind, column }) => kind === 'range' && column === order?.keys[0]);
    const there = begins && equal.length === 0 ? beginAdvice(order?.name) : undefined;
    return { text, fix: hasIndex(root, keys) ? there : createIndex(plan, root, keys) };
  }
  const sides = eitherOf(alternatives, root, looked, plan);
  if (sides.length === 0) return undefined;
  const missing = sides.filter((side) => !isLed(root.indexes, { conditions: side }));
  return { text: sides.map(columnsOf).join(' or '), fix: createIndexes(plan, root, missing) };
}

/** MySQL, where it thinks that most rows are of the range. */
const beginAdvice = (name = ''): string =>
  `FORCE INDEX (${name}) behind the table’s name: then the walk begins at the value that the ` +
  'range has, and not at the end of the index.';

const columnsOf = (conditions: readonly Condition[]): string =>
  conditions.map(({ column }) => column).join(', ');

/**
 * Of an OR the sides, where each finds by a value so few rows that all of them are fetched and
 * sorted sooner than the walk meets the first.
 */
function eitherOf(
  [branches = [], ...more]: Asked['alternatives'],
  table: TableFacts,
  looked: number,
  plan: Plan,
): Condition[][] {
  const sides = branches.map((branch) => branch.filter((each) => isPlain(each) && each.single));
  if (more.length > 0 || sides.some((side) => side.length === 0)) return [];
  const found = sides.map((side) =>
    side.some((each) => shareOfValue(table, each) !== undefined)
      ? rowsOfValue(side, table)
      : looksSelective(side, table, plan)
        ? 0
        : Number.POSITIVE_INFINITY,
  );
  const all = found.reduce((sum, rows) => sum + rows, 0);
  const missing = sides.filter((side) => !isLed(table.indexes, { conditions: side }));
  return missing.length > 0 && all <= looked * mostSorted ? sides : [];
}
const mostSorted = 0.25;

/** Of other tables, which are counted with the walk: each of its rows is looked up there, too. */
function lookedUpBeside(scan: PlanNode, returned: number, plan: Plan, context: RuleContext) {
  const counted = context.stats.work?.rowsExamined !== undefined;
  const others = preorder(plan.root).filter((each) => each !== scan && tableOf(each, context));
  return others.reduce((sum, each) => {
    const { rows = 0, pages = 0 } = tableOf(each, context) ?? {};
    if (each.op === 'SeqScan') return sum + (counted ? rows : pages);
    return sum + returned * (counted ? 1 : levels + 1);
  }, 0);
}

/** Of one of them, in the mean of those that are asked for. */
const rowsOfValue = (equal: readonly Condition[], table: TableFacts): number =>
  equal.reduce(
    (rows, each) => rows * (shareOfValue(table, each) ?? 1),
    table.rows * skewOf(equal, table),
  );

/** Where nobody knows how many, as many in all as came by on the way. */
const rowsOfSeveral = (equal: readonly Condition[], table: TableFacts, share: number): number =>
  equal.some((each) => shareOfValue(table, each) !== undefined)
    ? rowsOfValue(equal, table)
    : table.rows * share;

const isNull = ({ operator }: Condition): boolean => operator === 'is null';

function keysOf(plain: readonly Condition[], order: IndexFacts | undefined, table: TableFacts) {
  const equal = keysFor(
    plain.filter(({ kind }) => kind === 'equal'),
    table,
  );
  const own = (order?.keys ?? []).filter((key) => !key.includes('(')).slice(0, 2);
  const range = plain.find(({ kind }) => kind === 'range');
  // Where the rows stand in that order, another index that begins with it is not walked instead.
  const walked = order?.name === primaryName && equal.length === 0 ? [] : own;
  const columns = [
    ...equal.map(({ column }) => column),
    ...walked,
    ...(range ? [range.column] : []),
  ];
  return [...new Set(columns)].map((column) => ({ column }));
}
