import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { abortReason } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { workOf } from '../base/node/faults.ts';
import { formatDuration } from '../base/quantity.ts';
import type { Slots } from '../base/slots.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { CycleOutcome } from '../model/batch.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import { type CycleTold, runCycle } from './cycle.ts';
import { createInterrupts, type Interrupts } from './interrupts.ts';
import {
  afterCycle,
  type Life,
  type Moment,
  newLife,
  nextDue,
  recallState,
  takeOver,
  withBudget,
} from './life.ts';
import { type CycleSettings, cycleSettings } from './settings.ts';
import type { CycleDeps } from './step.ts';
import { inTurn, type Turns } from './turns.ts';
import { runVisit, type Visit, type Visited } from './visit.ts';

/** One target's life: own it, load what is known, then cycle after cycle until stopped. */
export interface Collector {
  /** Undefined until the target is owned. */
  readonly epoch: number | undefined;
  /** Its server may be asked now: not while a stop is only told. */
  readonly busy: boolean;
  /**
   * Until the next cycle should begin, milliseconds; below zero it is late. Of the monotonic clock:
   * a step of the wall clock moves nothing.
   */
  readonly dueIn_ms: number;
  /** Cycles failed in a row, and the next one waits. */
  readonly circuitOpen: boolean;
  /** Cancels the cycle in flight if a stop covers the target now. */
  onStops(): void;
  /**
   * What may have been the cause has changed: one cycle is tried at once, although the circuit is
   * open.
   */
  probe(): void;
  /**
   * Asks the server for something else than a cycle does, in the target's turn: behind the same
   * gate, lock and brake, out of the same budget, and as long as no stop covers the target. Throws
   * AppError: what keeps it from being asked, or what `visit` threw.
   */
  visit<T>(visit: Visit<T>, signal: AbortSignal): Promise<T>;
  /**
   * Lets the cycle in flight finish (or cancels it when `signal` aborts, for its reason: an
   * AppError), saves, resolves.
   */
  stop(signal?: AbortSignal): Promise<void>;
}

export interface CollectorDeps extends Omit<CycleDeps, 'epoch'> {
  state: StateBackend;
  quota: Slots;
  turns: Turns;
  logger: Logger;
  /** Its status says that the last replica has ended. */
  ended?: boolean | undefined;
  /**
   * Makes this process the target's owner and tells its epoch; before the first cycle, and soon
   * after it has begun. `saved`: the epoch that has saved what is known of it. Throws AppError:
   * fenced ends the collector.
   */
  acquire(saved: number): Promise<number>;
  /** May a cycle start at this moment? Asked again shortly where not. */
  permitted(): boolean;
  /** Nobody is known to have owned the target after this epoch. Asked before each cycle. */
  stillMine(epoch: number): Promise<boolean>;
  onBatch(told: CycleTold): Promise<void>;
  /** Another holder owns the target; the collector has ended. */
  onFenced(): void;
}

/** A cycle that takes longer than this is cancelled, whatever it waits for. */
const leastCycleLimit_ms = 30_000;
const permissionRetry_ms = 500;
const visitLimit_ms = 60_000;
const beginningRetries: Backoff = { first_ms: 1_000, most_ms: 30_000 };
/**
 * Its next cycle may be a day off, and the former owner's last heartbeat is ten minutes old: after
 * fifteen nobody is said to have it.
 */
const ownWithin_ms = 180_000;
/** Its turns try it as well: where every status is refused, it is not asked twice as often. */
const owningRetries: Backoff = { first_ms: 10_000, most_ms: ownWithin_ms };
/** The first cycle is due, and may wait for hundreds of others whose servers do not answer. */
const ownDueWithin_ms = 30_000;

