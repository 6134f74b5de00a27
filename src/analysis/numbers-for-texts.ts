import type { NamedColumn } from '../model/query-shape.ts';
import type { ColumnFacts, TableFacts } from '../model/statistics.ts';
import { isTextType } from './expression.ts';
import type { RuleContext } from './rule.ts';

/**
 * MySQL and MariaDB compare a text with a number as numbers: the text of every row is made one, and
 * no index of texts finds it. A plan does not say so; the statement and its columns’ types do.
 */
export function withNumbersForTexts(context: RuleContext): RuleContext {
  const { shape, facts } = context;
  const isOf = (table: TableFacts, { qualifier }: NamedColumn): boolean => {
    const named = shape?.relations.find(({ name, alias }) => (alias ?? name) === qualifier);
    return qualifier === undefined || named === undefined || named.name === table.name;
  };
  const isNumbers = (other: NamedColumn): boolean =>
    facts.some(
      (table) =>
        isOf(table, other) &&
        table.columns?.some((each) => sameName(each.name, other.column) && isNumber(each)),
    );
  // A column of which one row is read beforehand stands in the plan as a value.
  const numbers =
    shape?.comparisons.filter(
      ({ number, other }) => number || (other?.qualifier !== undefined && isNumbers(other)),
    ) ?? [];
  if (numbers.length === 0) return context;
  const marked = (table: TableFacts, column: ColumnFacts): ColumnFacts =>
    isText(column) &&
    numbers.some((each) => sameName(each.column, column.name) && isOf(table, each))
      ? { ...column, asNumber: true }
      : column;
  const now = facts.map((table) => {
    const columns = table.columns?.map((each) => marked(table, each));
    return columns?.some(({ asNumber }) => asNumber) ? { ...table, columns } : table;
  });
  return now.every((each, i) => each === facts[i]) ? context : { ...context, facts: now };
}

const isText = ({ type }: ColumnFacts): boolean =>
  isTextType(type) || /^(?:tiny|medium|long)text$/.test(type);
/** In the words of MySQL and MariaDB: PostgreSQL compares no text with a number. */
const isNumber = ({ type }: ColumnFacts): boolean =>
  /^(?:(?:tiny|small|medium|big)?int|decimal|float|double)$/.test(type);
const sameName = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
