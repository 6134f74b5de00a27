import { describe, expect, it } from 'vitest';
import { doesNotRun, fixListing, isInVain } from '../accuracy/fix-tables.ts';
import { floors, gateServers } from '../accuracy/floors.ts';
import { listing } from '../accuracy/listing.ts';
import { play } from '../accuracy/play.ts';
import { engineOf } from '../accuracy/result.ts';
import { sampleOf } from '../accuracy/sample.ts';
import { f1Of, type Group } from '../accuracy/score.ts';
import { score } from '../accuracy/tables.ts';
import { shop } from '../accuracy/worlds/shop.ts';

/**
 * A part of `make accuracy`: cases of one world on a server of each engine, run, collected and
 * scored as there. A category that falls below its floor fails, and so does a fix that does not run.
 */
describe.each(gateServers)('findings on %s', (server) => {
  it('are as right as they were, in each category, and their fixes run', {
    timeout: 240_000,
  }, async () => {
    const sample = new Set(sampleOf(shop.cases(engineOf(server))).map(({ id }) => id));
    const results = await play(server, shop, (id) => sample.has(id), true);
    const wrong = `\n${listing(results, false).join('\n')}`;
    const { byGroup, healthy, leftOut } = score(results);
    expect(leftOut.broken, wrong).toBe(0);
    const { f1, alarmed, inVain } = floors[server];
    for (const [group, floor] of Object.entries(f1))
      expect(f1Of(byGroup[group as Group]), `${group}${wrong}`).toBeGreaterThanOrEqual(floor);
    expect(healthy.alarmed, wrong).toBeLessThanOrEqual(alarmed);
    const runs = results.flatMap(({ fixes = [] }) => fixes);
    const fixed = fixListing(results).join('\n');
    expect(runs.filter(doesNotRun).length, fixed).toBe(0);
    expect(runs.filter(isInVain).length, fixed).toBeLessThanOrEqual(inVain);
  });
});
