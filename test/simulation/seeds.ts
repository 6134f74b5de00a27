import { expect } from 'vitest';
import { simulate } from './simulate.ts';

/** More: node test/simulation/run.ts --seeds 100000. */
const seeds = Number(process.env['DBINTEL_SEEDS'] ?? 1_000);
/** A run tells where it is. */
const slice = 20;
/** They are run in two files, so that two cores have something to do. */
const middle = Math.ceil(seeds / slice / 2) * slice;

/** The first seed of each slice. */
export const firstHalf = startsBetween(1, middle);
export const secondHalf = startsBetween(middle + 1, seeds);

/** Runs a slice; fails with what the run violated, and how to see it again. */
export async function holdsFrom(start: number): Promise<void> {
  for (let seed = start; seed < Math.min(start + slice, seeds + 1); seed += 1) {
    const { violations, faults } = await simulate(seed);
    expect(
      violations,
      `replay: node test/simulation/run.ts --seed ${seed}\n${faults.join('\n')}`,
    ).toEqual([]);
  }
}

function startsBetween(first: number, last: number): number[] {
  const slices = Math.max(0, Math.ceil((last - first + 1) / slice));
  return Array.from({ length: slices }, (_, i) => first + i * slice);
}
