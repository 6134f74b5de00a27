import { sqlOf } from '../dialects/habits.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import type { Plan } from '../model/plan.ts';
import type { IndexFacts, TableFacts } from '../model/statistics.ts';
import { allBut, type Condition, hasValue, isMostlyNull, nullSafe } from './conditions.ts';
import type { Expression } from './expression.ts';
import { expressionSql } from './expression-sql.ts';
import { shareOfValue } from './rows.ts';

/**
 * Advice as SQL. Every text made here runs as it is: names are quoted, columns are the table's own,
 * and what would not run, or not help, is left to words: then these functions say undefined.
 */
export const mostKeys = 4;
type OfEngine = Pick<Plan, 'engine'>;

export const sqlTable = (
  { engine }: OfEngine,
  { schema, name }: { schema?: string; name: string },
): string => {
  const { quote } = sqlOf(engine);
  return schema ? `${quote(schema)}.${quote(name)}` : quote(name);
};

/**
 * An index that is made while others read and write, in the engine's own words; none that begins as
 * one that is there.
 */
export function createIndex(
  { engine }: OfEngine,
  table: TableFacts,
  keys: readonly IndexKey[],
): string | undefined {
  const few = keys.slice(0, mostKeys);
  return hasIndex(table, few) ? undefined : sqlOf(engine).createIndex(table, few);
}

export const hasIndex = ({ indexes }: TableFacts, keys: readonly IndexKey[]): boolean =>
  indexes.some((index) => !index.partial && isOrdered(index) && beginsWith(index, keys));
/** Others have no order, and no range or beginning is found by them. */
const isOrdered = ({ method }: IndexFacts) => /^(?:b-?tree)?$/i.test(method ?? '');
/** One that has only ascending keys is read in that order and in the opposite one. */
const beginsWith = (index: IndexFacts, wanted: readonly IndexKey[]) =>
  (index.otherOrder || !wanted.some((key) => key.descending || key.otherNulls)) &&
  wanted.every(
    ({ column, function: call, expression }, i) =>
      !call && !expression && wholeKeys(index)[i]?.toLowerCase() === column.toLowerCase(),
  );
/** Without those of which an index has the first letters only: values alike in these it mixes. */
export const wholeKeys = ({ keys, prefixed = [] }: IndexFacts): (string | undefined)[] =>
  keys.map((key) => (prefixed.includes(key) ? undefined : key));

/** Values first, those of which few rows have the same in front; then one range. */
export function keysFor(
  conditions: readonly Condition[],
  table: TableFacts,
  known: readonly string[] = [],
): IndexKey[] {
  const of = (wanted: Condition['kind']) =>
    conditions.filter(
      ({ kind, column, wrapped }) => kind === wanted && !wrapped && !known.includes(column),
    );
  const share = (each: Condition) => shareOfValue(table, each) ?? unknownShare;
  const equal = of('equal').toSorted(
    (a, b) => Number(b.single ?? false) - Number(a.single ?? false) || share(a) - share(b),
  );
  const columns = [...equal, ...byEnds(of('range'), table).slice(0, 1)].map(({ column }) => column);
  return [...new Set(columns)].map((column) => ({ column }));
}
const unknownShare = 0.01;

/** From one value to another finds fewest; all but one value, or all that have one, most. */
const byEnds = (ranges: readonly Condition[], table: TableFacts): readonly Condition[] => {
  const ends = (each: Condition): number => {
    const both = ranges.filter(({ column }) => column === each.column).length > 1;
    if (each.operator === 'between' || both) return 2;
    if (each.operator === hasValue && isMostlyNull(each, table)) return 1.5;
    return each.operator === hasValue || allBut.has(each.operator) ? 0 : 1;
  };
  return ranges.toSorted((a, b) => ends(b) - ends(a));
};

