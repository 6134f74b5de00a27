/**
 * What a planner needs to know of a database: catalogs and statistics, no rows. Without a value of
 * any column unless `has` says so. Kept in memory only: in no history, status, log or dump.
 */
export interface WorldExport {
  /** `server_version_num`. */
  version: number;
  database: string;
  takenAt: number;
  has: 'no-values' | 'values';
  /** What could not be had, and why. */
  withheld: { object: string; reason: string }[];
}
