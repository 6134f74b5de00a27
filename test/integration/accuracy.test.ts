import { describe, expect, it } from 'vitest';
import { doesNotRun, fixListing, isInVain } from '../accuracy/fix-tables.ts';
import { type Floor, floors, gateServers } from '../accuracy/floors.ts';
import { listing } from '../accuracy/listing.ts';
import { play } from '../accuracy/play.ts';
import { type CaseResult, engineOf } from '../accuracy/result.ts';
import { sampleOf } from '../accuracy/sample.ts';
import { f1Of, groups } from '../accuracy/score.ts';
import { score } from '../accuracy/tables.ts';
import { shop } from '../accuracy/worlds/shop.ts';
import { say } from '../support/postgres-server.ts';

/**
 * A part of `make accuracy`: cases of one world on a server of each engine, run, collected and
 * scored as there. A category that falls below its floor fails, and so does a fix that does not
 * run.
 */
describe.each(gateServers)('findings on %s', (server) => {
  it('are as right as they were, and their fixes run', { timeout: 400_000 }, async () => {
    const sample = new Set(sampleOf(shop.cases(engineOf(server))).map(({ id }) => id));
    const results = await play(server, shop, (id) => sample.has(id), true);
    const fallen = below(results, floors[server]);
    if (fallen.length) say([...listing(results, false), ...fixListing(results)].join('\n'));
    expect(fallen).toEqual([]);
  });
});

function below(results: readonly CaseResult[], floor: Floor): string[] {
  const { byGroup, healthy, leftOut } = score(results);
  const fixes = results.flatMap((result) => result.fixes ?? []);
  const reached = groups.map((group) => ({ group, f1: f1Of(byGroup[group]) ?? 0 }));
  say(reached.map(({ group, f1 }) => `  ${group} ${f1.toFixed(2)}`).join());
  const most = [
    ['cases that do not run', leftOut.broken, 0],
    ['healthy statements alarmed', healthy.alarmed, floor.alarmed],
    ['fixes that do not run', fixes.filter(doesNotRun).length, 0],
    ['indexes in vain', fixes.filter(isInVain).length, floor.inVain],
  ] as const;
  return [
    ...reached
      .filter(({ group, f1 }) => f1 < (floor.f1[group] ?? 0))
      .map(({ group, f1 }) => `F1 of ${group} is ${f1.toFixed(2)}, not ${floor.f1[group]}`),
    ...most
      .filter(([, count, allowed]) => count > allowed)
      .map(([what, count, allowed]) => `${what}: ${count}, not ${allowed}`),
  ];
}
