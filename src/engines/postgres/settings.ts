import type { Plan } from '../../model/plan.ts';

/**
 * What the server gave a statement when it was planned, as its EXPLAIN tells: what that does not
 * print is as the program has it. Of the many switches that are on, none is named; one that is off
 * is printed. What an application sets in its own sessions nobody else sees.
 */
export const settingsOf = (
  { settings }: Pick<Plan, 'settings'>,
  major: number,
): Record<string, string> => ({ ...defaults, ...multiplier(major), ...settings });

/** Of those that rules compare with (guc_tables.c), the same from 14 to 18. */
const defaults = {
  work_mem: '4MB',
  join_collapse_limit: '8',
  from_collapse_limit: '8',
  geqo_threshold: '12',
  jit: 'on',
  jit_above_cost: '100000',
  seq_page_cost: '1',
  random_page_cost: '4',
  effective_cache_size: '4GB',
  max_parallel_workers_per_gather: '2',
} as const;

const multiplier = (major: number) => ({ hash_mem_multiplier: major < 15 ? '1' : '2' });
