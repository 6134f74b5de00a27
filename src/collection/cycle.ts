import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import { abortReason } from '../base/deadline.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { emptySketch, halveSketch, sketchAdd } from '../base/sketch.ts';
import type { Engine, Prerequisite, Session } from '../engines/engine.ts';
import { type BatchQuery, type CycleOutcome, isExplained, type PlanBatch } from '../model/batch.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { QueryContext } from '../model/statistics.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { includedBy } from '../resources/pattern.ts';
import { type Cause, onCycleFailure, onCycleSuccess } from '../safety/circuit-breaker.ts';
import { gate } from '../safety/gate.ts';
import { type BrakeMemory, type BrakePolicy, brakeVerdict, learn } from '../safety/health-brake.ts';
import { refill, settle } from '../safety/token-bucket.ts';
import { takeBaseline } from './baseline.ts';
import { computeWindow, type Window } from './delta.ts';
import { eligibility } from './eligibility.ts';
import { explainSelected } from './explain-selected.ts';
import { makeReport, type Recall, shownWithoutText, type Work } from './report.ts';
import { select } from './selection/select.ts';
import { type CycleSettings, cycleSettings } from './settings.ts';
import { sketchLimit, type TargetState } from './target-state.ts';

/**
 * gate → connect → server lock → health → prerequisites → workload → select → explain → report.
 * Whatever happens, the outcome is one of a closed set, and `state` is what the next cycle starts
 * from.
 */
export interface CycleDeps {
  engine: Engine;
  target: Target;
  epoch: number;
  holder: string;
  credentials(fresh: boolean): Promise<Credentials>;
  stops(): readonly Stop[];
  clock: Clock;
  random: Random;
  /** Another target's label if the server and database are its already. */
  claimServer(server: string): Promise<string | undefined>;
  analyse(plan: Plan, context: QueryContext & { timeShare: number }): Promise<Finding[]>;
  /** What is known of a statement that was explained in an earlier cycle. */
  recall: Recall;
}

export interface CycleResult {
  batch: PlanBatch;
  prerequisites?: Prerequisite[];
}

const spareFactor = 4;

export async function runCycle(
  state: TargetState,
  deps: CycleDeps,
  signal: AbortSignal,
): Promise<CycleResult> {
  const { clock, target, random } = deps;
  const settings = cycleSettings(target.spec);
  const startedAt = clock.now();
  const started = clock.monotonic();
  state.cycle += 1;
  if (state.generation !== target.generation) state.failures.clear();
  state.generation = target.generation;
  state.startedAt = startedAt;
  state.databaseTime = refill(state.databaseTime, settings.databaseTime, startedAt);
  const verdict = gate({
    now: startedAt,
    target,
    suspend: target.spec.suspend,
    stops: deps.stops(),
    blackouts: target.spec.collection.blackouts,
    breaker: state.breaker,
    databaseTime: state.databaseTime,
  });
  const work: Work = { queries: [], databaseMs: 0 };
  let outcome: CycleOutcome;
  if (verdict.open) {
    outcome = await collect(state, work, settings, deps, signal).catch((error: unknown) =>
      failure(
        signal.aborted ? abortReason(signal) : error,
        clock.now() + peerWait(settings.interval_ms, random),
      ),
    );
    state.databaseTime = settle(
      state.databaseTime,
      settings.databaseTime,
      clock.now(),
      work.databaseMs,
    );
    if (outcome.kind === 'failed') {
      // What could have ended the process is not tried a second time at once.
      const policy =
        outcome.error === 'library_fault' ? { ...settings.breaker, failures: 1 } : settings.breaker;
      state.breaker = onCycleFailure(state.breaker, causeOf(outcome), policy, clock.now(), random);
    }
    if (outcome.kind === 'collected') state.breaker = onCycleSuccess();
  } else outcome = closedGate(verdict);
  const report = await makeReport(
    {
      state,
      work,
      settings,
      outcome,
      startedAt,
      durationMs: clock.monotonic() - started,
      now: clock.now(),
    },
    deps.recall,
  );
  const { uid, namespace, name, spec } = target;
  const batch = {
    target: { uid, namespace, name, engine: spec.engine, epoch: deps.epoch },
    cycle: report,
    queries: work.queries,
  };
  return { batch, ...(work.prerequisites ? { prerequisites: work.prerequisites } : {}) };
}

