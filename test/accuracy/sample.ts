import type { Case } from './case.ts';
import { type Group, groupOf, groups } from './score.ts';

/**
 * The part of a world that the gate runs: the same cases each time, of different kinds, some of
 * each category, and controls.
 */
const each = { defects: 4, controls: 8 };

export function sampleOf(cases: readonly Case[]): Case[] {
  const controls = cases.filter(({ label }) => label.kind === 'healthy');
  return [
    ...groups.flatMap((group) => spread(firstOfKinds(cases, group), each.defects)),
    ...spread(controls, each.controls),
  ];
}

function firstOfKinds(cases: readonly Case[], group: Group): Case[] {
  const kinds = new Map<string, Case>();
  for (const it of cases)
    if (it.label.kind === 'defect' && groupOf(it.label.category) === group)
      if (!kinds.has(it.label.defect)) kinds.set(it.label.defect, it);
  return [...kinds.values()];
}

/** So many of them, evenly from the first on. */
function spread<T>(all: readonly T[], wanted: number): T[] {
  const count = Math.min(wanted, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}
