import type { FleetItem } from '../../data/answers.ts';
import type { FleetPage } from '../../data/fleet-pages.ts';

/**
 * What stands at which place of the table: rows as far as they are loaded, with a line before each
 * group. Pure.
 */
export type Place =
  | { kind: 'row'; row: FleetItem }
  | { kind: 'group'; group: string; count: number }
  | { kind: 'wait' };

export interface Places {
  count: number;
  at(index: number): Place;
}

const waiting: Place = { kind: 'wait' };

export function placesOf(pages: readonly FleetPage[]): Places {
  const rows = pages.flatMap(({ items }) => items);
  const [first] = pages;
  const total = Math.max(first?.total ?? 0, rows.length);
  const rowAt = (index: number): Place => {
    const row = rows[index];
    return row ? { kind: 'row', row } : waiting;
  };
  const groups = first?.groups;
  if (!groups) return { count: total, at: rowAt };
  const starts = startsOf(groups);
  return {
    count: total + groups.length,
    at(index) {
      const which = lastNotAfter(starts, index);
      const group = groups[which];
      if (group && starts[which] === index) return { kind: 'group', ...group };
      return rowAt(index - which - 1);
    },
  };
}

/** The place of each group's line. */
function startsOf(groups: readonly { count: number }[]): number[] {
  const starts: number[] = [];
  let next = 0;
  for (const { count } of groups) {
    starts.push(next);
    next += count + 1;
  }
  return starts;
}

/** By halving: there may be a thousand groups, and this is asked for each row that is drawn. */
function lastNotAfter(starts: readonly number[], index: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
