/**
 * Before 16 a plan for unknown parameters is that of a prepared statement, which is given NULLs;
 * and whoever shows it leaves out, by these values, the partitions in which no row can be: where
 * their key is compared with a parameter, all of them. Then it is asked for again, with none left
 * out, as such a plan is shown from 16 on; and so from then on.
 */
export const pruning = 'enable_partition_pruning';

export const isPruned = (json: string): boolean => json.includes('"Subplans Removed":');

const printed = (setting: string) => new RegExp(`,\\s*${setting}|${setting},?`);
const ofAll = printed('"plan_cache_mode": "force_generic_plan"');
const ofWhole = printed(`"${pruning}": "off"`);

/** What was set for the question alone is no setting of the statement's. */
export const withoutOwnSettings = (json: string, whole: boolean): string =>
  (whole ? json.replace(ofWhole, '') : json).replace(ofAll, '');
