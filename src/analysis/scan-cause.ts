import { sqlOf } from '../dialects/habits.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { IndexFacts, TableFacts } from '../model/statistics.ts';
import { type Condition, isPlain, nullSafe, parsed } from './conditions.ts';
import { copiedScansOf } from './copied-scans.ts';
import { invertedIndex, isLed, leadingIndex, wholeIndexes } from './indexes.ts';
import { type JoinScan, joinScansOf } from './join-scans.ts';
import { looksSelective, rowsCounted, shareOfValue } from './rows.ts';
import { type RuleContext, typesAreSure } from './rule.ts';
import { looksSoFar } from './said-before.ts';
import { indexPays, type Scan, scansOf } from './scans.ts';
import { correlationOf, isNumber, isRare, isSelective } from './selective.ts';

/**
 * Why a table is read from end to end though few of its rows are wanted: one reason for each scan,
 * which is one rule's to tell. Undefined: it is as it should be, or nobody can say.
 */
export type ScanCause =
  | { kind: 'missing'; conditions: Condition[] }
  /** Each side of an OR wants an index of its own. */
  | { kind: 'alternatives'; sides: Condition[][] }
  /** One is there, for other rows than those that are asked for. */
  | { kind: 'partial'; index: IndexFacts; conditions: Condition[] }
  /** Nothing finds the rows that another table's ask for. */
  | { kind: 'joined'; join: PlanNode; conditions: Condition[]; values: Condition[] }
  | Hard;
/** No usual index on the column serves it. */
type Hard = {
  kind: 'wrapped' | 'converted' | 'pattern' | 'document';
  condition: Condition;
  /** Of an OR what its other sides ask of, each a pattern of its own. */
  others?: Condition[];
};

/** Scans of which the cause is known: asked for by each rule, and made once. */
export function judgedScans(plan: Plan, context: RuleContext): Judged[] {
  const known = made.get(context);
  // Where they hang on what was counted, so does whoever is told of them (said-before.ts).
  if (known?.plan === plan && (!known.counted || context.stats)) return known.scans;
  const before = looksSoFar();
  const scans = scansWithCause(plan, context);
  made.set(context, { plan, scans, counted: looksSoFar() > before });
  return scans;
}

function scansWithCause(plan: Plan, context: RuleContext): Judged[] {
  const joins = joinScansOf(plan, context);
  const copied = new Set(copiedScansOf(plan, context).map(({ node }) => node));
  const filtered = scansOf(plan, context).flatMap((scan) => {
    if (copied.has(scan.node)) return [];
    const cause = causeOf(scan, plan, context);
    const byJoin = joins.find(({ node }) => node === scan.node);
    return cause && !(byJoin && findsFewer(byJoin, scan, cause)) ? [{ scan, cause }] : [];
  });
  const told = new Set(filtered.flatMap(({ scan }) => scan.nodes));
  const joined = joins
    .filter(({ node }) => !told.has(node))
    .map((scan) => ({ scan, cause: joinCause(scan, context) }));
  return [...filtered, ...joined];
}

/**
 * Of a flag or a kind an index finds thousands; of what few rows of another table lead to it finds
 * some. Only where the values of both columns are known, and the planner hashes: what goes through
 * a buffer is not driven by the other table.
 */
function findsFewer(
  { join: { join }, joined: [first], kept, lookUps }: JoinScan,
  scan: Scan,
  cause: ScanCause,
): boolean {
  if (cause.kind !== 'missing' || kept === undefined || join?.buffered) return false;
  const values = cause.conditions.filter((each) => each.kind === 'equal' && each.single);
  const shares = values.flatMap((each) => shareOfValue(scan.table, each) ?? []);
  if (values.length === 0 || values.length < cause.conditions.length) return false;
  if (shares.length < values.length || !shareOfValue(scan.table, first)) return false;
  const found = shares.reduce((rows, each) => rows * each, scan.rows);
  return Math.max(kept, lookUps) <= found * clearlyFewer;
}
const clearlyFewer = 0.5;

export interface Judged {
  scan: Scan;
  cause: ScanCause;
}
const made = new WeakMap<RuleContext, { plan: Plan; scans: Judged[]; counted: boolean }>();

