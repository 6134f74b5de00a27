import { habitsOf } from '../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import type { Asked, Condition } from './conditions.ts';
import { looksSelective, rowsCounted, rowsEstimated, rowsJoined, shareOfValue } from './rows.ts';
import { type RuleContext, rowsRead, threshold } from './rule.ts';
import { workersOf } from './scans.ts';
import { examinedACall, pagesACall } from './work.ts';

export const leastEach = threshold(
  5,
  'rows found in one look-up of many',
  'what a key finds by itself a wider index would not find sooner',
);

/** How many rows an index finds in a call, and how many of them are kept, is asked of these. */
export interface Known {
  facts: TableFacts;
  plan: Plan;
  context: RuleContext;
}

/** Rows that are found and kept in a call; undefined where neither plan nor server says. */
export function rowsOf(
  node: PlanNode,
  lookup: PlanNode,
  { sought, filter, anew = false }: { sought: Asked; filter: Asked; anew?: boolean },
  { facts, plan, context }: Known,
): { found: number; kept: number; guessed?: boolean } | undefined {
  const times = loopsOf(node, plan);
  const planned = plannedRows(node, lookup, sought, facts, plan);
  // What begins with another value looks nothing up for each of many rows.
  const each = anew ? 1 : leastEach.value;
  if (times > 1 && planned !== undefined && planned < each) return undefined;
  const { calls, work } = context.stats;
  const looked = calls > 0 ? (work?.rowsExamined ?? work?.pages) : undefined;
  const counted = rowsCounted(context) ?? rowsWalked(plan, context);
  const found = Math.min(
    planned === undefined
      ? (looked ?? 0) / calls
      : Math.max(planned * times, foundAtLeast(counted, context)),
    rowsLooked(facts, context) ?? Number.POSITIVE_INFINITY,
  );
  const both = { conditions: [...sought.conditions, ...filter.conditions], alternatives: [] };
  const others = filter.conditions.filter(({ column }) => !isOfKeys(column, lookup));
  const few = times > 1 ? rowsLeft(node, plan, context) : found * guessedShare;
  const guess = few !== undefined && looksSelective(others, facts, plan) ? few / times : undefined;
  const guesses = habitsOf(plan.engine).planner.guessesFiltered;
  const unknown =
    guesses &&
    others.every((each) => each.kind !== 'equal' || shareOfValue(facts, each) === undefined);
  // Such a planner has looked up how many have the value: of these, not of the mean, some are kept.
  const known = guesses
    ? rowsEstimated(
        node,
        { conditions: others, alternatives: [] },
        { ...facts, rows: found / times },
        plan,
      )
    : rowsEstimated(node, both, facts, plan);
  const estimated = unknown ? guess : (known ?? guess);
  const kept = counted ?? (estimated === undefined ? undefined : estimated * times);
  const guessed = unknown && guess !== undefined && counted === undefined;
  return kept === undefined || !Number.isFinite(found)
    ? undefined
    : { found: Math.min(found, foundAtMost(facts, kept, context)), kept, guessed };
}

/**
 * The first of an order in which an index is read: of the rows that were looked at until they were
 * there all others did not fit.
 */
function rowsWalked({ root }: Plan, context: RuleContext): number | undefined {
  const { shape } = context;
  const sorted = preorder(root).some(({ op }) => op === 'Sort');
  // What OFFSET passes over fits, too.
  if (!shape?.limit || !shape.ordered || shape.offset || sorted) return undefined;
  const kept = rowsCounted({ ...context, shape: { ...shape, limit: false } });
  // Of pages some may be of long values, which a row that is returned has elsewhere.
  const mayBeLong = kept !== undefined && (pagesACall(context) ?? 0) < (kept + 1) * pagesOfLong;
  return examinedACall(context) === undefined && mayBeLong ? undefined : kept;
}
/** Of twenty kilobytes. */
const pagesOfLong = 20;

const isOfKeys = (column: string, { predicates }: PlanNode): boolean =>
  predicates.index.some(({ columns }) =>
    columns.some((each) => each.slice(each.lastIndexOf('.') + 1) === column),
  );

/**
 * Of a value that many rows have more are found than planned, or than of the one that was planned
 * for: of one table all rows that a call has examined are found; each page that it has looked at is
 * a found row's, but for those that lead to rows and to their long values.
 */
function foundAtLeast(kept: number | undefined, context: RuleContext): number {
  const { kind, relations = [], joins = 0, subqueries = 0 } = context.shape ?? {};
  if (relations.length !== 1 || joins + subqueries > 0 || kind === 'insert') return 0;
  const examined = examinedACall(context);
  if (examined !== undefined) return examined;
  const pages = kind === 'select' ? pagesACall(context) : undefined;
  return kept !== undefined && pages !== undefined ? pages - levels * (kept + 1) : 0;
}