const closedGate = ({
  outcome,
  ...rest
}: Exclude<ReturnType<typeof gate>, { open: true }>): CycleOutcome => {
  const { open: _, ...reason } = rest;
  return { kind: outcome, ...reason } as CycleOutcome;
};

/** It lies in the state, whose room is little. */
const detailLimit = 300;
const causeOf = ({ error, detail }: CycleOutcome & { kind: 'failed' }): Cause => ({
  code: error,
  ...(detail ? { detail: detail.slice(0, detailLimit) } : {}),
});

/**
 * Two targets on one server take turns: who found it taken comes back soon, at a moment of its own,
 * or it would find it taken again.
 */
const peerWait = (interval_ms: number, random: Random) => interval_ms * (0.1 + 0.3 * random.next());

/** What ends a cycle without saying anything about its server. */
const cutShort = new Set<Code>([
  'emergency_stop',
  'suspended',
  'ownership_lost',
  'fenced',
  'target_deleted',
  'invalid_manifest',
  'program_ending',
]);

/** `error`: the reason of the cycle's signal where that has ended it, whatever broke then. */
function failure(error: unknown, again: number): CycleOutcome {
  const { code, message } = asAppError(error);
  if (cutShort.has(code)) return { kind: 'skipped', reason: code, detail: message };
  if (code === 'locked_by_peer')
    return { kind: 'deferred', reason: code, until: again, detail: message };
  return { kind: 'failed', error: code, detail: message };
}

async function collect(
  state: TargetState,
  work: Work,
  settings: CycleSettings,
  deps: CycleDeps,
  signal: AbortSignal,
): Promise<CycleOutcome> {
  await using session = await openWithFreshCredentials(deps, state.notes, signal);
  try {
    work.server = { version: session.server.version, role: session.server.role };
    const other = await deps.claimServer(
      `${session.server.id}/${deps.target.spec.connection.database ?? ''}`,
    );
    if (other)
      throw new AppError(
        'duplicate_target',
        `${other} collects from this server and database already`,
      );
    if (!(await session.lock()))
      throw new AppError('locked_by_peer', 'another collector works on this server');
    const { health, brake } = await checkHealth(session, state.brake, settings.brake, deps.clock);
    state.brake = learn(health, state.brake, brake.code !== undefined);
    if (brake.code) {
      work.brake = brake.code;
      return {
        kind: 'skipped',
        reason: brake.code,
        ...(brake.detail ? { detail: brake.detail } : {}),
      };
    }
    work.prerequisites = await session.prerequisites();
    const missing = work.prerequisites.find(({ verdict }) => verdict === 'failed');
    if (missing) throw new AppError('prerequisite_missing', `${missing.name}: ${missing.observed}`);
    return await collectPlans(session, state, work, settings, deps);
  } finally {
    work.databaseMs = session.databaseMs;
    if (session.notes !== undefined) state.notes = session.notes;
  }
}

/**
 * A slow answer may be our own slowness: it counts if a second one is slow, too, beyond what a turn
 * of our event loop takes at that moment.
 */
export async function checkHealth(
  session: Pick<Session, 'health'>,
  memory: BrakeMemory,
  policy: BrakePolicy,
  clock: Clock,
) {
  const health = await session.health();
  const brake = brakeVerdict(health, memory, policy);
  if (brake.code !== 'brake_slowdown') return { health, brake };
  const began = clock.monotonic();
  const turn = clock.sleep(0).then(() => clock.monotonic() - began);
  const again = await session.health();
  const second = {
    ...again,
    took_ms: Math.min(health.took_ms, Math.max(0, again.took_ms - (await turn))),
  };
  return { health: second, brake: brakeVerdict(second, memory, policy) };
}

/**
 * Rotation: what the server refuses, or what refuses the server, is read again, and tried again
 * where it differs.
 */