interface Running {
  readonly deps: CollectorDeps;
  readonly settings: CycleSettings;
  readonly interrupts: Interrupts;
  life: Life;
  /** The epoch under which what is known of the target was saved. */
  saved: number;
  /** That it could not be has been told. */
  unsaved: boolean;
  /** How often in a row it could not be acquired. */
  unacquired: number;
  /** Its turn may come while it is being acquired. */
  acquiring?: Promise<number | undefined> | undefined;
  /** A cycle that no stop covered when it began. */
  asking: boolean;
  visiting?: { stop: AbortController; done: Promise<unknown> } | undefined;
}

export function startCollector(deps: CollectorDeps): Collector {
  const { target, clock } = deps;
  const interrupts = createInterrupts(clock);
  const running: Running = {
    deps,
    settings: cycleSettings(target.spec),
    interrupts,
    life: { ...newLife(momentOf(clock)), stopped: isStopped(deps) },
    saved: 0,
    unsaved: false,
    unacquired: 0,
    asking: false,
  };
  const done = workOf({ target: targetLabel(target), fault: interrupts.abortNext }, () =>
    live(running),
  ).catch((error: unknown) => {
    if (!isFenced(error)) warn(running, 'error', error, 'collector ended');
    else if (!interrupts.ended.aborted) deps.onFenced();
  });
  return {
    get epoch() {
      return running.life.epoch;
    },
    get busy() {
      return running.asking || running.visiting !== undefined;
    },
    get dueIn_ms() {
      return running.life.dueAt - clock.monotonic();
    },
    get circuitOpen() {
      return running.life.breaker?.state === 'open';
    },
    onStops() {
      const stop = coveringStop(deps.stops(), target);
      if (stop) {
        const reason = new AppError('emergency_stop', stop.reason);
        interrupts.abortCycle(reason);
        running.visiting?.stop.abort(reason);
      }
      const stopped = stop !== undefined;
      if (running.life.stopped === stopped) return;
      running.life = { ...running.life, stopped };
      interrupts.wake(); // so that the status tells at once
      if (stopped) interrupts.leaveQueue();
    },
    probe() {
      running.life = { ...running.life, probing: true };
      interrupts.wake();
    },
    visit: (visit, signal) => visitBetween(running, visit, signal),
    async stop(signal) {
      running.visiting?.stop.abort(new AppError('program_ending', 'the target ends here'));
      await interrupts.end(done, signal);
      await running.visiting?.done;
    },
  };
}

/** One at a time; cycles go on after it. */
async function visitBetween<T>(running: Running, visit: Visit<T>, asked: AbortSignal): Promise<T> {
  const { deps, interrupts, life } = running;
  if (running.visiting) throw new AppError('locked_by_peer', 'it is being asked already');
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, asked, interrupts.ended]);
  const who = { group: deps.target.namespace, doubtful: life.doubtful };
  const wait = { queueing: signal, ended: signal, needless: () => false };
  const fault = (error: AppError) => stop.abort(error);
  const done = workOf({ target: targetLabel(deps.target), fault }, () =>
    inTurn(deps, who, wait, () => visitOnce(running, visit, stop, signal)),
  );
  running.visiting = { stop, done: done.catch(() => undefined) };
  try {
    const visited = await done;
    if (visited?.kind === 'done') return visited.value;
    if (visited) throw visited.error;
    throw signal.aborted ? abortReason(signal) : notYet();
  } finally {
    running.visiting = undefined;
  }
}

const notYet = () => new AppError('not_collected', 'no cycle of it has run here yet');

async function visitOnce<T>(
  running: Running,
  visit: Visit<T>,
  stop: AbortController,
  signal: AbortSignal,
): Promise<Visited<T>['result'] | undefined> {
  const { deps, settings } = running;
  const { epoch } = running.life;
  if (signal.aborted || epoch === undefined || !deps.permitted()) return undefined;
  if (!(await deps.stillMine(epoch))) throw fenced();
  const late = new AppError('cycle_timeout', `cancelled after ${formatDuration(visitLimit_ms)}`);
  const cancelLimit = deps.clock.after(visitLimit_ms, () => stop.abort(late));
  const before = recallState(running.life, deps.target, settings, momentOf(deps.clock));
  const { state, result } = await runVisit(before, { ...deps, epoch }, signal, visit);
  cancelLimit();
  running.life = withBudget(running.life, state.databaseTime);
  await save(running, epoch);
  return result;
}