/** What comes back of a join, where no table that is looked up later leaves rows out. */
function rowsLeft(node: PlanNode, { root }: Plan, context: RuleContext): number | undefined {
  const all = preorder(root);
  const later = all.slice(all.indexOf(node) + 1);
  return later.some(({ predicates }) => predicates.filter.length > 0)
    ? undefined
    : rowsJoined(context);
}

/** Rows that a call can have seen: a page that was looked at may have held as many as one has. */
export function rowsLooked(
  { rows, pages }: Pick<TableFacts, 'rows' | 'pages'>,
  { stats: { calls, work } }: RuleContext,
): number | undefined {
  if (calls === 0) return undefined;
  if (work?.rowsExamined !== undefined) return work.rowsExamined / calls;
  return work?.pages === undefined ? undefined : (work.pages * (rows / Math.max(1, pages))) / calls;
}

/**
 * Where pages are counted: each row that is kept may have one of its own, and what was found
 * besides stands on the others.
 */
function foundAtMost(facts: TableFacts, kept: number, context: RuleContext): number {
  const together = rowsLooked(facts, context) ?? Number.POSITIVE_INFINITY;
  const pages = pagesACall(context);
  if (pages === undefined || examinedACall(context) !== undefined) return together;
  const others = Math.max(0, pages - kept - levels);
  return Math.min(together, kept + others * (facts.rows / Math.max(1, facts.pages)));
}

function plannedRows(
  node: PlanNode,
  lookup: PlanNode,
  { conditions }: Asked,
  facts: TableFacts,
  plan: Plan,
): number | undefined {
  if (habitsOf(plan.engine).planner.scansIndexForTable) return rowsRead(node);
  if (lookup !== node) return lookup.est.rows;
  const shares = conditions.map((each) =>
    each.kind === 'equal' && !each.wrapped ? shareOfValue(facts, each) : undefined,
  );
  return shares.length > 0 && shares.every((each) => each !== undefined)
    ? shares.reduce((rows, each) => rows * each, facts.rows)
    : undefined;
}

/** The inner side of a loop runs once for each row of the outer one. */
function loopsOf(node: PlanNode, plan: Plan): number {
  const loops = preorder(plan.root).filter(
    (each) =>
      each.op === 'NestedLoop' &&
      each.children.some(
        (side) => side.parentRelation === 'inner' && preorder(side).includes(node),
      ),
  );
  return loops.reduce((times, { children }) => {
    const outer = children.find(({ parentRelation }) => parentRelation === 'outer');
    return outer ? times * Math.max(1, outer.est.rows * workersOf(outer, plan)) : times;
  }, 1);
}

/**
 * Entries of an index that are passed over: as many as on the pages that were looked at beside
 * those of the rows themselves. Where rows are gathered, a value has no more of them than is known.
 */
export function rowsPassed(
  node: PlanNode,
  asked: readonly Condition[],
  { facts, plan, context }: Known,
): { found: number; kept: number; guessed?: boolean } | undefined {
  const { relations = [], joins = 0, subqueries = 0 } = context.shape ?? {};
  const values = asked.filter(({ single }) => single);
  if (values.length === 0 || relations.length > 1 || joins + subqueries > 0) return undefined;
  const shares = values.map((each) => shareOfValue(facts, each));
  const share = shares.reduce<number>((all, each) => all * (each ?? 1), 1);
  const known = shares.some((each) => each !== undefined);
  const read = readByPlan(node, plan);
  const most = known ? facts.rows * share : (read ?? Number.NaN) * guessedShare;
  const kept = rowsCounted(context) ?? (known || looksSelective(values, facts, plan) ? most : NaN);
  const pages = pagesACall(context);
  const entries = pages === undefined ? read : Math.max(0, pages - kept - levels) * entriesOfPage;
  const found = Math.min(facts.rows, entries ?? Number.NaN, examinedACall(context) ?? facts.rows);
  return Number.isFinite(found) && Number.isFinite(kept) ? { found, kept } : undefined;
}
/** Some planners say how many entries of an index are read; others what comes out. */
const readByPlan = (node: PlanNode, { engine }: Plan): number | undefined =>
  habitsOf(engine).planner.scansIndexForTable ? rowsRead(node) : undefined;
/** Of what is found, where nobody knows. */
const guessedShare = 0.05;
/** Of an index: its levels, and entries of a number or a time on a page of 8 KiB, half full. */
const levels = 4;
const entriesOfPage = 150;

/** Of a bitmap, what finds its rows. */
export const lookupOf = (node: PlanNode): PlanNode =>
  node.children.find(({ op }) => op === 'BitmapIndexScan') ?? node;
