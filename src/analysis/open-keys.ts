import type { Condition } from './conditions.ts';

/**
 * What is asked of an index's keys behind the first one for which no value is given: it leaves out
 * entries only after they were looked at, each of the range in front or of the whole index.
 */
export function behindOpenKey(
  conditions: readonly Condition[],
  keys: readonly (string | undefined)[],
): Condition[] {
  const values = conditions.filter(isValue);
  const open = keys.findIndex((key) => !values.some(({ column }) => column === key));
  return open < 0 ? [] : values.filter(({ column }) => keys.indexOf(column) > open);
}

/** MySQL and MariaDB list the keys of a range by their names alone, which read as flags. */
const isValue = ({ kind, operator, wrapped }: Condition): boolean =>
  kind === 'equal' && operator !== 'is true' && !wrapped;
