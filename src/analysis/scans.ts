import { habitsOf } from '../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { type Asked, allBut, askedOf, type Condition, hasValue } from './conditions.ts';
import {
  looksSelective,
  rowsCounted,
  rowsEstimated,
  rowsJoined,
  rowsWithValue,
  shareOfValue,
} from './rows.ts';
import { type RuleContext, readsAll, rowsRead, tableOf, threshold, typesAreSure } from './rule.ts';
import { shareUnwanted } from './shares.ts';
import { examinedACall, pagesACall, rowsACall } from './work.ts';

/**
 * Tables that a plan reads from end to end, under conditions. Partitions of one table are one scan.
 * Whether production does so too is asked of the server's counters: a plan without values may be
 * another than the one with.
 */
export interface Scan {
  /** Of all partitions, the first. */
  node: PlanNode;
  nodes: PlanNode[];
  /** What SQL would be about: of a partition, its root. */
  table: TableFacts;
  rows: number;
  pages: number;
  /** Rows that pass the conditions; undefined: the planner does not know, and nobody counted. */
  kept: number | undefined;
  asked: Asked;
  /** Of the statement's work. */
  saves: number;
}

const fewRows = threshold(
  10_000,
  'rows of the table',
  'a smaller table is some hundred pages, which stay in memory: it is told of where reading it ' +
    'takes some tenths of a millisecond, or adds up since it is read so often',
);
const leastRows = threshold(
  500,
  'rows of the table',
  'what stands on a handful of pages is found no sooner by an index',
);
const longCall_ms = threshold(
  0.2,
  'ms a call',
  'five times what a look-up takes: a person does not notice it, a loop does',
);
const hotShare = threshold(
  0.001,
  'of the database’s time',
  'a small table that takes as much is read so often that an index pays for its upkeep',
);
const hotCalls = threshold(
  100,
  'calls in the interval',
  'of what is called less often a small table’s scan is nobody’s trouble',
);
const leastPages = threshold(
  0.3,
  'of the table’s pages or rows a call',
  'a scan that stops at the first row looks at half; where a call looks at far fewer, another ' +
    'plan than this one runs in production',
);
export const scanThresholds = { leastRows, fewRows, longCall_ms, hotShare, hotCalls, leastPages };

export function scansOf(plan: Plan, context: RuleContext): Scan[] {
  if (!isSure(plan, context)) return [];
  const read = preorder(plan.root).flatMap((node) => {
    const facts = tableOf(node, context);
    const filtered = node.predicates.filter.length > 0;
    const all = facts && (readsAll(node, facts, plan) || walksAll(node, facts, context));
    return facts && filtered && all ? [{ node, facts }] : [];
  });
  const groups = Map.groupBy(read, ({ node, facts: { partitionOf } }) =>
    partitionOf ? `${partitionOf.schema}.${partitionOf.name}` : node,
  );
  return [...groups.values()]
    .map((group) => scanOf(group, plan, context))
    .filter((scan) => isUncounted(scan, plan) || isRead(scan, context) || endsLate(scan, context))
    .filter((scan) => isLarge(scan, context));
}

/** It is read to make a derived table, and the server counts only what is read of that. */
export const isUncounted = ({ node }: Pick<Scan, 'node'>, { root, engine }: Plan): boolean =>
  !habitsOf(engine).planner.countsDerived &&
  preorder(root).some((each) => each.op === 'SubqueryScan' && preorder(each).includes(node));

/** An index is read from end to end, by nothing but a filter, and not for its first rows. */
const walksAll = (node: PlanNode, facts: TableFacts, { shape }: RuleContext): boolean =>
  (node.op === 'IndexOnlyScan' || node.op === 'IndexScan') &&
  node.ext['rowsRead'] === undefined &&
  node.predicates.index.length === 0 &&
  shape?.limit === false &&
  // A partial one has only the rows that its predicate leaves.
  !facts.indexes.some(({ name, partial }) => partial && name === node.index?.name);

/**
 * Types that are not sure may be of another plan; what was counted of this statement is not. It is
 * looked at last: what a rule said without it is said again as long as the plan is the same.
 */
export const isSure = (plan: Plan, context: RuleContext): boolean =>
  typesAreSure(plan) || (!plan.lossiness.includes('identifier_differs') && isCounted(context));

function isCounted({ stats }: RuleContext): boolean {
  const { pages, rowsExamined } = stats.work ?? {};
  return stats.calls > 0 && (pages ?? rowsExamined) !== undefined;
}

type Read = { node: PlanNode; facts: TableFacts };

