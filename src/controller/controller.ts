import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Counter, Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Collector } from '../collection/collector.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetHandler, TargetRef } from '../targets/target-store.ts';
import type { Fleet } from './fleet.ts';
import { nextStep } from './reconcile.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

/**
 * Makes what runs match what is wanted: one collector for every target that this replica may run.
 */
export interface Controller {
  readonly handler: TargetHandler;
  /** Those that run here. */
  targets(): readonly Target[];
  running(): Iterable<RunningTarget>;
  /** Targets have been read, and those that were there have been acted upon once. */
  readonly synced: boolean;
  readonly depth: number;
  readonly stuck_ms: number;
  /** What `mayRun` says has changed for these. */
  look(uids: Iterable<string>): void;
  onStops(): void;
  /** Lets the collectors of these end in order. */
  drain(uids: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Ends everything; `signal` aborted: does not wait for cycles in flight. */
  stop(signal: AbortSignal): Promise<void>;
}

export interface RunningTarget {
  readonly target: Target;
  readonly collector: Collector;
}

export interface ControllerDeps {
  /** What there is; the handler keeps it up to date. */
  fleet: Fleet;
  /** This process, among all that may own a target. */
  holder: string;
  /** The target as the store has it now; throws AppError('invalid_manifest'). */
  get(uid: string): Target | undefined;
  /** This replica owns the target's shard. */
  mayRun(uid: string): boolean;
  /** The store of leases confirms what `mayRun` says; without, it is what was known. */
  isConfirmed(): boolean;
  /** `onFenced`: it found that another holder owns the target, and ends. */
  startTarget(target: Target, onFenced: () => void): Collector;
  /** It is there, and nothing is collected from it: its status says why. */
  onInvalid(ref: TargetRef, why: AppError): Promise<void>;
  /** The resource is gone: so is everything about it. */
  onDeleted(ref: TargetRef): Promise<void>;
  /** Its shard is ours, and another holder takes the target again and again. */
  onContested(ref: TargetRef): void;
  /** It does not run here any more; not told when it begins anew with a changed spec. */
  onEnded(target: Target): void;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

interface Context {
  deps: ControllerDeps;
  queue: WorkQueue;
  running: Map<string, RunningTarget>;
  gone: Map<string, TargetRef>;
  /** Another holder took them while the store of leases confirmed nothing: it confirms others. */
  taken: Set<string>;
  rejections: Counter;
  listed: boolean;
  stopping: boolean;
}

const immediately = (code: Code, message: string) => AbortSignal.abort(new AppError(code, message));
const isGone = 'the resource was deleted';
const isTaken = 'another holder was found to own the target';
/** So often in a row it is no take-over any more. */
const contestedAfter = 3;
const isKept =
  'The resource was deleted, and its finalizers keep it; nothing is collected from it any more';

export function createController(deps: ControllerDeps): Controller {
  const context: Context = {
    deps,
    queue: createWorkQueue({
      ...deps,
      name: 'databasetarget',
      work: (uid) => reconcile(context, uid),
    }),
    running: new Map(),
    gone: new Map(),
    taken: new Set(),
    rejections: deps.metrics.counter(
      'dbintel_ownership_fence_rejections_total',
      'Times that another holder was found to own a target.',
      [],
    ),
    listed: false,
    stopping: false,
  };
  const { queue, running } = context;
  return {
    handler: handlerOf(context),
    get synced() {
      return context.listed && queue.depth === 0;
    },
    targets: () => [...running.values()].map(({ target }) => target),
    running: () => running.values(),
    get depth() {
      return queue.depth;
    },
    get stuck_ms() {
      return queue.stuck_ms;
    },
    look(uids) {
      for (const uid of uids) {
        queue.forget(uid);
        queue.add(uid, 'owner');
      }
    },
    onStops() {
      for (const { collector } of running.values()) collector.onStops();
    },
    drain: (uids, signal) => drain(context, uids, signal),
    async stop(signal) {
      context.stopping = true;
      await Promise.race([queue.close(), whenAborted(signal)]);
      await drain(context, [...running.keys()], signal);
    },
  };
}

function handlerOf(context: Context): TargetHandler {
  const { deps, running, gone, taken, queue } = context;
  return {
    upsert(ref, why) {
      const known = deps.fleet.refs.get(ref.uid);
      const edited = known?.generation !== ref.generation;
      if (known && isRaised(known, ref) && ref.owner?.holder !== deps.holder)
        doubt(context, ref.uid);
      deps.fleet.note(ref);
      const epoch = running.get(ref.uid)?.collector.epoch;
      if (epoch !== undefined && ref.owner && ref.owner.epoch > epoch)
        void fenced(context, ref.uid);
      else if (running.has(ref.uid) || deps.mayRun(ref.uid)) {
        if (edited) queue.forget(ref.uid);
        queue.add(ref.uid, why);
      }
    },
    gone(ref) {
      deps.fleet.forget(ref.uid);
      taken.delete(ref.uid);
      gone.set(ref.uid, ref);
      queue.add(ref.uid, 'edit');
    },
    synced() {
      context.listed = true;
    },
    refused: (uid) => void fenced(context, uid),
  };
}

async function reconcile(context: Context, uid: string): Promise<void> {
  const { deps, running, gone, queue } = context;
  const isThere = () => deps.fleet.refs.has(uid);
  const deleted = gone.get(uid);
  const kept = deps.fleet.refs.get(uid);
  const deleting = kept?.deleting === true;
  // What another holder writes of it is no reason to take it back at once.
  const rests = () => queue.rests(uid) && !running.has(uid);
  const yields = yieldsTo(context, uid);
  const wanted = !deleted && kept && !deleting && deps.mayRun(uid) && !yields && !rests();
  const target = wanted ? await readValid(context, uid) : undefined;
  const now = running.get(uid);
  const step = nextStep(target && shapeOf(target), now && shapeOf(now.target));
  const over = yields ? immediately('fenced', isTaken) : undefined;
  if (step === 'stop')
    await end(context, uid, deleted || deleting ? immediately('target_deleted', isGone) : over);
  if (step === 'stop' && kept && deleting)
    await deps.onInvalid(kept, new AppError('target_deleted', isKept));
  if (step === 'restart')
    await now?.collector.stop(
      target?.spec.suspend ? immediately('suspended', 'spec.suspend was set') : undefined,
    );
  if ((step === 'start' || step === 'restart') && target && !context.stopping && !rests())
    begin(context, target, step);
  if (deleted && !isThere()) {
    gone.delete(uid);
    await deps.onDeleted(deleted);
    deps.logger.info({ target: targetLabel(deleted) }, 'target removed');
  }
  if (yields && kept && !queue.rests(uid)) queue.retry(uid);
  // What was begun may be refused again, and must not be asked ever more often for that.
  if (step === 'restart' || !(running.has(uid) || queue.rests(uid))) queue.forget(uid);
}

/** What a newer version wrote is not collected by half: it ends, and the status says why. */
async function readValid(context: Context, uid: string): Promise<Target | undefined> {
  const { deps } = context;
  try {
    return deps.get(uid);
  } catch (error) {
    const ref = deps.fleet.refs.get(uid);
    if (!(error instanceof AppError && error.code === 'invalid_manifest') || !ref) throw error;
    await end(context, uid, immediately('invalid_manifest', error.message));
    await deps.onInvalid(ref, error);
    return undefined;
  }
}

function begin(context: Context, target: Target, step: 'start' | 'restart'): void {
  const { deps, running } = context;
  const collector = deps.startTarget(target, () => void fenced(context, target.uid));
  running.set(target.uid, { target, collector });
  deps.logger.info(
    { target: targetLabel(target) },
    step === 'start' ? 'target started' : 'target changed',
  );
}

async function end(context: Context, uid: string, signal?: AbortSignal): Promise<void> {
  const { deps, running } = context;
  const entry = running.get(uid);
  if (!entry) return;
  await entry.collector.stop(signal);
  // It may have been replaced while it ended.
  if (running.get(uid) !== entry) return;
  running.delete(uid);
  deps.onEnded(entry.target);
}

/**
 * Somebody else's now. If the store of leases still says it is ours, it is tried again, later each
 * time.
 */
async function fenced(context: Context, uid: string): Promise<void> {
  const { deps, queue, rejections } = context;
  rejections.inc();
  const target = deps.fleet.refs.get(uid);
  if (target) deps.logger.info({ target: targetLabel(target) }, 'another holder owns the target');
  await end(context, uid, immediately('fenced', isTaken));
  if (!target || !deps.mayRun(uid) || queue.rests(uid)) return;
  doubt(context, uid);
  if (queue.retry(uid) === contestedAfter && deps.isConfirmed()) deps.onContested(target);
}

const isRaised = (before: TargetRef, now: TargetRef): boolean =>
  (now.owner?.epoch ?? 0) > (before.owner?.epoch ?? 0);

function doubt({ deps, taken }: Context, uid: string): void {
  if (deps.mayRun(uid) && !deps.isConfirmed()) taken.add(uid);
}

/** Who cannot ask whose the shard is leaves the target to whoever took it, until it can. */
function yieldsTo({ deps, taken }: Context, uid: string): boolean {
  if (deps.isConfirmed()) taken.delete(uid);
  return taken.has(uid);
}

async function drain(
  context: Context,
  uids: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await Promise.all(uids.map((uid) => end(context, uid, signal)));
}

const shapeOf = ({ generation, labels = {} }: Target) => ({
  generation,
  labels: JSON.stringify(labels),
});

const whenAborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
