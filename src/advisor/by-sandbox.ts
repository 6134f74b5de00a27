import { AppError } from '../base/errors.ts';
import type { MadeAdvice } from '../history/advice.ts';
import type { AdviceRun, Unseen } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';
import type { Planner } from '../planner/planner.ts';
import { adviseByPlanner, type ByPlanner } from './by-planner.ts';
import { adviseByRules } from './by-rules.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';
import { wantedOf } from './wanted.ts';

/**
 * For engines whose planner reads rows: what could be planned on a copy is advised by its plans,
 * everything else by rules. Where there is no copy, or none that answers, all of it.
 */
export async function adviseOnCopy(
  wish: AdviceWish,
  deps: AdviceDeps,
  seen: Seen,
): Promise<Advised> {
  const { sandbox } = deps;
  if (!sandbox) return adviseByRules(wish, deps, seen);
  const told: Unseen[] = [];
  const planned = await tried(deps, (signal) => {
    const lost = (error: unknown) => {
      const gone = goneBy(error, deps);
      if (gone) told.push({ kind: 'sandbox-cut', code: gone.code });
      return gone !== undefined;
    };
    const open = () => sandbox(seen.server, (unseen) => told.push(unseen));
    return planOn(open, wish, { ...deps, planning: { signal, lost } }, seen);
  });
  if (planned instanceof AppError) {
    const made = await adviseByRules(wish, deps, seen);
    return noted(made, [{ kind: 'sandbox', code: planned.code }, ...told]);
  }
  const rest = await adviseByRules(wishLeft(wish, planned), deps, withoutKnown(seen, planned));
  return noted(merged(planned, rest.run), told);
}

type Advised = Omit<MadeAdvice, 'run'> & { run: Partial<AdviceRun> };

const noted = ({ run, plans }: Advised, unseen: readonly Unseen[]): Advised => ({
  plans,
  run: { ...run, unseen: [...(run.unseen ?? []), ...unseen] },
});

/** Less than a run may take: then there is time for rules. */
const limit_ms = 8 * 60_000;

/** An error of the copy ends nothing, nor does its slowness; a stop, or a mistake of ours, does. */
async function tried<T>(
  { signal, clock }: AdviceDeps,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | AppError> {
  const late = new AbortController();
  const disarm = clock.after(limit_ms, () =>
    late.abort(new AppError('planner_timeout', 'the copy took too long')),
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    const gone = goneBy(error, { signal });
    if (!gone) throw error;
    return gone;
  } finally {
    disarm();
  }
}

/** That the copy is gone, or slow; undefined: a stop, or a mistake of ours. */
function goneBy(error: unknown, { signal }: Pick<AdviceDeps, 'signal'>): AppError | undefined {
  const first = firstOf(error);
  if (signal.aborted || !(first instanceof AppError) || first.code === 'internal') return undefined;
  return first;
}

/** What went wrong before closing went wrong, too. */
const firstOf = (error: unknown): unknown =>
  error instanceof SuppressedError ? firstOf(error.suppressed) : error;

async function planOn(
  open: () => Promise<Planner & AsyncDisposable>,
  wish: AdviceWish,
  deps: AdviceDeps,
  seen: Seen,
): Promise<ByPlanner> {
  await using planner = await open();
  const worlds = wantedOf(seen.workload.statements).map(({ database }) => ofCopy(database, seen));
  return await adviseByPlanner(
    wish,
    { ...deps, planner: async () => planner },
    { ...seen, worlds },
  );
}

/** It has everything itself: of a world only its database is said. */
const ofCopy = (database: string, { now }: Pick<Seen, 'now'>): WorldExport => ({
  version: 0,
  serverVersion: '',
  database,
  takenAt: now,
  has: 'no-values',
  schemas: [],
  extensions: [],
  types: [],
  collations: [],
  collation: { provider: 'default', bytewise: false },
  tablespaces: [],
  relations: [],
  indexes: [],
  constraints: [],
  extended: [],
  settings: {},
  roles: {},
  withheld: [],
});

/** What is built of both must have room together. */
function wishLeft(wish: AdviceWish, { run }: ByPlanner): AdviceWish {
  const used = (run.proposals ?? []).reduce((sum, { evidence }) => sum + evidence.sizeBytes, 0);
  return { ...wish, budgetBytes: Math.max(0, wish.budgetBytes - used) };
}

/** Shares are still those of all the time. */
function withoutKnown(seen: Seen, { known }: ByPlanner): Seen {
  const { workload } = seen;
  const statements = workload.statements.filter(({ fingerprint }) => !known.has(fingerprint));
  return { ...seen, workload: { ...workload, statements } };
}

/** What both propose is proposed by plans. */
function merged({ run, plans }: ByPlanner, rest: Partial<AdviceRun>): Advised {
  const ids = new Set(run.proposals?.map(({ id }) => id));
  const others = (rest.proposals ?? []).filter(({ id }) => !ids.has(id));
  return {
    plans,
    run: {
      ...run,
      unseen: [...(run.unseen ?? []), ...(rest.unseen ?? [])],
      proposals: [...(run.proposals ?? []), ...others],
    },
  };
}