function scanOf(group: Read[], plan: Plan, context: RuleContext): Scan {
  const [first] = group as [Read];
  const parts = group.map(({ node, facts }) => partRead(node, facts));
  const rows = sum(parts.map((each) => each.rows));
  const { node: one, facts: ofOne } = first;
  const asked = withValues(askedOf(one, one.predicates.filter, ofOne), plan, context);
  const estimated = group.map(({ node, facts }) => {
    const each = rowsEstimated(node, asked, facts, plan);
    return each === undefined ? undefined : each * workersOf(node, plan);
  });
  const known = estimated.filter((each) => each !== undefined);
  const planned = known.length === group.length ? sum(known) : undefined;
  const valued = group.flatMap(({ facts }) => rowsWithValue(asked.conditions, facts) ?? []);
  const most = valued.length === group.length ? sum(valued) : undefined;
  const byValue = [...asked.conditions, ...sidesOf(asked)].some((each) =>
    mayBeFew(each, ofOne, plan),
  );
  const joined = byValue ? rowsJoined(context) : undefined;
  const kept =
    rowsCounted(context) ?? least(planned, joined, most) ?? manyLookedUp(one, rows, plan, context);
  return {
    node: first.node,
    nodes: group.map(({ node }) => node),
    table: rootOf(first.facts, rows),
    rows,
    pages: sum(parts.map((each) => each.pages)),
    kept,
    asked,
    saves: sum(group.map(({ node }) => shareUnwanted(node, rows, kept ?? rows * unknownShare))),
  };
}
/**
 * `closed_at IS NOT NULL`, which the statement says itself, and by which few rows came; so it is of
 * `state <> 'done'` where the server finds what is around a value.
 */
function withValues(asked: Asked, { engine }: Plan, context: RuleContext): Asked {
  const ranges = habitsOf(engine).planner.seeksBetween ? [hasValue, ...allBut] : [hasValue];
  const said = (column: string) =>
    context.shape?.comparisons.some(
      (each) => each.column === column && ['is not null', ...allBut].includes(each.operator),
    );
  const conditions = asked.conditions.map(
    (each): Condition =>
      ranges.includes(each.operator) && !each.wrapped && !each.other && said(each.column)
        ? { ...each, kind: 'range' }
        : each,
  );
  return rowsCounted(context) === undefined ? asked : { ...asked, conditions };
}
/** Of what nobody knows: a flag and what has no value most rows may have, and a join leaves few. */
export const mayBeFew = (each: Condition, table: TableFacts, plan: Plan): boolean =>
  each.kind === 'equal' &&
  (!habitsOf(plan.engine).planner.guessesFiltered ||
    each.wrapped !== undefined ||
    shareOfValue(table, each) !== undefined ||
    looksSelective([each], table, plan));

/**
 * Where nobody knows how many rows are kept, those that are looked up for each of them are counted:
 * undefined where they tell of few, since what finds nothing is not counted.
 */
function manyLookedUp(
  node: PlanNode,
  rows: number,
  plan: Plan,
  context: RuleContext,
): number | undefined {
  const isTable = ({ relation }: PlanNode) => relation?.kind === 'table';
  const examined = examinedACall(context);
  if (examined === undefined || preorder(plan.root).find(isTable) !== node) return undefined;
  const others = preorder(plan.root).filter((other) => isTable(other) && other !== node);
  const lookUps = others.every(({ predicates }) => predicates.index.length > 0);
  if (others.length === 0 || !lookUps) return undefined;
  const each = sum(others.map((other) => Math.max(1, rowsRead(other))));
  const kept = (examined - rows) / each;
  return kept >= rows * many ? Math.min(rows, kept) : undefined;
}
const many = 0.1;

/** What an OR asks for by a value on each of its sides. */
const sidesOf = ({ alternatives }: Asked): Condition[] =>
  alternatives
    .filter((branches) => branches.every((each) => each.some(({ kind }) => kind === 'equal')))
    .flat(2);

/** Of a table that stands in the plan for its partitions, the part that is in those it reads. */
export function partRead(
  { ext }: PlanNode,
  { rows, pages, partitionOf }: TableFacts,
): Pick<TableFacts, 'rows' | 'pages'> {
  const read = ext['partitions'];
  const all = partitionOf?.partitions;
  if (typeof read !== 'number' || !all || read >= all) return { rows, pages };
  const inThem = typeof ext['rowsRead'] === 'number' ? ext['rowsRead'] : (rows * read) / all;
  return { rows: inThem, pages: (pages * inThem) / Math.max(1, rows) };
}

/** Of rows that are wanted, where nobody knows: a usual guess of planners. */
const unknownShare = 0.1;
const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

const least = (...all: (number | undefined)[]): number | undefined => {
  const known = all.filter((each) => each !== undefined);
  return known.length ? Math.min(...known) : undefined;
};

/** The table that a partition is of, with what is known of the partition. */
export const rootOf = (facts: TableFacts, rows: number): TableFacts =>
  facts.partitionOf
    ? { ...facts, schema: facts.partitionOf.schema, name: facts.partitionOf.name, rows }
    : facts;

/** Where several workers share a scan, the plan says what one of them finds. */
export function workersOf(node: PlanNode, { root }: Plan): number {
  const gather = gathersOf(root).get(node);
  const planned = gather?.workers?.planned ?? 0;
  // The leader helps as long as it has little else to do: PostgreSQL's own arithmetic.
  return planned === 0 ? 1 : planned + Math.max(0, 1 - 0.3 * planned);
}

