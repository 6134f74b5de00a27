import { habitsOf } from '../dialects/habits.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { ColumnFacts, TableFacts } from '../model/statistics.ts';
import { type Asked, type Condition, isMostlyNull } from './conditions.ts';
import type { RuleContext } from './rule.ts';

/**
 * How many rows of a table a statement wants: what the server counted, where the statement returns
 * or writes what the table gives; else the planner's estimate, where it is one and not the fixed
 * share that planners take for what they know nothing of.
 */
export function rowsEstimated(
  node: PlanNode,
  { conditions, alternatives }: Asked,
  facts: TableFacts,
  plan: Plan,
): number | undefined {
  const sure = conditions.filter(
    (each) => each.kind === 'equal' && !each.wrapped && hasStatistics(facts, each),
  );
  if (!habitsOf(plan.engine).planner.guessesFiltered)
    return sure.length > 0 ||
      plan.parameters === 'sampled' ||
      alternatives.length > 0 ||
      isBetween(conditions, facts) ||
      conditions.some((each) => each.kind === 'range' && isMostlyNull(each, facts))
      ? node.est.rows * skewOf(sure, facts)
      : undefined;
  const parts = sure.map((each) => shareOfValue(facts, each));
  const known = parts.filter((each) => each !== undefined);
  return known.length === 0
    ? undefined
    : Math.min(
        node.est.rows,
        known.reduce((rows, each) => rows * each, facts.rows),
      );
}

/** No range finds the rows without a value: most of them, and the planner may not reckon so. */
export const rowsWithValue = (
  conditions: readonly Condition[],
  facts: TableFacts,
): number | undefined => {
  const shares = conditions
    .filter((each) => each.kind === 'range' && isMostlyNull(each, facts))
    .map(({ column }) => 1 - (facts.columns?.find(({ name }) => name === column)?.nulls ?? 0));
  return shares.length > 0 ? facts.rows * Math.min(...shares) : undefined;
};

/**
 * How many times more rows than the mean a value has that is asked for as often as it occurs: half
 * of the commonest one's, since more than that are of one value.
 */
export const skewOf = (conditions: readonly Condition[], { columns }: TableFacts): number =>
  conditions.reduce((skew, { column, kind, operator, wrapped }) => {
    const known = columns?.find(({ name }) => name === column);
    const times = (known?.commonest ?? 0) * (known?.distinct ?? 0) * halfOfCommonest;
    const ofValue = kind === 'equal' && operator !== 'is null' && !wrapped;
    return ofValue ? skew * Math.max(1, times) : skew;
  }, 1);
const halfOfCommonest = 0.5;

/**
 * Nothing is known of how even a column is (a planner that keeps statistics of indexed columns
 * alone): a range with two ends, or one value of a type that has many, is made to find few.
 */
export function looksSelective(
  conditions: readonly Condition[],
  facts: TableFacts,
  { engine }: Plan,
): boolean {
  if (isBetween(conditions, facts)) return true;
  const { columns } = facts;
  return (
    habitsOf(engine).planner.guessesFiltered &&
    conditions.some(({ single, kind, operator, column }) => {
      const known = columns?.find(({ name }) => name === column);
      const short = isText(known?.type) && charactersOf(known) <= shortText;
      const several = kind === 'equal' && operator === 'in' && isKeyLike(known);
      return (single || several) && known !== undefined && !short && !fewValued.test(known.type);
    })
  );
}
const fewValued = /^(?:bool|boolean|bit|tinyint|enum|set|year)$/;
/** Lists of keys are what something else has found; of other texts often half of all states. */
const isKeyLike = (known: ColumnFacts | undefined): boolean =>
  isText(known?.type)
    ? known?.type === 'char' && charactersOf(known) >= hexOfUuid
    : /^(?:int|bigint|mediumint|decimal|date|datetime|timestamp|uuid|binary)$/.test(
        known?.type ?? '',
      );
