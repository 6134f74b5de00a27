import { type Candidate, candidatesOf } from '../advice/candidates.ts';
import type { Problem, Selection } from '../advice/problem.ts';
import type { Code } from '../base/codes.ts';
import type { MadeAdvice } from '../history/advice.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { AdviceRun } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';
import type { Trust } from '../planner/planner.ts';
import { type Tried, tryAll } from './asked.ts';
import type { Asking } from './asking.ts';
import { dearOf, sifted } from './buildable.ts';
import { type Checked, checkSet } from './check-set.ts';
import { type Compared, compareAll, type Known } from './compare.ts';
import { prepared } from './prepared.ts';
import { keyOf, problemOf } from './problem-of.ts';
import { proposeIndexes } from './propose-indexes.ts';
import { statementOf } from './reuse.ts';
import type { AdviceDeps, AdviceWish, Found, Seen } from './run.ts';

/** The best set is known in less, or greedily. */
const solveLimit_ms = 10_000;

/**
 * Which indexes to have, as a planner elsewhere says: compare, try, choose, check as a whole. One
 * world is open at a time, since each takes some 400 MB; it is opened again for the check.
 */
export async function adviseByPlanner(
  wish: AdviceWish,
  deps: AdviceDeps,
  seen: Seen,
): Promise<ByPlanner> {
  const { kind } = await deps.planner();
  const counted: Counted = { calls: 0 };
  const found: Found[] = [];
  for (const world of seen.worlds) {
    const one = await inWorld(world, deps, counted, (asking, trust) =>
      tryWorld(asking, trust, world, wish, deps, seen),
    );
    found.push(one);
    if (one.tried.cut) break;
  }
  deps.tell({ kind: 'choose' });
  const { problem, selection } = await choose(found, seen, wish, deps);
  deps.tell({ kind: 'check' });
  const checked = new Map<string, Checked>();
  for (const one of found) {
    const { database } = one.world;
    const chosen = one.candidates.filter(({ id }) =>
      selection.chosen.includes(keyOf(database, id)),
    );
    if (chosen.length > 0) checked.set(database, await checkIn(one, chosen, deps, counted));
  }
  const outcome = { ...seen, planner: kind, found, checked, problem };
  const made = await proposeIndexes(wish, deps, outcome);
  return {
    plans: made.plans,
    known: new Set(found.flatMap(({ compared }) => [...compared.known.keys()])),
    run: {
      planner: kind,
      agreement: agreementOf(found),
      withheld: countCodes(found.flatMap(({ compared }) => compared.withheld)),
      statements: {
        weighed: seen.workload.statements.length,
        planned: found.reduce((sum, { compared }) => sum + compared.known.size, 0),
      },
      unseen: found.flatMap(({ refused }) => refused),
      whatIfCalls: counted.calls,
      selection: measured(problem, selection, checked),
      proposals: made.proposals,
    },
  };
}

/** Where the planner is gone, by what it said before. */
async function checkIn(
  { world, compared: { known }, tried: { plans, cut } }: Found,
  chosen: readonly Candidate[],
  deps: AdviceDeps,
  counted: Counted,
): Promise<Checked> {
  if (!cut)
    try {
      return await inWorld(world, deps, counted, (asking) =>
        checkSet(asking, chosen, known, plans),
      );
    } catch (error) {
      if (!deps.planning?.lost(error)) throw error;
    }
  return checkSet(undefined, chosen, known, plans);
}

export type ByPlanner = Omit<MadeAdvice, 'run'> & {
  run: Partial<AdviceRun>;
  /** Fingerprints of the statements that something could be said of. */
  known: ReadonlySet<string>;
};

interface Counted {
  calls: number;
}

async function inWorld<T>(
  exported: WorldExport,
  { planner, planning, clock, ...deps }: AdviceDeps,
  counted: Counted,
  work: (asking: Asking, trust: Trust) => Promise<T>,
): Promise<T> {
  const { open, trust } = await planner();
  const signal = planning?.signal ?? deps.signal;
  await using world = await open(exported, { signal, clock });
  const of = { roles: exported.roles, relations: exported.relations };
  const asking: Asking = { world, signal, calls: 0, ...of };
  try {
    return await work(asking, trust(exported));
  } finally {
    counted.calls += asking.calls;
  }
}

