import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../src/advice/problem.ts';
import { type Asking, ask } from '../src/advisor/asking.ts';
import { adviseByPlanner } from '../src/advisor/by-planner.ts';
import { lookAtAll } from '../src/advisor/look.ts';
import type { AdviceDeps, AdviceWish, Seen } from '../src/advisor/run.ts';
import { wantedOf } from '../src/advisor/wanted.ts';
import { type Random, seededRandom } from '../src/base/random.ts';
import type { WorkloadStatement } from '../src/history/history-questions.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import type { IndexDef } from '../src/model/index-def.ts';
import { knownCost } from '../src/model/plan.ts';
import type { WorldExport } from '../src/model/world.ts';
import type { World } from '../src/planner/planner.ts';
import { startPostgres, temporaryFolder } from '../test/support/postgres-server.ts';
import { buildWorld } from '../test/support/what-if/compare.ts';
import { statements as whatIfStatements } from '../test/support/what-if/statements.ts';
import { type AdviceWorld, collected, depsOf, tenTables, wishOf } from './advice-world.ts';
import { oneByOne, type Taken } from './advise-one-by-one.ts';
import type { Section } from './harness.ts';
import { say } from './table.ts';

/**
 * Our choice of indexes beside that of an advisor that looks at one statement after the other: on
 * the same workloads, with as much disk as that one took; and how much disk ours needs to be as
 * good. Costs of both are those of all statements together with all that was chosen, planned anew.
 */
const workloads = 3;
/** Of the statements of a world. */
const share = 2 / 3;
/** How closely the disk is found that is enough: a thirty-second of the other's. */
const halvings = 5;

const worlds: Record<string, AdviceWorld> = {
  'ten tables': tenTables,
  'what-if': {
    build: (server) => buildWorld(server, 1),
    statements: whatIfStatements
      .filter((text) => /^(SELECT|WITH)/.test(text))
      .map((text) => [text, Array.from({ length: parametersOf(text) }, () => null)]),
  },
};

function parametersOf(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
}

interface Figures {
  /** Cost of the workload, as a share of what it is without any of it. */
  theirs: number;
  /** With as much disk, as it was chosen. */
  ours: number;
  /** Without what saves less than a hundredth of the time, which is not proposed. */
  proposed: number;
  /** Of what the other took. */
  proposedDisk: number;
  /** Bytes, as a share of what the other took, with which ours costs no more than its. */
  disk: number;
}

export async function adviseBeside(): Promise<Section> {
  const found: Figures[] = [];
  for (const [name, world] of Object.entries(worlds)) found.push(...(await inWorld(name, world)));
  const of = (value: (each: Figures) => number) => spread(found.map(value));
  return {
    title: 'Index advice beside one statement at a time',
    how:
      `${found.length} workloads of two thirds of the statements of two worlds on PostgreSQL 18, ` +
      '10 tables with 100 statements and 20 with 68, each run so often as chance has it (over ' +
      'four orders of magnitude, seed 7); the other: the heaviest statement first, all indexes ' +
      'of one and two of its columns at once, of which what its plan reads is taken if that ' +
      'halves its cost; ours: as chosen; costs as the what-if planner has them, of all ' +
      'statements with all indexes together; each least, median, most',
    rows: [
      ['cost that is left, the other', of(({ theirs }) => theirs), ''],
      ['cost that is left, ours with as much disk', of(({ ours }) => ours), ''],
      ['lower by', of(({ theirs, ours }) => 1 - ours / theirs), 'median ≥ 15 %, never below 0'],
      ['disk for the other’s cost, of what it took', of(({ disk }) => disk), 'median ≤ 60 %'],
      [
        'proposed, what saves less than 1 % of the time left out: cost that is left; disk, of ' +
          'what the other took',
        `${of(({ proposed }) => proposed)}; ${of(({ proposedDisk }) => proposedDisk)}`,
        '',
      ],
    ],
  };
}

function spread(shares: readonly number[]): string {
  const sorted = shares.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  return [0, 0.5, 1].map((part) => `${(100 * at(part)).toFixed(1)} %`).join(', ');
}

