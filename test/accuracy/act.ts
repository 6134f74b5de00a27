import type { Case } from './case.ts';
import { changes, writes } from './copies.ts';
import { type Cost, costOf, isClear, isEnough, type Spent, type Work } from './cost.ts';
import type { Application, Counters, Stage } from './stage.ts';

/**
 * Runs a case as an application does, by turns with the same work on the world as it was loaded,
 * and reads from the server's counters what each side cost and which statement it was.
 */
export interface Acted {
  /** The server's own ids of the statement, the one with most calls first. */
  ids: string[];
  cost?: Cost;
}

export async function act(stage: Stage, database: string, it: Case): Promise<Acted> {
  await using defect = await side(stage, database, it.settings ?? {}, it.calls, changes(it));
  if (it.label.kind === 'healthy') {
    const rounds = await turns([defect]);
    return { ids: idsOf(rounds[0] ?? []) };
  }
  const calls = it.healthy ?? it.calls;
  await using healthy = await side(stage, stage.origin, {}, calls, changes(it));
  const [bad = [], good = []] = await turns([defect, healthy]);
  // What was undone is dead rows, in the way of the cases that follow.
  if (writes(it)) await stage.tidy(stage.origin, it.tables);
  return { ids: idsOf(bad), cost: costOf(bad.map(total), good.map(total)) };
}

/** One round of each side after the other, until there are enough. */
async function turns(sides: readonly Side[]): Promise<Counters[][][]> {
  const rounds: Counters[][][] = sides.map(() => []);
  let spent: Spent = { rounds: 0, calls: 0, ms: 0, clear: sides.length === 1 };
  while (!isEnough(spent)) {
    for (const [i, each] of sides.entries()) rounds[i]?.push(await each.round());
    const [last = nothing, compared] = rounds.map((side) => total(side.at(-1) ?? []));
    spent = {
      rounds: spent.rounds + 1,
      calls: spent.calls + last.calls,
      ms: spent.ms + last.ms,
      clear: !compared || isClear(costOf([last], [compared])),
    };
    if (last.calls === 0) throw new Error('the server counted nothing of it');
  }
  return rounds;
}

interface Side extends AsyncDisposable {
  /** What moved while every call ran once. */
  round(): Promise<Counters[]>;
}

async function side(
  stage: Stage,
  database: string,
  settings: Record<string, string>,
  calls: readonly string[],
  undone: boolean,
): Promise<Side> {
  const application = await stage.open(database, settings);
  return {
    async round() {
      const before = await stage.counters(database);
      await runCalls(application, calls, undone);
      return moved(before, await stage.counters(database));
    },
    [Symbol.asyncDispose]: () => application.close(),
  };
}

/** What is written is undone, so that each round has the same to do. */
async function runCalls(
  { query, settled }: Application,
  calls: readonly string[],
  undone: boolean,
): Promise<void> {
  if (undone) await query('BEGIN');
  for (const call of calls) await query(call);
  if (undone) await query('ROLLBACK');
  await settled();
}

export function moved(before: readonly Counters[], after: readonly Counters[]): Counters[] {
  const known = new Map(before.map((each) => [each.id, each]));
  return after
    .map(({ id, calls, ms, looked }) => {
      const old = known.get(id);
      return {
        id,
        calls: calls - (old?.calls ?? 0),
        ms: ms - (old?.ms ?? 0),
        looked: looked - (old?.looked ?? 0),
      };
    })
    .filter(({ calls }) => calls > 0);
}

const nothing: Work = { calls: 0, ms: 0, looked: 0 };
const total = (round: readonly Counters[]): Work => ({
  calls: round.reduce((sum, each) => sum + each.calls, 0),
  ms: round.reduce((sum, each) => sum + each.ms, 0),
  looked: round.reduce((sum, each) => sum + each.looked, 0),
});

function idsOf(rounds: readonly (readonly Counters[])[]): string[] {
  const calls = new Map<string, number>();
  for (const { id, calls: more } of rounds.flat()) calls.set(id, (calls.get(id) ?? 0) + more);
  return [...calls].sort(([, a], [, b]) => b - a).map(([id]) => id);
}