async function tryWorld(
  asking: Asking,
  trust: Trust,
  world: WorldExport,
  { engine, schemas }: AdviceWish,
  { tell, planning }: AdviceDeps,
  { workload: { statements, totalMs }, listed }: Seen,
): Promise<Found> {
  const own = statements.filter(({ database }) => database === world.database);
  const compared = await compareAll(asking, own, trust, (done) =>
    tell({ kind: 'compare', done, of: own.length }),
  );
  const believed = own.filter(({ fingerprint }) => compared.known.has(fingerprint));
  const { extensions } = world;
  const thought = candidatesOf(believed, { engine, totalMs, extensions }).filter(
    ({ index }) => schemas.length === 0 || schemas.includes(index.schema),
  );
  const { candidates, refused } = sifted(thought, world, indexesIn(listed, world.database));
  const known = await prepared(
    asking,
    candidates.map(({ id, index }) => ({ index, name: id })),
    compared.known,
  );
  const tried = await tryAll(asking, candidates, known, {
    dear: dearOf(candidates, world),
    tell: (done, of) => tell({ kind: 'try', done, of }),
    lost: (error) => planning?.lost(error) ?? false,
  });
  return { world, compared: left(compared, known, tried), candidates, tried, refused };
}

/** Of the others nothing is said here. */
function left(compared: Compared, known: ReadonlyMap<string, Known>, tried: Tried): Compared {
  const { unsure, plans, cut } = tried;
  const asked = new Set([...plans.keys()].map(statementOf));
  const differing = [...compared.known.keys()].filter((each) => !known.has(each));
  return {
    ...compared,
    known: new Map([...known].filter(([each]) => !unsure.has(each) && (!cut || asked.has(each)))),
    withheld: [
      ...compared.withheld,
      ...differing.map((): Code => 'plan_differs'),
      ...[...unsure].map((): Code => 'value_unknown'),
    ],
  };
}

const indexesIn = (listed: Seen['listed'], database: string): readonly CatalogIndex[] =>
  listed.find((each) => each.database === database)?.indexes ?? [];

async function choose(
  found: readonly Found[],
  { workload, listed }: Seen,
  { budgetBytes }: AdviceWish,
  { solver, signal }: AdviceDeps,
): Promise<{ problem: Problem; selection: Selection }> {
  const databases = found.map(({ world: { database }, compared, tried }) => ({
    database,
    known: compared.known,
    tried,
    statements: workload.statements.filter((each) => each.database === database),
    indexes: indexesIn(listed, database),
  }));
  const problem = problemOf(databases, budgetBytes);
  const limits = { limit_ms: solveLimit_ms, signal };
  return { problem, selection: await (await solver()).solve(problem, limits) };
}

const agreementOf = (found: readonly Found[]): { compared: number; agreed: number } => ({
  compared: found.reduce((sum, { compared }) => sum + compared.check.compared, 0),
  agreed: found.reduce((sum, { compared }) => sum + compared.check.agreed, 0),
});

/** What the set that is left costs, as it was planned, beside what no set can be below. */
function measured(
  { base, weight, indexes }: Problem,
  { bound, method }: Selection,
  checked: ReadonlyMap<string, Checked>,
): NonNullable<AdviceRun['selection']> {
  const after = new Map<string, number>(base);
  const kept = new Set<string>();
  for (const [database, { made, after: planned }] of checked) {
    for (const { candidate } of made) kept.add(keyOf(database, candidate.id));
    for (const [fingerprint, { costAfter }] of planned) after.set(fingerprint, costAfter);
  }
  const sum = (costs: ReadonlyMap<string, number>) =>
    [...costs].reduce((all, [key, cost]) => all + cost * (weight.get(key) ?? 0), 0);
  const writes = indexes
    .filter(({ id }) => kept.has(id))
    .reduce((all, { writeCost }) => all + writeCost, 0);
  const costAfter = sum(after) + writes;
  const least = Math.min(bound, costAfter);
  return {
    costBefore: sum(base),
    costAfter,
    bound: least,
    gap: least > 0 ? costAfter / least - 1 : 0,
    method,
  };
}

/** How many statements there is no advice for, by why. */
const countCodes = (codes: readonly Code[]): AdviceRun['withheld'] =>
  [...Map.groupBy(codes, (code) => code)].map(([code, of]) => ({ code, statements: of.length }));