function causeOf(scan: Scan, plan: Plan, context: RuleContext): ScanCause | undefined {
  const indexes = wholeIndexes(scan.table, scan.node.predicates.filter.map(parsed)).filter(
    (each) => !isCut(each, scan.table, plan),
  );
  const { conditions } = scan.asked;
  const collated = conditions.filter((each) => isCollated(each, context));
  const plain = conditions.filter((each) => isPlain(each) && !collated.includes(each));
  const unserved = plain.filter((each) => !leadingIndex(indexes, each));
  const begins = conditions.some((each) => isBeginning(each, context));
  const known = unserved.some((each) => shareOfValue(scan.table, each) !== undefined);
  if (
    unserved.length > 0 &&
    (known || !begins) &&
    isSelective(unserved, plain, scan, plan, context)
  )
    return plainCause(scan, unserved, plain, context);
  if (!pays(scan, conditions, plan)) return undefined;
  const [condition] = collated;
  if (condition) return { kind: 'converted', condition };
  const hard = conditions
    .flatMap((each) => hardCause(each, indexes, plan, context) ?? [])
    .toSorted((a, b) => shareKnown(a.condition, scan) - shareKnown(b.condition, scan))[0];
  if (hard) return hard;
  const beside =
    scan.asked.alternatives.length > 0 &&
    (plain.every((each) => keepsMost(each, scan)) || eachFindsFew(scan, plan));
  const typed = plain.filter((each) => !isNumber(each, scan, plan));
  if (plain.length > 0 && !beside) return unusable(scan, typed, indexes, context);
  return orCause(scan, indexes, plan, context);
}

/** `deleted_at IS NULL` beside an OR: what finds few is the OR. */
const keepsMost = (each: Condition, { table }: Scan): boolean =>
  (shareOfValue(table, each) ?? 0) >= mostRows;
const mostRows = 0.5;

/** `number LIKE 'A17%'`: made to find few, more surely than a value of which nothing is known. */
const isBeginning = ({ kind, wrapped, column }: Condition, { shape }: RuleContext): boolean =>
  kind === 'pattern' &&
  !wrapped &&
  shape?.comparisons.some((each) => each.fixedStart && each.column === column) === true;

/** Of the first letters only, with which too many begin, where an index of all of them can be. */
const isCut = ({ keys: [first], prefixed = [] }: IndexFacts, table: TableFacts, plan: Plan) =>
  first !== undefined &&
  prefixed.includes(first) &&
  table.columns?.some(
    (each) =>
      each.name === first &&
      (each.bytes ?? 0) <= shortText_bytes &&
      sqlOf(plan.engine).indexes?.letters?.(each) === undefined,
  );
/** 255 letters: longer ones are seldom what an index is on as a whole. */
const shortText_bytes = 1_020;

/** Of several, the one that finds fewest; others stay as they stand. */
const shareKnown = (condition: Condition, { table }: Scan): number =>
  (condition.operator === nullSafe ? shareOfValue(table, condition) : undefined) ?? 1;

function joinCause({ join, joined, values }: JoinScan, context: RuleContext): ScanCause {
  const [condition] = joined;
  if (!condition.wrapped) return { kind: 'joined', join, conditions: joined, values };
  return { kind: isConversion(condition, context) ? 'converted' : 'wrapped', condition };
}

/** Where the planner does not know, and nobody has counted, a condition is made to find few. */
const pays = (scan: Scan, conditions: readonly Condition[], plan: Plan): boolean =>
  scan.kept === undefined
    ? conditions.some((each) => mayFindFew(each, scan)) || eachFindsFew(scan, plan)
    : indexPays(scan, scan.kept, correlationOf(scan, conditions));

/** Of an OR each side: by a value of which it is known, or looks as if, few rows have it. */
const eachFindsFew = ({ asked, table }: Scan, plan: Plan): boolean =>
  asked.alternatives.some((branches) =>
    branches.every((branch) =>
      branch.some((each) => {
        const share = isPlain(each) ? shareOfValue(table, each) : undefined;
        const known = share === undefined ? undefined : share <= fewOfSide;
        return isPlain(each) && (known ?? looksSelective([each], table, plan));
      }),
    ),
  );
/** All sides together are a few hundredths of the table then. */
const fewOfSide = 0.01;

/** Of a range nobody knows; but who has an index on the column means to find few rows by it. */
const mayFindFew = (each: Condition, { table }: Scan): boolean =>
  each.kind === 'range'
    ? each.wrapped !== undefined && table.indexes.some(({ keys: [first] }) => first === each.column)
    : each.kind !== 'unequal';

/**
 * An index is there for the very value, few rows have it, and the server was counted to read the
 * table: a value of another type or collation explains that.
 */
function unusable(
  scan: Scan,
  plain: readonly Condition[],
  indexes: readonly IndexFacts[],
  context: RuleContext,
): ScanCause | undefined {
  const { table } = scan;
  const { stats } = context;
  const { pages, rowsExamined } = stats.work ?? {};
  if (stats.calls === 0 || (pages ?? rowsExamined) === undefined) return undefined;
  const counted = rowsCounted(context) !== undefined;
  const condition = plain.find(
    (each) =>
      each.single &&
      !each.other &&
      leadingIndex(indexes, each) &&
      isRare(each, scan) &&
      (counted || shareOfValue(table, each) === 1 / table.rows),
  );
  return condition && { kind: 'converted', condition };
}

