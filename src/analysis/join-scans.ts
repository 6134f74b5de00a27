import { habitsOf } from '../dialects/habits.ts';
import { aliasOf, type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { askedOf, type Condition, isPlain, parsed } from './conditions.ts';
import { conjuncts } from './expression.ts';
import { leadingIndex, wholeIndexes } from './indexes.ts';
import { rowsJoined, shareOfValue } from './rows.ts';
import { type RuleContext, readsAll, tableOf, threshold } from './rule.ts';
import {
  cpuLookedUp,
  indexPays,
  isLarge,
  isRead,
  isSure,
  isUncounted,
  partRead,
  rootOf,
  type Scan,
  workersOf,
} from './scans.ts';
import { shareOf } from './shares.ts';
import { examinedACall, pagesACall } from './work.ts';

/**
 * Tables that are read from end to end to be joined with a few rows of another: into a hash table,
 * sorted, or into a buffer. No filter stands at such a scan; what is wanted of it is what the
 * join's condition finds.
 */
export interface JoinScan extends Scan {
  join: PlanNode;
  /** Rows of the other side, each of which looks some up. */
  lookUps: number;
  /** The first is of a column that no index leads with. */
  joined: [Condition, ...Condition[]];
  /** What else has to hold of a row for the other side’s to be kept, or left out. */
  values: Condition[];
}

export function joinScansOf(plan: Plan, context: RuleContext): JoinScan[] {
  if (!isSure(plan, context)) return [];
  return preorder(plan.root).flatMap((join) => {
    const [one, two] = ['outer', 'inner'].map((side) =>
      join.children.find(({ parentRelation }) => parentRelation === side),
    );
    if (!one || !two) return [];
    const further = innerAbove(join, plan.root);
    return [
      joinScan({ join, mine: two, theirs: one, further: [] }, plan, context),
      joinScan({ join, mine: one, theirs: two, further }, plan, context),
    ].filter((each) => each !== undefined);
  });
}

interface Sides {
  join: PlanNode;
  mine: PlanNode;
  theirs: PlanNode;
  /** What loops around this one look up for each row that it gives. */
  further: readonly PlanNode[];
}

/** Of the loops that are driven by this one, what they look up. */
function innerAbove(join: PlanNode, root: PlanNode): PlanNode[] {
  const parent = preorder(root).find(({ children }) => children.includes(join));
  if (parent?.op !== 'NestedLoop' || join.parentRelation !== 'outer') return [];
  const inner = parent.children.filter(({ parentRelation }) => parentRelation === 'inner');
  return [...inner, ...innerAbove(parent, root)];
}

function joinScan(sides: Sides, plan: Plan, context: RuleContext): JoinScan | undefined {
  const nodes = readFor(sides.mine, context);
  const [node] = nodes;
  const facts = node && factsOf(nodes, plan, context);
  if (!node || !facts) return undefined;
  const { join } = sides;
  const joined = joinConditions(sides, node, facts, plan, context);
  const [first, ...more] = joined.filter(({ kind }) => kind === joined[0]?.kind);
  const indexes = wholeIndexes(facts, node.predicates.filter.map(parsed));
  if (!first || joined.some((each) => leadingIndex(indexes, each))) return undefined;
  const known = { facts, rows: rowsOfOther(sides, node, plan, context) };
  const kept = keptBy(sides, known, first, plan, context);
  const filter = askedOf(node, node.predicates.filter, facts).conditions;
  const scan: JoinScan = {
    node,
    nodes,
    table: rootOf(facts, facts.rows),
    rows: facts.rows,
    pages: facts.pages,
    kept,
    asked: { conditions: joined, alternatives: [] },
    saves: shareOf(...new Set([join, ...between(sides.mine), ...nodes])),
    join,
    lookUps: known.rows,
    joined: [first, ...more],
    values: isTested(sides, context) ? filter.filter((each) => each.single && isPlain(each)) : [],
  };
  return isWorth(scan, sides, plan, context) ? scan : undefined;
}

/** Equalities first; a range of another table's columns is one, too. */
function joinConditions(
  sides: Sides,
  node: PlanNode,
  facts: TableFacts,
  plan: Plan,
  context: RuleContext,
): Condition[] {
  const { join, theirs, further } = sides;
  const said = [...(join.join?.condition ?? []), ...join.predicates.joinFilter];
  const asked = askedOf(asRoot(node, facts), said, facts).conditions.filter(
    ({ kind, other }) => (kind === 'equal' || kind === 'range') && other,
  );
  const known: Known = { facts, plan, context, returned: returnedOf(node, facts, context) };
  const turned = [theirs, ...further].some((each) => keepsFew(each, known));
  return [...asked, ...(turned ? lookedUpBy(theirs, node, facts) : [])].toSorted(
    (a, b) => Number(a.kind === 'range') - Number(b.kind === 'range'),
  );
}

/**
 * The loop goes the wrong way round: the other table, or one that is looked up by it, of which a
 * condition keeps few rows, is looked up by this one's column for each row of this one.
 */
function lookedUpBy(theirs: PlanNode, node: PlanNode, facts: TableFacts): Condition[] {
  return theirs.predicates.index.flatMap((each) =>
    conjuncts(parsed(each)).flatMap((pair): Condition[] => {
      const [key, own] = pair.kind === 'operation' && pair.operator === '=' ? pair.of : [];
      const mine =
        own?.kind === 'column' &&
        own.qualifier === aliasOf(node) &&
        facts.columns?.some(({ name }) => name === own.name);
      if (!mine || key?.kind !== 'column') return [];
      const other = { ...key, qualifier: aliasOf(theirs) };
      return [{ column: own.name, kind: 'equal', operator: looksUp, other }];
    }),
  );
}
const looksUp = 'looks up';

interface Known {
  /** Of the table that is read. */
  facts: TableFacts;
  plan: Plan;
  context: RuleContext;
  /** Share of its rows that come back of the join, as the server counted. */
  returned: number;
}

/** Where nothing is asked of the table itself, what the others keep of it. */
const returnedOf = (node: PlanNode, { rows }: TableFacts, context: RuleContext): number =>
  node.predicates.filter.length > 0 ? 1 : (rowsJoined(context) ?? rows) / Math.max(1, rows);

/** As the planner says of what it looks up, as its values are known, or as was counted. */
function keepsFew(theirs: PlanNode, { facts: mine, plan, context, returned }: Known): boolean {
  const { filteredPct = 100 } = theirs.est;
  if (theirs.predicates.filter.length > 0 && filteredPct <= mostFiltered_pct) return true;
  const facts = tableOf(theirs, context);
  if (!facts || !habitsOf(plan.engine).planner.guessesFiltered) return false;
  const said = [...theirs.predicates.filter, ...theirs.predicates.index];
  // A larger one, of which nothing finds the value, is not read to save reading a smaller one.
  const counted = facts.rows <= mine.rows ? returned : 1;
  return askedOf(theirs, said, facts).conditions.some(
    (each) => each.single && !each.other && (shareOfValue(facts, each) ?? counted) <= fewOfLookedUp,
  );
}
/** What the planner guesses of a condition that it cannot judge is at most this. */
const mostFiltered_pct = 12;
const fewOfLookedUp = 0.02;

interface OfOther {
  facts: TableFacts;
  /** Rows of the other side. */
  rows: number;
}

/** As planned; and no more than stand on the pages of it that a call looked at. */
function rowsOfOther({ theirs }: Sides, mine: PlanNode, plan: Plan, context: RuleContext): number {
  const planned = theirs.est.rows * workersOf(theirs, plan);
  const tables = preorder(plan.root).filter((each) => each !== mine && tableOf(each, context));
  const [other, ...more] = tables;
  const [read, of] = [tableOf(mine, context), other && tableOf(other, context)];
  const looked = examinedACall(context) === undefined ? pagesACall(context) : undefined;
  const found = other?.op === 'IndexScan' || other?.op === 'BitmapHeapScan';
  if (!read || !of || more.length > 0 || !found || looked === undefined || looked < read.pages)
    return planned;
  return Math.min(planned, ((looked - read.pages) * of.rows) / Math.max(1, of.pages));
}

function isWorth(scan: JoinScan, { join, mine }: Sides, plan: Plan, context: RuleContext): boolean {
  const { kept = scan.rows, joined } = scan;
  // A buffer, or a condition that no hash knows: each row of the one side meets each of the other.
  const meets =
    mine.parentRelation === 'inner' && (join.join?.buffered || joined[0].kind === 'range');
  if (meets && scan.lookUps * scan.rows >= leastMeetings.value) return isLarge(scan, context);
  if (joined[0].kind === 'range') return false;
  // In the order that an index would allow, the other side is found first.
  const hashes = !habitsOf(plan.engine).planner.guessesFiltered;
  const each = hashes ? cpuLookedUp : undefined;
  const pays = joined[0].operator === looksUp || indexPays(scan, kept, 0, each);
  // What goes through a join buffer MariaDB does not count.
  const uncounted = join.join?.buffered === true || isUncounted(scan, plan);
  const read = uncounted || isRead(scan, context);
  return pays && read && isLarge(scan, context);
}

const leastMeetings = threshold(
  100_000,
  'pairs of rows',
  'fewer are compared in about ten milliseconds',
);
export const joinThresholds = { leastMeetings };

/** What is read, below what only hands its rows on, keeps or orders them: partitions, too. */
function readFor(side: PlanNode, context: RuleContext): PlanNode[] {
  if (side.relation) return [side];
  const below = side.children.map((each) => readFor(each, context));
  const only = passesOn.has(side.op) || makesUnique(side, context);
  const passes = side.op === 'Append' || (only && below.length === 1);
  return passes && below.every((each) => each.length > 0) ? below.flat() : [];
}

/** The planner's own grouping, for a semi-join: of a statement that asks for none. */
const makesUnique = ({ op, group, predicates }: PlanNode, { shape }: RuleContext): boolean =>
  (op === 'Unique' || (op === 'Aggregate' && (group?.keys.length ?? 0) > 0)) &&
  predicates.filter.length === 0 &&
  shape !== undefined &&
  !(shape.grouped || shape.distinct || shape.distinctUnion) &&
  shape.subqueries > 0;

/** Of a table that is read whole, or in partitions of one. */
function factsOf(
  nodes: readonly PlanNode[],
  plan: Plan,
  context: RuleContext,
): TableFacts | undefined {
  const parts = nodes.flatMap((node) => {
    const facts = tableOf(node, context);
    return facts && readsAll(node, facts, plan) ? [{ ...facts, ...partRead(node, facts) }] : [];
  });
  const [first, ...others] = parts;
  const name = first?.partitionOf?.name;
  const alike = others.every(({ partitionOf }) => name && partitionOf?.name === name);
  if (!first || parts.length < nodes.length || !alike) return undefined;
  const sum = (of: (each: TableFacts) => number) => parts.reduce((all, each) => all + of(each), 0);
  return { ...first, rows: sum((each) => each.rows), pages: sum((each) => each.pages) };
}

/** A join's condition names the table, of which partitions have the alias and a number. */
const asRoot = (node: PlanNode, { partitionOf }: TableFacts): PlanNode =>
  node.relation?.alias && partitionOf && partitionOf.name !== node.relation.name
    ? {
        ...node,
        relation: { ...node.relation, alias: node.relation.alias.replace(/_\d+$/, '') },
      }
    : node;
const passesOn: ReadonlySet<string> = new Set(['Hash', 'Sort', 'Materialize', 'Gather']);

const between = (side: PlanNode): PlanNode[] =>
  side.relation ? [] : [side, ...side.children.flatMap(between)];

/** Of each row of the other side it is asked whether there is one: the first ends the look-up. */
const isTested = ({ join: { join }, mine }: Sides, context: RuleContext): boolean =>
  (/semi|anti/i.test(join?.type ?? '') &&
    mine.parentRelation === (/^right/i.test(join?.type ?? '') ? 'outer' : 'inner')) ||
  between(mine).some((each) => makesUnique(each, context));

/**
 * Rows that the other side's find. Where the statement returns what the join gives, no more than
 * that is wanted, whatever the planner expects of values that it does not know.
 */
function keptBy(
  sides: Sides,
  { facts, rows: others }: OfOther,
  first: Condition,
  plan: Plan,
  context: RuleContext,
): number {
  const share = shareOfValue(facts, first);
  const guessed = habitsOf(plan.engine).planner.guessesFiltered ? others : sides.join.est.rows;
  const each = isTested(sides, context) ? Math.min(1, facts.rows * (share ?? 1)) : undefined;
  const found = share === undefined ? guessed : (each ?? facts.rows * share) * others;
  return Math.min(found, rowsJoined(context) ?? found);
}
