import { habitsOf, sqlOf } from '../dialects/habits.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { keysFor, mostKeys, wholeKeys } from './advice.ts';
import { allBut, askedOf, type Condition, hasValue, isPlain } from './conditions.ts';
import { sharesOf } from './rows.ts';
import { type RuleContext, threshold } from './rule.ts';

/**
 * Of an index that answers alone a statement which makes one row of many, of one table: what is
 * asked for, then what is counted and summed. Undefined where nobody knows all that is read, where
 * an index is too wide with it, and where one has it all.
 */
export function coveringKeys(
  node: PlanNode,
  facts: TableFacts,
  plan: Plan,
  { shape }: RuleContext,
): IndexKey[] | undefined {
  const gathered = shape && columnsGathered(shape);
  if (!gathered || !habitsOf(plan.engine).planner.guessesFiltered) return undefined;
  const predicates = [...node.predicates.index, ...node.predicates.filter];
  const { conditions } = askedOf(node, predicates, facts);
  const asked = keysFor(
    conditions.filter(({ operator }) => operator !== 'is true'),
    facts,
  );
  const named = predicates
    .flatMap(({ columns }) => columns.map((each) => each.slice(each.lastIndexOf('.') + 1)))
    .filter((each) => !timeWord.test(each));
  const all = [...new Set([...asked.map(({ column }) => column), ...gathered, ...named])];
  const narrow = all.every((each) => isNarrow(each, facts, plan));
  return all.length <= mostKeys && narrow && !isHeld(all, facts)
    ? all.map((column) => ({ column }))
    : undefined;
}
/** What plans print before a value. */
const timeWord = /^(?:date|time|timestamp)$/i;

export const leastLatest = threshold(
  20_000,
  'rows of a table of which the latest are wanted',
  'fewer are read in some milliseconds',
);
/** Of the pages: whoever wants more than the latest reads the index as soon as the table. */
const narrow = 0.4;

/** Of a table, of which fewer have their rows looked up all the same. */
const mostlyVisible = 0.9;
/** An entry's own bytes, and the share of a page that entries fill. */
const entryBytes = 12;
const filled = 0.9;

/**
 * The same where the server says how much of the table an index answers for alone (PostgreSQL), and
 * how wide values are: whichever share of the rows have the values that are asked for, its entries
 * take a fraction of the pages.
 */
export function keysAlone(
  node: PlanNode,
  facts: TableFacts,
  plan: Plan,
  { shape }: RuleContext,
): IndexKey[] | undefined {
  const { allVisible = 0, rows, pages } = facts;
  if (!shape || allVisible < mostlyVisible || !isTotal(shape, node) || !shape.reads)
    return undefined;
  const { index, recheck, filter } = node.predicates;
  const { conditions, alternatives } = askedOf(node, [...index, ...recheck, ...filter], facts);
  const served = conditions.every(
    (each) => isPlain(each) || (each.kind === 'unequal' && !each.wrapped),
  );
  if (conditions.length === 0 || alternatives.length > 0 || !served) return undefined;
  const asked = keysFor(conditions, facts).map(({ column }) => column);
  const all = [...new Set([...asked, ...shape.reads.map(({ column }) => column)])];
  const widths = all.flatMap((name) => widthOf(name, facts, plan) ?? []);
  if (widths.length < all.length || all.length > mostKeys || isHeld(all, facts)) return undefined;
  const { pageBytes } = habitsOf(plan.engine).planner;
  const entry =
    (entryBytes + widths.reduce((sum, each) => sum + Math.ceil(each / 8) * 8, 0)) / filled;
  const ofIndex = (rows * entry) / pageBytes;
  // Of all that one value can have, as planners reckon; of those found, far fewer than their rows.
  const long = node.op === 'SeqScan' && pages >= longRead_pages;
  const most = long ? mostFound(conditions, facts) : 1;
  const ofFound = (ofIndex * randomPage + rows * cpuOfEntry) * most;
  const cheaper = ofFound <= mostCost * (pages + rows * cpuOfRow);
  const scattered = node.op !== 'SeqScan' && pages >= ofIndex * 2;
  // Of a range that most rows are in the table is read as before.
  const counted = long && onlyCounts(shape);
  const since = long || (rows >= leastLatest.value && ofIndex <= pages * narrow);
  const latest = since && isSince(conditions, facts);
  return cheaper || scattered || counted || latest ? all.map((column) => ({ column })) : undefined;
}

/** No column is asked for but by conditions. */
export const onlyCounts = ({ grouped, countAll }: QueryShape): boolean =>
  countAll === true && !grouped;

