import type { FindingsFilter, HistoryQuestions, QueriesFilter } from './history-questions.ts';
import { hourOf } from './rows.ts';

/** What questions of several backends have in common. Pure. */
export type QueryOrder = NonNullable<QueriesFilter['order']>;

/**
 * By what statements are ordered, of the sums `used` of a range: see QueriesFilter. Variance is
 * the square of the time that varies, which has the same order.
 */
export const weightOf: Record<QueryOrder, string> = {
  impact: 'coalesce(used.total_ms, 0)',
  variance: 'coalesce(used.squares * used.calls - used.total_ms * used.total_ms, 0)',
  regression:
    'coalesce(used.total_ms - used.ms_before - ' +
    '(used.calls - used.calls_before) * used.ms_before / used.calls_before, 0)',
};

/** The year 9999: its hours fit into four bytes. */
const endOfTime = 253_402_300_799_999;

/** Hours, and the one with which the later half begins. */
export function hoursOf({
  since,
  until = endOfTime,
}: Pick<QueriesFilter, 'since' | 'until'>): [from: number, to: number, later: number] {
  const [from, to] = [hourOf(since), hourOf(until)];
  return [from, to, Math.ceil((from + to + 1) / 2)];
}

export const cycleRange = ({
  since,
  until = endOfTime,
  before = { startedAt: endOfTime, number: 0 },
  braked = false,
}: Omit<Parameters<HistoryQuestions['cycles']>[0], 'target' | 'limit'>) =>
  [since, until, before.startedAt, before.number, braked ? 1 : 0] as const;

/** Backends agree on no other case; what a person looks for is a keyword or a name. */
export const asciiLower = (text: string): string =>
  text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

const findingText = "f.rule || ' ' || f.message || ' ' || f.fix || ' ' || f.fingerprint";

/**
 * The conditions of a question and their values, in order. One condition for each that is asked
 * for: one that covers all would read everything.
 */
export function findingsWhere<V>(
  filter: FindingsFilter,
  place: (at: number) => string,
  isAmong: (column: string, place: string) => string,
  hasText: (column: string, place: string) => string,
  list: (values: readonly string[]) => V,
): { where: string; values: (string | V)[] } {
  const values: (string | V)[] = [];
  const conditions: string[] = [];
  const equals = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${column} = ${place(values.length)}`);
  };
  const among = (column: string, wanted: readonly string[] | undefined) => {
    if (wanted === undefined) return;
    values.push(list(wanted));
    conditions.push(isAmong(column, place(values.length)));
  };
  equals('f.target', filter.target);
  equals('f.fingerprint', filter.fingerprint);
  if (filter.text !== undefined) {
    values.push(asciiLower(filter.text));
    conditions.push(hasText(findingText, place(values.length)));
  }
  among('f.target', filter.targets);
  among('t.namespace', filter.namespaces);
  among('f.rule', filter.rules);
  among('f.severity', filter.severities);
  if (filter.onlyResolved) conditions.push('f.resolved_at IS NOT NULL');
  else if (!filter.includeResolved) conditions.push('f.resolved_at IS NULL');
  if (!filter.includeMuted) conditions.push("coalesce(v.verdict, 'accepted') = 'accepted'");
  return { where: conditions.join(' AND ') || 'true', values };
}