async function openWithFreshCredentials(
  { engine, target, epoch, holder, clock, random, credentials }: CycleDeps,
  notes: unknown,
  signal: AbortSignal,
): Promise<Session> {
  const open = (login: Credentials) =>
    engine.open({
      target,
      credentials: login,
      identity: { epoch, holder },
      clock,
      random,
      signal,
      notes,
    });
  const known = await credentials(false);
  try {
    return await open(known);
  } catch (error) {
    const refusal = asAppError(error);
    if (!mayBeRotated(refusal.code, known)) throw error;
    const fresh = await credentials(true).catch((unreadable: unknown) => {
      throw refusal.code === 'connection_failed' ? refusal : unreadable;
    });
    if (isDeepStrictEqual(fresh, known)) throw withRemark(refusal, known);
    return open(fresh);
  }
}

/** A server that does not like a client's certificate may say so, or only close the connection. */
const mayBeRotated = (code: Code, { cert }: Credentials): boolean =>
  code === 'authentication_failed' ||
  code === 'tls_failed' ||
  (code === 'connection_failed' && cert !== undefined);

const withRemark = (refusal: AppError, { remark }: Credentials): AppError =>
  remark && refusal.code === 'authentication_failed'
    ? new AppError(refusal.code, `${refusal.message}; ${remark}`, { cause: refusal.cause })
    : refusal;

async function collectPlans(
  session: Session,
  state: TargetState,
  work: Work,
  settings: CycleSettings,
  deps: CycleDeps,
): Promise<CycleOutcome> {
  const { target, clock } = deps;
  const { collection } = target.spec;
  const snapshot = await session.snapshot();
  const window = computeWindow(state.baseline, snapshot);
  const covers = includedBy(target.spec.databases);
  work.window = window;
  work.covers = covers;
  const reasons = new Map<string, Code>();
  work.reasons = reasons;
  const ineligible = eligibility(target.spec, state, clock.now());
  const candidates = window.stats.flatMap((stats) => {
    const reason = ineligible(stats);
    if (reason) reasons.set(stats.key, reason);
    return reason
      ? []
      : [
          {
            stats,
            sketch: state.sketches.get(stats.key),
            explained: state.explained.get(stats.key),
          },
        ];
  });
  const wanted = collection.maxQueriesPerCycle;
  const selection = select(candidates, collection.strategies, state.credits, {
    now: clock.now(),
    reexplainAfter_ms: settings.reexplainAfter_ms,
    wanted,
    spares: wanted * spareFactor,
  });
  state.credits = selection.credits;
  state.baseline = takeBaseline(snapshot, state.baseline);
  if (!window.sinceStatisticsBegan) learnIntervals(state, window);
  const windowMs = window.stats.reduce(
    (sum, { database, totalMs, toplevel }) => sum + (toplevel && covers(database) ? totalMs : 0),
    0,
  );
  const { schemas: excludedSchemas, fingerprints: excludedFingerprints } = collection.exclude;
  await explainSelected(selection.ranked, {
    into: work.queries,
    session,
    state,
    settings,
    clock,
    wanted,
    excludedFingerprints,
    excludedSchemas,
    windowMs,
    analyse: deps.analyse,
  });
  for (const { stats, result } of work.queries)
    if (result.kind === 'refused') reasons.set(stats.key, result.code);
  work.texts = await session.texts(shownWithoutText(work, state));
  return timedOutAltogether(work.queries)
    ? { kind: 'failed', error: 'statement_timeout', detail: 'every EXPLAIN timed out' }
    : { kind: 'collected' };
}

/**
 * One bad statement is no failed cycle; when none of several gets an answer, the server is the
 * matter.
 */
function timedOutAltogether(queries: readonly BatchQuery[]): boolean {
  const timeouts = queries.filter(
    ({ result }) => result.kind === 'refused' && result.code === 'statement_timeout',
  ).length;
  return timeouts > 0 && !queries.some(isExplained);
}

/**
 * Forgets half of what is old after this many intervals: a changed normal becomes the new normal.
 */
const sketchMemory = 2_000;

/** Interval means of the heaviest statements, for the next cycles' regressions. */
function learnIntervals(state: TargetState, { stats }: Window): void {
  const heaviest = stats.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, sketchLimit);
  for (const { key, meanMs } of heaviest) {
    const old = state.sketches.get(key) ?? emptySketch;
    state.sketches.delete(key); // to the end: the first are the ones not seen for longest
    state.sketches.set(key, sketchAdd(old.count > sketchMemory ? halveSketch(old) : old, meanMs));
  }
  while (state.sketches.size > sketchLimit)
    state.sketches.delete(state.sketches.keys().next().value as string);
}
