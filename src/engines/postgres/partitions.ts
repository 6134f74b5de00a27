/**
 * Before 16 a plan for unknown parameters is that of a prepared statement, which is given NULLs;
 * and whoever shows it leaves out, by these values, the partitions in which no row can be: where
 * their key is compared with a parameter, all of them. Then it is asked for again, with none left
 * out, as such a plan is shown from 16 on; and so from then on.
 */
export const pruning = 'enable_partition_pruning';

export const isPruned = (json: string): boolean => json.includes('"Subplans Removed":');

/** What was set for the question alone is no setting of the statement's. */
const own = [`"${pruning}": "off"`, '"plan_cache_mode": "force_generic_plan"'].map(
  (setting) => new RegExp(`,\\s*${setting}|${setting},?`),
);

export const withoutOwnSettings = (json: string): string =>
  own.reduce((text, setting) => text.replace(setting, ''), json);