/** Of each node at or below a Gather, the first one of the plan. */
function gathersOf(root: PlanNode): ReadonlyMap<PlanNode, PlanNode> {
  const known = gathers.get(root);
  if (known) return known;
  const found = new Map<PlanNode, PlanNode>();
  for (const each of preorder(root))
    if (each.op === 'Gather' && !found.has(each))
      for (const below of preorder(each)) found.set(below, each);
  gathers.set(root, found);
  return found;
}
const gathers = new WeakMap<PlanNode, ReadonlyMap<PlanNode, PlanNode>>();

/** The first few in whichever order, of one table: very many rows come by before they are there. */
function endsLate({ nodes, rows, pages }: Scan, context: RuleContext): boolean {
  const { limit, ordered, relations = [], subqueries = 0 } = context.shape ?? {};
  const [examined = 0, returned = 0] = [rowsSeen({ rows, pages }, context), rowsACall(context)];
  const alone = relations.length === 1 && subqueries === 0 && nodes.length === 1;
  const late = examined >= fewRows.value && returned <= examined * fewReturned;
  return limit === true && ordered === false && alone && late;
}
const fewReturned = 0.001;

/** Rows that a call has come by, as the server counted them, or the pages that they are on. */
export function rowsSeen(
  { rows, pages }: Pick<Scan, 'rows' | 'pages'>,
  context: RuleContext,
): number | undefined {
  const looked = pagesACall(context);
  return examinedACall(context) ?? (looked && (looked * rows) / Math.max(1, pages));
}

/** False where the server's counters say that a call looks at less than the table. */
export function isRead(
  { pages, rows, nodes }: Pick<Scan, 'pages' | 'rows' | 'nodes'>,
  context: RuleContext,
): boolean {
  const { stats } = context;
  if (stats.calls === 0) return true;
  // A plan without values names all partitions, a call may look at one.
  const parts = nodes.length;
  const looked = pagesACall(context);
  const examined = examinedACall(context);
  const all = nodes.some(({ op }) => op === 'IndexOnlyScan') ? pages * shareOfIndex : pages;
  if (looked !== undefined) return looked >= (leastPages.value * all) / parts;
  return examined === undefined || examined >= (leastPages.value * rows) / parts;
}

/** Pages of an index, of those of its table. */
const shareOfIndex = 0.05;

export function isLarge(
  { rows, saves }: Pick<Scan, 'rows' | 'saves'>,
  { stats, timeShare = 0 }: RuleContext,
): boolean {
  if (rows < leastRows.value) return false;
  if (rows >= fewRows.value) return true;
  if (stats.calls <= 1) return false;
  const long = (stats.totalMs / stats.calls) * saves >= longCall_ms.value;
  return long || (stats.calls >= hotCalls.value && timeShare * saves >= hotShare.value);
}

const leastGain = threshold(
  0.6,
  'of the cost of the scan',
  'an index that would save less is not what planners choose when the rows lie scattered',
);
export const gainThresholds = { leastGain };

/**
 * Would finding `kept` rows by an index cost clearly less than reading all? As PostgreSQL reckons a
 * bitmap scan (costsize.c: cost_bitmap_heap_scan, index_pages_fetched), with its default costs: the
 * other servers' planners reckon otherwise and choose alike.
 */
export function indexPays(
  { rows, pages }: Pick<Scan, 'rows' | 'pages'>,
  kept: number,
  correlation = 0,
  each = cpuFound,
): boolean {
  const scan = pages * sequentialPage + rows * cpuRow;
  const scattered = pages === 0 ? 0 : Math.min(pages, (2 * pages * kept) / (2 * pages + kept));
  const together = Math.min(pages, Math.max(1, (pages * kept) / Math.max(1, rows)));
  const fetched = scattered + correlation ** 2 * (together - scattered);
  const page = randomPage - (randomPage - sequentialPage) * Math.sqrt(fetched / Math.max(1, pages));
  return fetched * page + kept * each <= leastGain.value * scan;
}
/** `seq_page_cost`, `random_page_cost`, `cpu_tuple_cost` + one operator; + an index entry's. */
const sequentialPage = 1;
const randomPage = 4;
const cpuRow = 0.0125;
const cpuFound = 0.02;
/** Found by a look-up of its own: at each level of the index as many operators as 50. */
export const cpuLookedUp = 0.3;

/** `public.events`, and how many of its partitions. */
export const describeScan = ({ node, nodes, table }: Scan): string => {
  const name = `${table.schema ? `${table.schema}.` : ''}${table.name}`;
  if (!table.partitionOf) return name;
  const parts = node.ext['partitions'];
  if (typeof parts === 'number')
    return `${name} (${parts} ${parts === 1 ? 'partition' : 'partitions'})`;
  return nodes.length === 1
    ? `${name} (partition ${node.relation?.name})`
    : `${name} (${nodes.length} partitions)`;
};
