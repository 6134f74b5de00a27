import { describe, expect, it } from 'vitest';
import { firstHalf, holdsFrom } from './seeds.ts';
import { simulate } from './simulate.ts';

describe('simulation', () => {
  it.each(firstHalf)('seeds from %i', holdsFrom);
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
