import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

/**
 * Seeds in slices, so that a run tells where it is. More: node test/simulation/run.ts --seeds
 * 100000.
 */
const seeds = Number(process.env['DBINTEL_SEEDS'] ?? 1_000);
const slice = 20;

describe('simulation', () => {
  it.each(Array.from({ length: Math.ceil(seeds / slice) }, (_, i) => i * slice + 1))(
    'seeds from %i',
    async (from) => {
      for (let seed = from; seed < Math.min(from + slice, seeds + 1); seed += 1) {
        const { violations, faults } = await simulate(seed);
        expect(
          violations,
          `replay: node test/simulation/run.ts --seed ${seed}\n${faults.join('\n')}`,
        ).toEqual([]);
      }
    },
  );
  it('the same seed is the same run', async () => {
    expect(await simulate(7)).toEqual(await simulate(7));
  });
  it.each([
    ['fence', /^S2/],
    ['database-lock', /^S1/],
  ] as const)('without the %s it fails: the checks can', async (guard, message) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 60 && found.length === 0; seed += 1)
      found.push(...(await simulate(seed, guard)).violations.filter((each) => message.test(each)));
    expect(found.length).toBeGreaterThan(0);
  });
});