async function live(running: Running): Promise<void> {
  const { deps, settings, interrupts } = running;
  const { clock, target } = deps;
  await persist(running, 'what is known of the target could not be loaded', async () => {
    const known = await deps.state.loadTarget(target.uid);
    const { interval_ms } = settings;
    running.saved = known?.epoch ?? 0;
    const facts = { ...target, ended: deps.ended };
    running.life = takeOver(running.life, known?.state, facts, interval_ms, momentOf(clock));
  });
  const over = new AbortController();
  const owning = ownInTime(running, AbortSignal.any([interrupts.ended, over.signal]));
  try {
    await cycles(running);
  } finally {
    over.abort();
    await owning;
  }
}

async function cycles(running: Running): Promise<void> {
  const { deps, settings, interrupts } = running;
  const { clock, random } = deps;
  while (!interrupts.ended.aborted) {
    await interrupts.pause(Math.max(0, running.life.dueAt - clock.monotonic()));
    if (interrupts.ended.aborted) return;
    if (!deps.permitted()) {
      await clock.sleep(permissionRetry_ms, interrupts.ended).catch(() => undefined);
      continue;
    }
    const began = clock.monotonic();
    const outcome = await takeTurn(running).catch((error: unknown) => survive(running, error));
    if (interrupts.ended.aborted) return;
    const at = momentOf(clock);
    const { unacquired } = running;
    const dueAt = unacquired
      ? at.monotonic + backoffDelay(unacquired - 1, beginningRetries, random)
      : nextDue(running.life, began, settings.interval_ms, outcome, at, random);
    // A stop can come when a cycle is as good as done, and be over before one has ended for it:
    // what was reported then does not hold any more.
    const outdated = outcome && saysStopped(outcome) !== isStopped(deps);
    running.life = { ...running.life, dueAt: outdated ? at.monotonic : dueAt };
  }
}

/** A target that is stopped says so, and asks no server: it waits for no turn. */
function takeTurn(running: Running): Promise<CycleOutcome | undefined> {
  const { deps, interrupts, life } = running;
  const who = { group: deps.target.namespace, doubtful: life.doubtful };
  const work = () => ownAndCycle(running);
  const queueing = interrupts.enterQueue();
  if (deps.target.spec.suspend || life.stopped) return deps.quota.run(who, work);
  const needless = () => running.life.stopped;
  return inTurn(deps, who, { queueing, ended: interrupts.ended, needless }, work);
}

/**
 * Owned when its turn has come. One that cannot be owned (its status is refused, say) lets others
 * have their turn.
 */
async function ownAndCycle(running: Running): Promise<CycleOutcome | undefined> {
  const epoch = await own(running);
  return epoch === undefined ? undefined : cycleOnce(running, epoch);
}

/** Also where its turn is long in coming: without, its status tells of somebody who is gone. */
async function ownInTime(running: Running, over: AbortSignal): Promise<void> {
  const { interrupts, deps } = running;
  const { clock, random } = deps;
  const isDue = running.life.dueAt <= clock.monotonic();
  let wait_ms = (isDue ? ownDueWithin_ms : ownWithin_ms) * random.next();
  while (running.life.epoch === undefined) {
    await clock.sleep(wait_ms, over).catch(() => undefined);
    if (over.aborted) return;
    try {
      if (deps.permitted()) await own(running);
    } catch {
      // Somebody else has it: it ends as soon as it finds that in its turn.
      running.life = { ...running.life, dueAt: clock.monotonic() };
      return interrupts.wake();
    }
    wait_ms = backoffDelay(running.unacquired, owningRetries, random);
  }
}

function own(running: Running): Promise<number | undefined> {
  const { epoch } = running.life;
  if (epoch !== undefined) return Promise.resolve(epoch);
  running.acquiring ??= acquireOnce(running).finally(() => {
    running.acquiring = undefined;
  });
  return running.acquiring;
}

