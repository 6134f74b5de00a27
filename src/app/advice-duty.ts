import type { AdviceDeps } from '../advisor/run.ts';
import { runAdvice } from '../advisor/run-advice.ts';
import type { Clock } from '../base/clock.ts';
import { abortReason } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import { workOf } from '../base/node/faults.ts';
import { parseDuration } from '../base/quantity.ts';
import type { Random } from '../base/random.ts';
import { regularly } from '../base/regularly.ts';
import type { RunningTarget } from '../controller/controller.ts';
import type { Engine } from '../engines/engine.ts';
import { type AdviceWriter, unseenDatabases } from '../history/advice.ts';
import type { HistoryQuestions } from '../history/history-questions.ts';
import type { IndexWriter } from '../history/index-looks.ts';
import type { Credentials } from '../model/credentials.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { AdviceRun, StoredProposal } from '../model/proposal.ts';
import type { Stop } from '../model/stop.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import { createAdviceMeters } from './advice-meters.ts';
import { type AdviceStatus, adviceStatus, failedAdvice } from './advice-status.ts';
import { adviceWish, sandboxOf } from './advice-wiring.ts';
import type { Ports } from './ports.ts';

/**
 * Runs the advisor for the targets that run here and want advice: each once in `every`, one after
 * the other, since each needs a world. What has run before, here or elsewhere, is in the history.
 */
export interface AdviceDuty {
  /** Runs what is due; to be called now and then. */
  look(): Promise<void>;
  statusOf(uid: string): AdviceStatus | undefined;
  /** It does not run here any more. */
  forget(target: Target): void;
  /** Ends the run in flight. */
  stop(): Promise<void>;
}

