import { dialectOf } from '../dialects/index.ts';
import type { Session } from '../engines/engine.ts';
import type { MadeAdvice } from '../history/advice.ts';
import type { AdviceRun } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';
import { adviseByPlanner } from './by-planner.ts';
import { proposeDrops } from './propose-drops.ts';
import { proposeStatistics } from './propose-statistics.ts';
import type { AdviceDeps, AdviceWish, Listed, Seen } from './run.ts';
import { type Wanted, wantedOf } from './wanted.ts';
import { readWorkload, type Workload } from './workload.ts';

/**
 * One run for one target: what its statements did, from history; one look at the server's catalogs;
 * then plans as they would be, asked of a planner elsewhere; and of what helps the best set within
 * the budget. Minutes at most. It never runs in the collecting loop, and asks the server nothing
 * else. Throws AppError: what kept the server from being asked, or the planner from answering.
 */
export async function runAdvice(wish: AdviceWish, deps: AdviceDeps): Promise<MadeAdvice> {
  const { history, clock, signal, tell } = deps;
  const startedAt = clock.now();
  tell({ kind: 'workload' });
  const workload = await readWorkload(history, wish.target.uid, startedAt, signal);
  const empty = emptyRun(wish, workload, startedAt);
  if (workload.statements.length === 0)
    return { run: { ...empty, endedAt: clock.now() }, plans: [] };
  // Their planners read rows while they plan: nobody can say what they would do elsewhere.
  if (dialectOf(wish.engine).spec.whatIf !== 'statistics')
    return { run: unplanned(empty, clock.now()), plans: [] };
  const wanted = wantedOf(workload.statements);
  tell({ kind: 'look', databases: wanted.length });
  const looked = await deps.look((session) => lookAtAll(session, wanted, wish), signal);
  const seen = { workload, ...looked, now: startedAt };
  const made = await adviseByPlanner(wish, deps, seen);
  const drops = await proposeDrops(wish, deps, seen);
  const statistics = await proposeStatistics(wish, deps, seen);
  const proposals = [...(made.run.proposals ?? []), ...statistics, ...drops];
  return {
    ...made,
    run: { ...empty, ...made.run, proposals, endedAt: clock.now() },
  };
}

const emptyRun = (
  { target, engine, budgetBytes }: AdviceWish,
  { statements }: Workload,
  startedAt: number,
): AdviceRun => ({
  target,
  engine,
  startedAt,
  endedAt: startedAt,
  planner: 'pglite',
  budgetBytes,
  withheld: [],
  statements: { weighed: statements.length, planned: 0 },
  whatIfCalls: 0,
  proposals: [],
});

const unplanned = (run: AdviceRun, endedAt: number): AdviceRun => ({
  ...run,
  endedAt,
  planner: 'rules',
  withheld: [{ code: 'unplannable', statements: run.statements.weighed }],
});

async function lookAtAll(
  session: Session,
  wanted: readonly Wanted[],
  { values }: AdviceWish,
): Promise<Pick<Seen, 'worlds' | 'listed' | 'role'>> {
  const worlds: WorldExport[] = [];
  const listed: Listed[] = [];
  for (const each of wanted) {
    const { database } = each;
    const world = await session.exportWorld?.({ ...each, values });
    if (world) worlds.push(world);
    const indexes = await session.indexCatalog?.(database);
    if (indexes) listed.push({ database, indexes });
  }
  return { worlds, listed, role: session.server.role };
}