/** For each side of an OR its own. */
export function createIndexes(
  plan: OfEngine,
  table: TableFacts,
  sides: readonly (readonly Condition[])[],
): string | undefined {
  const all = sides.map((side) => createIndex(plan, table, keysFor(side, table)));
  return all.every((each) => each !== undefined) ? [...new Set(all)].join(' ') : undefined;
}

/** On what stands around the column, where that is the same for ever; else in words. */
export function expressionAdvice(
  plan: OfEngine,
  table: TableFacts,
  { wrapped, column, operator }: Condition,
): string {
  const sql = sqlOf(plan.engine);
  if (operator === nullSafe) return nullSafeAdvice(column);
  if (wrapped?.kind === 'list') return rowsAdvice({ column, operator });
  const bare = wrapped && isOfTime(wrapped.text) ? timeAdvice(column) : bareAdvice(column);
  const key = wrapped && !isPartOfTime(wrapped) ? expressionSql(wrapped, table, sql) : undefined;
  return (
    (key && createIndex(plan, table, [{ column, ...key }])) ??
    `${bare} ${sql.expressionIndexAdvice}`
  );
}
/** Behind several values of a column an index has no order, and behind each of them it has. */
export const severalAdvice = (table: TableFacts, keys: readonly IndexKey[]): string =>
  'For a few values: one SELECT for each, with the ORDER BY and the LIMIT, put together by ' +
  'UNION ALL and ordered once more; each ends at its first rows in ' +
  `${hasIndex(table, keys) ? 'the' : 'an'} index on (${keys.map(keyText).join(', ')}).`;
export const keyText = ({ column, descending }: IndexKey): string =>
  `${column}${descending ? ' DESC' : ''}`;

/** The first column alone an index finds, and what is asked of all goes through what it found. */
export const rowsAdvice = ({ column, operator }: Pick<Condition, 'column' | 'operator'>): string =>
  `Ask for ${column} besides: ${column} ${operator.slice(0, 1)}= … AND (${column}, …) ` +
  `${operator} (…), which finds the same rows, and by an index that begins with ${column}.`;
/** Of years and months there are few: an index on them finds most rows, a range those of one. */
const isPartOfTime = (wrapped: Expression): boolean =>
  wrapped.kind === 'call' && /^(?:year|quarter|month|week|weekday|day|hour)/.test(wrapped.name);
const isOfTime = (text: string) =>
  /\b(?:date|date_trunc|date_format|to_char|year|month|day|hour|extract|quarter|week|timestamp)\b/i.test(
    text,
  );
const timeAdvice = (column: string) =>
  `A range of ${column} itself, from where the day or month begins to where the next one does: ` +
  `${column} >= … AND ${column} < …, with an index on ${column}.`;
const nullSafeAdvice = (column: string) =>
  `${column} = …, which an index on ${column} finds; where NULL may be asked for, ` +
  `${column} IS NULL in a statement of its own.`;
const bareAdvice = (column: string) =>
  `Compare ${column} itself, with a value in the column’s own type and spelling, and an index ` +
  'on it.';

/**
 * An index of that kind is there, and invalid since its building failed (PostgreSQL): another
 * beside it would help, and leave this one to slow down every write.
 */
export function rebuildIndex(
  { engine }: OfEngine,
  table: TableFacts,
  fits: (keys: readonly string[]) => boolean,
): { message: string; fix: string } | undefined {
  const broken = table.invalidIndexes?.find(({ keys }) => fits(keys));
  if (!broken) return undefined;
  const { name, keys, unique, partial } = broken;
  const { createIndex: create, dropIndex } = sqlOf(engine);
  const simple = !partial && keys.every((key) => !key.includes('('));
  const anew = simple
    ? create(
        table,
        keys.map((column) => ({ column })),
        { unique },
      )
    : undefined;
  return {
    message: `the index ${name} is there and invalid`,
    fix: `${dropIndex(table, name)} ${anew ?? '-- then build it anew as it was defined'}`,
  };
}
