import { expect, it } from 'vitest';
import { mostOverdue_ms, orphanedTargets, orphansRemark } from './fleet-alarms.ts';

const members = (shard: number) => new Set(shard === 7 ? ['a', 'b'] : ['c']);

it('a shard that nobody has is an alarm after half a minute, with all its targets', () => {
  expect(orphanedTargets(new Map([[7, 30_000]]), members, 0)).toBe(0);
  const orphans = new Map([
    [7, 30_001],
    [8, 60_000],
  ]);
  expect(orphanedTargets(orphans, members, 4)).toBe(7);
});

it('says nothing where all is well', () => {
  expect(orphansRemark(0)).toBeUndefined();
  expect(orphansRemark(3)).toMatch(/^3 targets of the fleet are collected by nobody: their shard/);
});

it('the most overdue cycle counts, one that is not due does not', () => {
  expect(mostOverdue_ms([])).toBe(0);
  expect(mostOverdue_ms([500, -2_000, -30])).toBe(2_000);
  expect(mostOverdue_ms([500])).toBe(0);
});