function plainCause(
  { table }: Scan,
  unserved: readonly Condition[],
  plain: readonly Condition[],
  { stats }: RuleContext,
): ScanCause | undefined {
  const partial = table.indexes.filter((index) => index.partial);
  const index = partial.find((each) => unserved.some((one) => leadingIndex([each], one)));
  // With its values, which a plan without them lacks, the statement may imply the predicate.
  const mayImply = index?.predicate === undefined || /[?$]/.test(index.predicate);
  if (index && mayImply && (stats.calls === 0 || stats.work?.pages === undefined)) return undefined;
  const conditions = [...unserved, ...plain.filter((each) => !unserved.includes(each))];
  return index ? { kind: 'partial', index, conditions } : { kind: 'missing', conditions };
}

function hardCause(
  condition: Condition,
  indexes: readonly IndexFacts[],
  plan: Plan,
  context: RuleContext,
): Hard | undefined {
  const { kind, wrapped } = condition;
  if (kind === 'unequal' || isPlain(condition)) return undefined;
  if (kind === 'document')
    return invertedServes(condition, indexes) || (wrapped && leadingIndex(indexes, condition))
      ? undefined
      : { kind, condition };
  if (kind === 'pattern')
    return patternIsServed(condition, indexes, plan, context) ? undefined : { kind, condition };
  if (leadingIndex(indexes, condition)) return undefined;
  return wrapped && typesAreSure(plan) && isConversion(condition, context)
    ? { kind: 'converted', condition }
    : { kind: 'wrapped', condition };
}

/** An inverted index holds what a document contains, not what is taken out of it and compared. */
const invertedServes = (condition: Condition, indexes: readonly IndexFacts[]): boolean =>
  condition.wrapped === undefined &&
  condition.operator !== 'any' &&
  invertedIndex(indexes, condition) !== undefined;

/** A plan without values never uses an index for a pattern; what the server counts tells. */
function patternIsServed(
  condition: Condition,
  indexes: readonly IndexFacts[],
  plan: Plan,
  { stats, shape }: RuleContext,
): boolean {
  // What finds words of a text finds no pattern.
  const pieces = indexes.filter(({ method }) => !/fulltext/i.test(method ?? ''));
  if (invertedIndex(pieces, condition)) return true;
  const open = shape?.comparisons.some(
    ({ column, openStart }) => openStart && column === condition.column,
  );
  const counted = stats.calls > 0 && stats.work?.pages !== undefined;
  return !open && plan.parameters === 'generic' && !counted && !!leadingIndex(indexes, condition);
}

/**
 * Compared in a collation that the statement names, in which no index on the column alone is. Of
 * PostgreSQL the statement says which, and the plan has the column as another text.
 */
const isCollated = (each: Condition, { shape }: RuleContext): boolean =>
  isPlain(each) &&
  (each.collated ||
    (each.asText === true &&
      shape?.comparisons.some(
        ({ column, function: call }) => call === 'collate' && column === each.column,
      ) === true));

/** The statement does not write the cast that the plan has. */
const isConversion = ({ wrapped, column }: Condition, { shape }: RuleContext): boolean =>
  wrapped?.kind === 'cast' &&
  wrapped.of[0]?.kind === 'column' &&
  !shape?.comparisons.some(
    (each) => each.column === column && (each.cast || each.function || each.wrapped),
  );

function orCause(
  scan: Scan,
  indexes: readonly IndexFacts[],
  plan: Plan,
  context: RuleContext,
): ScanCause | undefined {
  const [branches] = scan.asked.alternatives;
  // What begins with some letters is a range of texts.
  const served = branches?.map((branch) =>
    branch.flatMap((each): Condition[] =>
      isPlain(each) ? [each] : isBeginning(each, context) ? [{ ...each, kind: 'range' }] : [],
    ),
  );
  if (!served?.every((branch) => branch.length > 0))
    return patternsCause(scan, indexes, plan, context);
  const sides = served.filter((conditions) => !isLed(indexes, { conditions }));
  return sides.length > 0 ? { kind: 'alternatives', sides } : undefined;
}

/** `name ILIKE '%x%' OR email ILIKE '%x%'`: a search, of which each side is a pattern alone. */
function patternsCause(
  { asked: { alternatives } }: Scan,
  indexes: readonly IndexFacts[],
  plan: Plan,
  context: RuleContext,
): ScanCause | undefined {
  const [branches = [], ...more] = alternatives;
  const [condition, ...others] = branches.flat();
  const each = [...new Map(others.map((other) => [other.column, other])).values()];
  return condition &&
    more.length === 0 &&
    branches.every(([only, ...beside]) => only?.kind === 'pattern' && beside.length === 0) &&
    !branches.flat().some((one) => patternIsServed(one, indexes, plan, context))
    ? { kind: 'pattern', condition, others: each }
    : undefined;
}