/**
 * From a time on, which no index finds: who asks so wants the latest. Where one does, a planner
 * that reads the table all the same knows that most rows are as late.
 */
export function isSince(conditions: readonly Condition[], { columns, indexes }: TableFacts) {
  const [range, ...more] = conditions.filter(({ kind }) => kind === 'range');
  const known = columns?.find(({ name }) => name === range?.column);
  return (
    range !== undefined &&
    more.length === 0 &&
    isPlain(range) &&
    /^>=?$/.test(range.operator) &&
    timeType.test(known?.type ?? '') &&
    !indexes.some(({ keys: [first] }) => first === range.column)
  );
}
const timeType = /^(?:date|timestamp)/;

/**
 * Where it is only counted, each entry of an index on what is asked tells: whichever share of the
 * rows it is of, none is read. So does of the latest rows one that has what is summed.
 */
export function keysOfCount(
  node: PlanNode,
  facts: TableFacts,
  plan: Plan,
  context: RuleContext,
): IndexKey[] | undefined {
  const { conditions, alternatives } = askedOf(node, node.predicates.filter, facts);
  const served = conditions.every(
    (each) =>
      !each.wrapped &&
      !each.other &&
      (isPlain(each) || each.operator === hasValue || allBut.has(each.operator)),
  );
  return context.shape &&
    (onlyCounts(context.shape) || isSince(conditions, facts)) &&
    conditions.length > 0 &&
    served &&
    alternatives.length === 0
    ? coveringKeys(node, facts, plan, context)
    : undefined;
}
/** Some ten milliseconds: sooner read, most of a table is as well read as its index. */
const longRead_pages = 4_000;
/** Of the rows, where the commonest of the values that are asked for is. */
const mostFound = (conditions: readonly Condition[], facts: TableFacts): number =>
  conditions
    .filter(({ kind, single, wrapped }) => kind === 'equal' && single && !wrapped)
    .reduce((share, each) => Math.min(share, sharesOf(each, facts)?.most ?? 1), 1);
const randomPage = 4;
const cpuOfEntry = 0.0175;
const cpuOfRow = 0.0125;
const mostCost = 0.9;

/**
 * One row, or one of each group, is made of many of one table. For the first of the groups all rows
 * are read, but where an index has them in groups.
 */
function isTotal(shape: QueryShape, { op }: PlanNode): boolean {
  const { kind, relations, joins, subqueries, distinct, aggregates = [] } = shape;
  const alone = relations.length === 1 && joins + subqueries === 0;
  const all = !shape.limit || (shape.grouped && op === 'SeqScan');
  return kind === 'select' && alone && !distinct && all && aggregates.length > 0;
}

/** Undefined where its values have no order, or are long. */
function widthOf(name: string, { columns }: TableFacts, { engine }: Plan): number | undefined {
  const known = columns?.find((each) => each.name === name);
  const ordered = known && !sqlOf(engine).indexes?.unordered?.test(known.type);
  return ordered && known.width !== undefined && known.width <= mostWidth ? known.width : undefined;
}
const mostWidth = 40;

function columnsGathered(shape: QueryShape): string[] | undefined {
  const { kind, relations, aggregates = [], columns = Number.POSITIVE_INFINITY } = shape;
  const groups = shape.grouped ? shape.groupBy : [];
  const alone = relations.length === 1 && shape.joins + shape.subqueries === 0;
  if (kind !== 'select' || !alone || shape.distinct || !groups || aggregates.length === 0)
    return undefined;
  const known = aggregates.every(({ column, rows }) => column !== undefined || rows);
  return known && columns <= groups.length + aggregates.length
    ? [...groups, ...aggregates].flatMap(({ column }) => column ?? [])
    : undefined;
}

function isNarrow(name: string, { columns }: TableFacts, { engine }: Plan): boolean {
  const known = columns?.find((each) => each.name === name);
  const { unordered, letters } = sqlOf(engine).indexes ?? {};
  return (
    known !== undefined &&
    !unordered?.test(known.type) &&
    letters?.(known) === undefined &&
    (known.bytes ?? 0) <= mostBytes
  );
}
/** Of the longest text of a column: eighty letters. */
const mostBytes = 320;

/** Every index has the keys of the primary one besides. */
function isHeld(columns: readonly string[], { indexes }: TableFacts): boolean {
  const primary = indexes.find(({ name }) => name === primaryName)?.keys ?? [];
  return indexes.some((index) => {
    const held = new Set([...wholeKeys(index), ...(index.include ?? []), ...primary]);
    return !index.partial && columns.every((each) => held.has(each));
  });
}
/** Where the rows themselves are (MySQL, MariaDB). */
export const primaryName = 'PRIMARY';