export interface AdviceDutyDeps
  extends Pick<AdviceDeps, 'planner' | 'solver'>,
    Pick<Ports, 'recommend'> {
  running(): Iterable<RunningTarget>;
  /** When somebody asked for a run of this one. */
  askedAt(uid: string): number | undefined;
  stops(): readonly Stop[];
  history: HistoryQuestions & AdviceWriter & IndexWriter;
  engines: Record<EngineName, Engine>;
  /** Of the copy that a target names. */
  credentials(target: Target): Promise<Credentials>;
  random: Random;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

/** A server that could not be asked, a planner that broke: not at once again. */
const retry_ms = 3_600_000;
/** Longer than any run took; what waits for it waits in vain. */
const runLimit_ms = 15 * 60_000;
/** How soon a stop is seen. */
const watch_ms = 1_000;
/** Of less nobody can say what a server does. */
const leastHistory_ms = 3_600_000;

interface Known {
  /** When the next run is due; undefined: its history says too little yet. */
  dueAt: number | undefined;
  /** When the last one began. */
  ranAt?: number;
  status?: AdviceStatus;
}

export function createAdviceDuty(deps: AdviceDutyDeps): AdviceDuty {
  const { clock } = deps;
  const known = new Map<string, Known>();
  const meters = createAdviceMeters(deps.metrics);
  const ending = new AbortController();
  let looking: Promise<void> | undefined;

  async function isDue({ target, collector }: RunningTarget): Promise<boolean> {
    const { uid, spec } = target;
    if (spec.advice.mode === 'disabled' || collector.epoch === undefined) return false;
    if (whyNot(deps, target)) return false;
    const due = known.get(uid) ?? (await firstDue(deps, target));
    if (due.dueAt !== undefined) known.set(uid, due);
    return isDueAt(due, deps.askedAt(uid), clock.now());
  }
  async function runOne(running: RunningTarget): Promise<void> {
    const { target } = running;
    const [began, ranAt] = [clock.monotonic(), clock.now()];
    try {
      const run = await runWatched(deps, running, ending.signal);
      const dueAt = run.startedAt + parseDuration(target.spec.advice.every);
      known.set(target.uid, { dueAt, ranAt, status: adviceStatus(run) });
      meters.ran(target, run, (clock.monotonic() - began) / 1_000);
    } catch (error) {
      const now = clock.now();
      known.set(target.uid, { dueAt: now + retry_ms, ranAt, status: failedAdvice(error, now) });
      deps.logger.warn({ target: targetLabel(target), error }, 'no advice could be made');
    }
  }
  async function lookAtAll(): Promise<void> {
    for (const running of deps.running())
      if (!ending.signal.aborted && (await isDue(running))) await runOne(running);
  }
  return {
    look() {
      looking ??= lookAtAll().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    statusOf: (uid) => known.get(uid)?.status,
    forget(target) {
      known.delete(target.uid);
      meters.forget(target);
    },
    async stop() {
      ending.abort(new AppError('program_ending', 'the program ends'));
      await looking;
    },
  };
}

/** What is asked for in the future, by a clock that is ahead, waits until then. */
const isDueAt = ({ dueAt, ranAt = 0 }: Known, askedAt: number | undefined, now: number) =>
  [dueAt, askedAt !== undefined && askedAt > ranAt ? askedAt : undefined].some(
    (at) => at !== undefined && at <= now,
  );

async function firstDue({ history, clock }: AdviceDutyDeps, target: Target): Promise<Known> {
  const { uid, spec } = target;
  const [last] = await history.adviceRuns({ target: uid, limit: 1 });
  if (last) {
    const ranAt = last.startedAt;
    return { dueAt: ranAt + parseDuration(spec.advice.every), ranAt };
  }
  const until = clock.now() - leastHistory_ms;
  const [old] = await history.cycles({ target: uid, since: 0, until, limit: 1 });
  return { dueAt: old && clock.now() };
}

/** Ends where a stop comes, the target goes elsewhere, or it takes too long. */
async function runWatched(
  deps: AdviceDutyDeps,
  { target, collector }: RunningTarget,
  ending: AbortSignal,
): Promise<AdviceRun> {
  const { clock, logger } = deps;
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, ending]);
  const late = () => abort.abort(new AppError('planner_timeout', 'the run took too long'));
  const disarm = clock.after(runLimit_ms, late);
  const unwatch = regularly(clock, watch_ms, logger, async () => {
    const why = whyNot(deps, target);
    if (why) abort.abort(why);
  });
  try {
    const fault = (error: AppError) => abort.abort(error);
    const engine = deps.engines[target.spec.engine];
    const made = await workOf({ target: targetLabel(target), fault }, () =>
      runAdvice(adviceWish(target), {
        ...deps,
        engine,
        sandbox: sandboxOf(target, { ...deps, engine }),
        look: (ask, until) => collector.visit(ask, until),
        signal,
        tell: () => undefined,
      }),
    );
    await deps.history.recordAdvice(made);
    const stay = await unseenProposals(deps, made.run);
    await recommend(deps, target, { ...made.run, proposals: [...made.run.proposals, ...stay] });
    return made.run;
  } catch (error) {
    throw signal.aborted ? abortReason(signal) : error;
  } finally {
    disarm();
    await unwatch();
  }
}

/** More are not put beside a target. */
const mostOpen = 200;

/** What earlier runs proposed of databases that this one did not see: it stays. */
async function unseenProposals(
  { history }: AdviceDutyDeps,
  run: AdviceRun,
): Promise<StoredProposal[]> {
  const databases = unseenDatabases(run);
  if (databases.length === 0) return [];
  const phases = ['Proposed'] as const;
  const open = await history.proposals({ target: run.target.uid, phases, limit: mostOpen });
  const made = new Set(run.proposals.map(({ id }) => id));
  return open.filter(({ id, database }) => databases.includes(database) && !made.has(id));
}

/** What cannot be put there now is made again by the next run; the history has it. */
async function recommend(
  { recommend: put, logger }: AdviceDutyDeps,
  target: Target,
  run: AdviceRun,
): Promise<void> {
  try {
    await put?.(target, run);
  } catch (error) {
    logger.warn({ target: targetLabel(target), error }, 'advice is only in the history');
  }
}

function whyNot({ stops, running }: AdviceDutyDeps, target: Target): AppError | undefined {
  const stop = coveringStop(stops(), target);
  if (stop) return new AppError('emergency_stop', stop.reason);
  if (target.spec.suspend) return new AppError('suspended', 'spec.suspend is true');
  const here = Iterator.from(running()).some(
    (each) => each.target.uid === target.uid && each.target.generation === target.generation,
  );
  return here ? undefined : new AppError('ownership_lost', 'the target does not run here any more');
}
