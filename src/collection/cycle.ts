import { abortReason } from '../base/deadline.ts';
import type { Prerequisite } from '../engines/engine.ts';
import type { PlanBatch } from '../model/batch.ts';
import { includedBy } from '../resources/pattern.ts';
import { gate } from '../safety/gate.ts';
import { refill } from '../safety/token-bucket.ts';
import { brake, lock, prerequisites } from './check-server.ts';
import { connect } from './connect.ts';
import { explain } from './explain-selected.ts';
import { outcomeOf, outcomeOfError } from './outcome.ts';
import { makeReport } from './report.ts';
import { select } from './selection/candidates.ts';
import { cycleSettings } from './settings.ts';
import { settle } from './settle.ts';
import { snapshot } from './snapshot.ts';
import type { CycleContext, CycleDeps, Ended, Progress, Step } from './step.ts';
import type { TargetState } from './target-state.ts';
import { texts } from './top-queries.ts';
import { usageOf } from './usage.ts';

/**
 * gate → connect → the steps → settle → report. Whatever happens, the outcome is one of a closed
 * set, and the state that is returned is what the next cycle starts from.
 */
export const steps = {
  lock,
  brake,
  prerequisites,
  snapshot,
  select,
  explain,
  texts,
} satisfies Record<string, Step>;

/** What others learn of a cycle. */
export interface CycleTold {
  batch: PlanBatch;
  prerequisites?: readonly Prerequisite[];
}

export interface CycleResult extends CycleTold {
  state: TargetState;
}

export async function runCycle(
  state: TargetState,
  deps: CycleDeps,
  signal: AbortSignal,
): Promise<CycleResult> {
  const { clock, target } = deps;
  const { spec } = target;
  const context = { ...deps, settings: cycleSettings(spec), covers: includedBy(spec.databases) };
  const [startedAt, started] = [clock.now(), clock.monotonic()];
  const begun = begin(state, context, startedAt);
  const verdict = gate({
    now: startedAt,
    target,
    suspend: spec.suspend,
    stops: deps.stops(),
    blackouts: spec.collection.blackouts,
    breaker: begun.state.breaker,
    databaseTime: begun.state.databaseTime,
  });
  const ended =
    verdict.kind === 'open'
      ? settle(await takeSteps(begun, context, signal), context, clock.now())
      : { ...begun, outcome: verdict };
  const timing = { startedAt, durationMs: clock.monotonic() - started, now: clock.now() };
  return {
    state: ended.state,
    batch: {
      target: {
        uid: target.uid,
        namespace: target.namespace,
        name: target.name,
        engine: spec.engine,
        epoch: deps.epoch,
      },
      cycle: await makeReport(ended, context, timing),
      queries: ended.answers.map(({ query }) => query),
      ...(spec.advice.mode === 'disabled' ? {} : { usage: usageOf(ended, context.covers) }),
    },
    ...(ended.prerequisites ? { prerequisites: ended.prerequisites } : {}),
  };
}

function begin(state: TargetState, { target, settings }: CycleContext, now: number): Progress {
  return {
    state: {
      ...state,
      cycle: state.cycle + 1,
      generation: target.generation,
      startedAt: now,
      failures: state.generation === target.generation ? state.failures : new Map(),
      databaseTime: refill(state.databaseTime, settings.databaseTime, now),
    },
    leftOut: new Map(),
    ranked: [],
    answers: [],
    texts: new Map(),
    databaseMs: 0,
  };
}

/** What the cycle's signal says has ended it, whatever broke then. */
async function takeSteps(
  begun: Progress,
  context: CycleContext,
  signal: AbortSignal,
): Promise<Ended> {
  let cycle = begun;
  try {
    await using session = await connect(context, begun.state.notes, signal);
    try {
      for (const step of Object.values(steps)) {
        for await (cycle of step(cycle, session, context));
        if (cycle.outcome) break;
      }
    } finally {
      const { notes = cycle.state.notes } = session;
      cycle = {
        ...cycle,
        databaseMs: session.databaseMs,
        state: notes === undefined ? cycle.state : { ...cycle.state, notes },
      };
    }
    return { ...cycle, outcome: cycle.outcome ?? outcomeOf(cycle.answers) };
  } catch (error) {
    const outcome = outcomeOfError(signal.aborted ? abortReason(signal) : error, context);
    const idle = outcome.kind === 'skipped' && cycle.answers.length === 0;
    return { ...(idle ? unlooked(cycle, begun) : cycle), outcome };
  }
}

/**
 * What was looked at and never asked about is looked at again, by whoever goes on: a report of the
 * night does not run a second time to be seen.
 */
function unlooked({ window: _window, ...cycle }: Progress, begun: Progress): Progress {
  const { baseline: _baseline, ...state } = cycle.state;
  const { baseline, sketches, credits } = begun.state;
  const before = { sketches, credits, ...(baseline ? { baseline } : {}) };
  return { ...cycle, leftOut: new Map(), ranked: [], state: { ...state, ...before } };
}
