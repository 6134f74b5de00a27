import { expect, it } from 'vitest';
import { isPruned, withoutOwnSettings } from './partitions.ts';

const json = (settings: object) => JSON.stringify([{ Plan: {}, Settings: settings }], undefined, 2);
const ours = { plan_cache_mode: 'force_generic_plan' };
const off = { enable_partition_pruning: 'off' };

it('takes out what was set for the question, wherever it stands', () => {
  for (const [settings, whole, left] of [
    [{ ...ours }, false, {}],
    [{ ...off, ...ours }, true, {}],
    [{ work_mem: '64kB', ...off, ...ours }, true, { work_mem: '64kB' }],
    [{ ...off, work_mem: '64kB', ...ours, jit: 'off' }, true, { work_mem: '64kB', jit: 'off' }],
  ] as const)
    expect(JSON.parse(withoutOwnSettings(json(settings), whole))).toEqual([
      { Plan: {}, Settings: left },
    ]);
});

it('leaves what the role has set', () => {
  expect(withoutOwnSettings(json(off), false)).toBe(json(off));
});

it('knows a plan without some of its partitions, and no literal that says so', () => {
  expect(isPruned('{ "Subplans Removed": 3, "Plans": [] }')).toBe(true);
  expect(isPruned(JSON.stringify({ Filter: `a = '"Subplans Removed": 3'` }))).toBe(false);
});
