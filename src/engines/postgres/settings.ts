import type { Plan } from '../../model/plan.ts';

/**
 * What the server gave a statement when it was planned, as its EXPLAIN tells: what that does not
 * print is as the program has it. Of the many switches that are on, none is named; one that is off
 * is printed. What an application sets in its own sessions nobody else sees.
 */
export function settingsOf(
  { settings }: Pick<Plan, 'settings'>,
  major: number,
): Readonly<Record<string, string>> {
  const known = whole.get(settings);
  if (known?.major === major) return known.all;
  const all = { ...defaults, ...multiplier(major), ...settings };
  whole.set(settings, { major, all });
  return all;
}

/** Of a plan that comes again they are the same. */
const whole = new WeakMap<object, { major: number; all: Readonly<Record<string, string>> }>();

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
