import { dialectOf } from '../dialects/index.ts';
import type { MadeAdvice } from '../history/advice.ts';
import type { AdviceRun, Proposal } from '../model/proposal.ts';
import { adviseByPlanner } from './by-planner.ts';
import { adviseOnCopy } from './by-sandbox.ts';
import { noteLooks } from './index-looks.ts';
import { lookAtAll } from './look.ts';
import { proposeDrops } from './propose-drops.ts';
import { proposeStatistics } from './propose-statistics.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';
import { wantedOf } from './wanted.ts';
import { readWorkload } from './workload.ts';

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
  const wanted = wantedOf(workload.statements);
  tell({ kind: 'look', databases: wanted.length });
  const looked = await deps.look((session) => lookAtAll(session, wanted, wish), signal);
  const seen = { workload, ...looked, now: startedAt };
  const own = await noteLooks(wish, deps, seen);
  const { run, plans } = await advisePlans(wish, deps, seen);
  const drops = await proposeDrops(wish, deps, { ...seen, own });
  const statistics = await proposeStatistics(wish, deps, seen);
  const unseen = [...looked.unseen, ...(run.unseen ?? []), ...drops.unseen];
  return {
    plans,
    run: {
      ...emptyRun(wish, seen),
      ...run,
      unseen,
      proposals: [...(run.proposals ?? []), ...statistics, ...drops.proposals].map(forServer(wish)),
      endedAt: clock.now(),
    },
  };
}

/** An approval is for the server on which it stands, whatever its target names by then. */
const forServer =
  ({ server }: Pick<AdviceWish, 'server'>) =>
  (proposal: Proposal): Proposal =>
    server === undefined ? proposal : { ...proposal, server };

/** Planners of some read rows while they plan: nobody can say what they would do elsewhere. */
async function advisePlans(wish: AdviceWish, deps: AdviceDeps, seen: Seen): Promise<PlansMade> {
  const weighed = seen.workload.statements.length;
  if (weighed === 0) return { run: {}, plans: [] };
  if (dialectOf(wish.engine).spec.whatIf !== 'statistics') return adviseOnCopy(wish, deps, seen);
  const made = await adviseByPlanner(wish, deps, seen);
  const withheld = [...(made.run.withheld ?? []), ...unplanned(seen)];
  return { ...made, run: { ...made.run, withheld } };
}
type PlansMade = Awaited<ReturnType<typeof adviseOnCopy>>;

/** Statements of databases of which nothing is known. */
const unplanned = ({ unseen, workload }: Seen): AdviceRun['withheld'] =>
  unseen.flatMap((each) => {
    if (each.kind !== 'plans') return [];
    const { length } = workload.statements.filter(({ database }) => database === each.database);
    return length > 0 ? [{ code: each.code, statements: length }] : [];
  });

const emptyRun = (
  { target, engine, budgetBytes }: AdviceWish,
  { workload, now }: Pick<Seen, 'workload' | 'now'>,
): AdviceRun => ({
  target,
  engine,
  startedAt: now,
  endedAt: now,
  planner: 'pglite',
  budgetBytes,
  withheld: [],
  statements: { weighed: workload.statements.length, planned: 0 },
  whatIfCalls: 0,
  proposals: [],
});