const hexOfUuid = 32;
const isText = (type: string | undefined): boolean => type === 'char' || type === 'varchar';
/** Of a `varchar` whose length is not said, many. */
function charactersOf(known: ColumnFacts | undefined): number {
  const [, bytesEach = '1'] = /^utf8mb([34])/.exec(known?.collation ?? '') ?? [];
  const unknown = known?.type === 'char' ? 0 : Number.POSITIVE_INFINITY;
  return known?.bytes === undefined ? unknown : known.bytes / Number(bytesEach);
}
/** A country, a currency, a level, a tier. */
const shortText = 10;

/** Of a column without statistics a planner takes any value to be one of some two hundred. */
const hasStatistics = (facts: TableFacts, condition: Condition): boolean =>
  shareOfValue(facts, condition) !== undefined ||
  !facts.columns?.some(({ distinct }) => distinct !== undefined);

/**
 * From one value to another: whoever asks so wants a part of the table. Of the column that it is
 * partitioned by that part may be all of a partition, which is what it is partitioned for.
 */
const isBetween = (conditions: readonly Condition[], { partitionOf }: TableFacts): boolean => {
  const asked = conditions.filter(({ column }) => !partitionOf?.keys.includes(column));
  const columns = asked.filter(({ kind }) => kind === 'range').map(({ column }) => column);
  return (
    new Set(columns).size < columns.length ||
    asked.some(({ operator, wrapped }) => operator === 'between' && !wrapped)
  );
};

/** Rows a call, of a statement of one table that returns each row that it finds. */
export function rowsCounted({ shape, stats }: RuleContext): number | undefined {
  if (!shape || stats.calls === 0) return undefined;
  const plain =
    shape.relations.length <= 1 && shape.joins === 0 && shape.subqueries === 0 && !shape.limit;
  const each = shape.kind !== 'select' || (!shape.grouped && !shape.distinct && !gathers(shape));
  return plain && each && shape.kind !== 'insert' ? stats.rows / stats.calls : undefined;
}

/** The same of several tables: of none of them more rows are wanted than are returned. */
export const rowsJoined = (context: RuleContext): number | undefined =>
  context.shape &&
  rowsCounted({ ...context, shape: { ...context.shape, joins: 0, relations: [] } });

/** One row is made of many. */
const gathers = ({ functions, aggregates = [] }: NonNullable<RuleContext['shape']>): boolean =>
  aggregates.length > 0 || functions.some((each) => aggregateNames.has(each));
const aggregateNames = new Set(
  (
    'count sum min max avg group_concat json_arrayagg json_objectagg std stddev variance bit_and ' +
    'bit_or bit_xor string_agg array_agg json_agg jsonb_agg bool_and bool_or every'
  ).split(' '),
);

/** Of the rows, those that have one value of the column, in the mean; or those that have none. */
export function shareOfValue(
  { columns, rows, indexes }: TableFacts,
  { column, operator }: Pick<Condition, 'column' | 'operator'>,
): number | undefined {
  const known = columns?.find(({ name }) => name === column);
  if (operator === 'is null') return known?.nulls;
  if (indexes.some(({ unique, keys }) => unique && keys.length === 1 && keys[0] === column))
    return 1 / Math.max(1, rows);
  const { distinct, nulls = 0 } = known ?? {};
  return distinct === undefined || distinct <= 0 ? undefined : (1 - nulls) / distinct;
}

export interface Shares {
  /** Of one value in the mean, of the commonest, and in the mean of the others. */
  mean: number;
  most: number;
  others: number;
}

/** Of the rows, as statistics of the column say; those without a value are as many as they are. */
export function sharesOf(
  { column, operator }: Pick<Condition, 'column' | 'operator'>,
  { columns }: TableFacts,
): Shares | undefined {
  const { distinct, commonest, nulls } = columns?.find(({ name }) => name === column) ?? {};
  if (operator === 'is null')
    return nulls === undefined ? undefined : { mean: nulls, most: nulls, others: nulls };
  if (!distinct) return undefined;
  const mean = 1 / distinct;
  // Of two values one may be nearly everywhere: then it is the other that is far from the mean.
  const others =
    commonest === undefined || distinct < 2
      ? mean
      : Math.max(0, 1 - (nulls ?? 0) - commonest) / (distinct - 1);
  return { mean, most: Math.max(commonest ?? 0, mean), others };
}