async function inWorld(name: string, world: AdviceWorld): Promise<Figures[]> {
  const folder = temporaryFolder('bench-beside');
  const history = openSqliteHistory(join(folder, 'history.db'));
  const server = await startPostgres({ version: '18' });
  try {
    const target = await collected(server, history, world);
    const deps = depsOf(target, history, folder);
    const wish = wishOf(target);
    const seen = await seenOf(wish, deps);
    const random = seededRandom(7);
    const figures: Figures[] = [];
    for (let i = 0; i < workloads; i += 1) {
      say(`  ${name}: workload ${i + 1} of ${workloads}`);
      figures.push(await beside({ wish, deps, seen: sampled(seen, random) }));
    }
    return figures;
  } finally {
    await history.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function seenOf(wish: AdviceWish, deps: AdviceDeps): Promise<Seen> {
  const { history, clock, signal } = deps;
  const now = clock.now();
  const statements: WorkloadStatement[] = [];
  for await (const each of history.workload({ target: wish.target.uid, since: 0, signal }))
    if (each.plan && each.text?.match(/^(SELECT|WITH)/)) statements.push(each);
  // The same ones are drawn each time, whatever took longer.
  statements.sort((a, b) => ((a.text ?? '') < (b.text ?? '') ? -1 : 1));
  const wanted = wantedOf(statements);
  const looked = await deps.look((session) => lookAtAll(session, wanted, wish), signal);
  const workload = { statements, totalMs: 0, span_ms: 3_600_000, light: 0 };
  return { workload, ...looked, now };
}

/** Time as if it followed cost: what either advisor goes by. */
function sampled(seen: Seen, random: Random): Seen {
  const statements = seen.workload.statements
    .filter(() => random.next() < share)
    .map((each) => {
      const calls = Math.ceil(10 ** (4 * random.next()));
      const cost = (each.plan && knownCost(each.plan)) ?? 0;
      return { ...each, weight: { ...each.weight, calls, totalMs: (calls * cost) / 100 } };
    })
    .toSorted((a, b) => b.weight.totalMs - a.weight.totalMs);
  const totalMs = statements.reduce((sum, { weight }) => sum + weight.totalMs, 0);
  return { ...seen, workload: { ...seen.workload, statements, totalMs } };
}

interface Ground {
  wish: AdviceWish;
  deps: AdviceDeps;
  seen: Seen;
}

async function beside(ground: Ground): Promise<Figures> {
  const { deps, seen } = ground;
  const { statements } = seen.workload;
  const [world] = seen.worlds;
  if (!world) throw new Error('there is no world');
  const base = await costWith(deps, world, statements, []);
  const theirs = await inOpened(deps, world, (asking) => oneByOne(asking, statements, world));
  const theirCost = (await costWith(deps, world, statements, theirs.indexes)).cost;
  const ours = await oursWithin(ground, theirs.bytes);
  const proposed = await costWith(deps, world, statements, ours.indexes);
  const within = async (bytes: number) =>
    costWith(deps, world, statements, await ours.chosenWithin(bytes));
  const same = await within(theirs.bytes);
  let [least, enough, most] = [0, theirs.bytes, theirs.bytes];
  if (same.cost <= theirCost) enough = same.bytes;
  for (let i = 0; i < halvings; i += 1) {
    const middle = (least + most) / 2;
    const { cost, bytes } = await within(middle);
    if (cost <= theirCost) [most, enough] = [middle, Math.min(enough, bytes)];
    else least = middle;
  }
  return {
    theirs: theirCost / base.cost,
    ours: same.cost / base.cost,
    proposed: proposed.cost / base.cost,
    proposedDisk: proposed.bytes / theirs.bytes,
    disk: enough / theirs.bytes,
  };
}

interface Costed {
  cost: number;
  bytes: number;
}

interface Ours {
  indexes: IndexDef[];
  /** With other room, from what was asked already: as chosen, before the check of the set. */
  chosenWithin(bytes: number): Promise<IndexDef[]>;
}

async function oursWithin({ wish, deps, seen }: Ground, bytes: number): Promise<Ours> {
  const problems: Problem[] = [];
  const named = new Map<string, IndexDef>();
  const [planner, solver] = [await deps.planner(), await deps.solver()];
  const listening: AdviceDeps = {
    ...deps,
    planner: async () => ({
      ...planner,
      async open(...asked) {
        const world = await planner.open(...asked);
        const hypothesise: World['hypothesise'] = (index, name = '', ...more) => {
          named.set(name, index);
          return world.hypothesise(index, name, ...more);
        };
        return { ...world, hypothesise };
      },
    }),
    solver: async () => ({
      solve(problem, limits) {
        problems.push(problem);
        return solver.solve(problem, limits);
      },
    }),
  };
  const { run } = await adviseByPlanner({ ...wish, budgetBytes: bytes }, listening, seen);
  return {
    indexes: (run.proposals ?? []).flatMap(({ change }) =>
      change.kind === 'create-index' ? [change.index] : [],
    ),
    async chosenWithin(room) {
      const [problem] = problems;
      if (!problem) return [];
      const limits = { limit_ms: 10_000, signal: deps.signal };
      const { chosen } = await solver.solve({ ...problem, budgetBytes: Math.floor(room) }, limits);
      return chosen.flatMap((id) => named.get(id.slice(id.indexOf('/') + 1)) ?? []);
    },
  };
}

/** Of all statements, with all of these; and the room that they take. */
const costWith = (
  deps: AdviceDeps,
  world: WorldExport,
  statements: readonly WorkloadStatement[],
  indexes: Taken['indexes'],
): Promise<Costed> =>
  inOpened(deps, world, async (asking) => {
    let bytes = 0;
    for (const [i, index] of indexes.entries())
      bytes += (await asking.world.hypothesise(index, `chosen_${i}`)).size?.bytes ?? 0;
    let cost = 0;
    for (const statement of statements) {
      const answer = await ask(asking, statement, statement.text ?? '');
      if (answer.kind === 'planned') cost += statement.weight.calls * answer.cost;
    }
    return { cost, bytes };
  });

async function inOpened<T>(
  { planner, signal, clock }: AdviceDeps,
  exported: WorldExport,
  work: (asking: Asking) => Promise<T>,
): Promise<T> {
  await using world = await (await planner()).open(exported, { signal, clock });
  return await work({
    world,
    roles: exported.roles,
    relations: exported.relations,
    signal,
    calls: 0,
  });
}