async function acquireOnce(running: Running): Promise<number | undefined> {
  try {
    const epoch = await running.deps.acquire(running.saved);
    running.unacquired = 0;
    running.life = { ...running.life, epoch };
    return epoch;
  } catch (error) {
    if (isFenced(error)) throw error;
    if (!running.unacquired)
      warn(running, 'warn', error, 'the target could not be acquired; trying again');
    running.unacquired += 1;
    return undefined;
  }
}

async function cycleOnce(running: Running, epoch: number): Promise<CycleOutcome | undefined> {
  const { deps, settings, interrupts } = running;
  const { clock, target } = deps;
  // it may have waited for the quota
  if (interrupts.ended.aborted || !deps.permitted()) return undefined;
  if (!(await deps.stillMine(epoch))) throw fenced();
  if (interrupts.ended.aborted) return undefined;
  const state = recallState(running.life, target, settings, momentOf(clock));
  running.life = { ...running.life, probing: false };
  const signal = interrupts.beginCycle();
  running.asking = !isStopped(deps);
  const limit_ms = Math.max(leastCycleLimit_ms, settings.interval_ms);
  const cancelLimit = clock.after(limit_ms, () =>
    interrupts.abortCycle(
      new AppError('cycle_timeout', `cancelled after ${formatDuration(limit_ms)}`),
    ),
  );
  try {
    const { state: left, ...told } = await runCycle(state, { ...deps, epoch }, signal);
    const { outcome } = told.batch.cycle;
    running.life = afterCycle(running.life, left, outcome, momentOf(clock));
    await save(running, epoch);
    await deps.onBatch(told);
    return outcome;
  } finally {
    cancelLimit();
    interrupts.endCycle();
    running.asking = false;
  }
}

/**
 * A store that is away is no reason to lose a cycle's plans: what it learned is saved with the next
 * one. A new owner is one.
 */
async function save(running: Running, epoch: number): Promise<void> {
  const { deps, life } = running;
  if (!life.encoded) return;
  const saved = await deps.state.saveTarget(deps.target.uid, epoch, life.encoded).then(
    (written) => {
      running.unsaved = false;
      return written;
    },
    (error: unknown) => {
      const message = 'state could not be saved; it is tried after each cycle';
      if (!running.unsaved) warn(running, 'warn', error, message);
      running.unsaved = true;
      return true;
    },
  );
  if (!saved) throw fenced();
}

/** Tries until it works or the collector ends (then: undefined). */
async function persist<T>(
  running: Running,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { clock, random } = running.deps;
  const { ended } = running.interrupts;
  for (let attempt = 0; !ended.aborted; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (isFenced(error)) throw error;
      if (attempt === 0) warn(running, 'warn', error, `${what}; trying again`);
      const delay_ms = backoffDelay(attempt, beginningRetries, random);
      await clock.sleep(delay_ms, ended).catch(() => undefined);
    }
  }
  return undefined;
}

/** A full disk or a lost store is no reason to give a target up; a new owner is. */
function survive(running: Running, error: unknown): undefined {
  if (isFenced(error)) throw error;
  warn(running, 'error', error, 'cycle could not be handed over');
}

function warn({ deps }: Running, level: 'warn' | 'error', error: unknown, message: string): void {
  deps.logger[level]({ target: targetLabel(deps.target), error }, message);
}

const momentOf = (clock: Clock): Moment => ({ now: clock.now(), monotonic: clock.monotonic() });
const isStopped = ({ stops, target }: Pick<CollectorDeps, 'stops' | 'target'>): boolean =>
  coveringStop(stops(), target) !== undefined;
const saysStopped = (outcome: CycleOutcome): boolean =>
  outcome.kind === 'skipped' && outcome.reason === 'emergency_stop';
const fenced = () => new AppError('fenced', 'another collector owns this target now');
const isFenced = (error: unknown): boolean => error instanceof AppError && error.code === 'fenced';
