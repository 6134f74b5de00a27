import type { QueryContext } from '../model/statistics.ts';

/**
 * What one call did, as the server counted it: the strongest evidence there is besides the plan.
 * Undefined where nothing was called, or where the server does not count it.
 */
type Counted = Pick<QueryContext, 'stats'>;

export const rowsACall = ({ stats }: Counted): number | undefined =>
  stats.calls > 0 ? stats.rows / stats.calls : undefined;

/** PostgreSQL: of tables and indexes, in memory or not. */
export const pagesACall = ({ stats }: Counted): number | undefined =>
  eachCall(stats.calls, stats.work?.pages);

/**
 * MySQL, MariaDB. What skips through an index, or goes through a join buffer, they do not count:
 * where a SELECT has examined fewer rows than it returned, nobody knows how many it was.
 */
export const examinedACall = ({ stats }: Counted): number | undefined =>
  (stats.work?.rowsExamined ?? 0) < stats.rows
    ? undefined
    : eachCall(stats.calls, stats.work?.rowsExamined);

export const callsASecond = ({
  stats,
  interval_ms,
}: Pick<QueryContext, 'stats' | 'interval_ms'>): number | undefined =>
  interval_ms ? stats.calls / (interval_ms / 1_000) : undefined;

const eachCall = (calls: number, all: number | undefined): number | undefined =>
  calls > 0 && all !== undefined ? all / calls : undefined;

const units: Record<string, number> = { '': 1, b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3 };

/** `4MB`, `64kB`, `262144`; a bare number is of the setting's own unit, in bytes. */
export function bytesOfSetting(setting: string | undefined, unit = 1): number | undefined {
  const [, digits = '', letters = ''] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(setting ?? '') ?? [];
  const times = letters ? units[letters.toLowerCase()] : unit;
  return digits && times ? Number(digits) * times : undefined;
}
