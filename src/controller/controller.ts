import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetHandler, TargetRef } from '../targets/target-store.ts';
import { nextStep } from './reconcile.ts';
import { createWorkQueue } from './work-queue.ts';

/**
 * Makes what runs match what is wanted: one collector for every target that this replica may run.
 */
export interface Controller {
  readonly handler: TargetHandler;
  /** All that there are, run here or not. */
  readonly refs: ReadonlyMap<string, TargetRef>;
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
  wake(uid: string): void;
  /** Lets the collectors of these end in order. */
  drain(uids: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Ends everything; `signal` aborted: does not wait for cycles in flight. */
  stop(signal: AbortSignal): Promise<void>;
}

export interface RunningTarget {
  readonly target: Target;
  /** Undefined until it owns its target. */
  readonly epoch: number | undefined;
  /** A cycle runs at this moment. */
  readonly busy: boolean;
  /** Until the next cycle should begin, milliseconds; below zero it is late. */
  readonly dueIn_ms: number;
  /** Cycles failed in a row, and the next one waits. */
  readonly circuitOpen: boolean;
  onStops(): void;
  wake(): void;
  /** One cycle is tried at once, although the circuit is open. */
  probe(): void;
  /** `signal` aborted: cancels the cycle in flight, for its reason: an AppError. */
  stop(signal?: AbortSignal): Promise<void>;
}

export interface ControllerDeps {
  /** The target as the store has it now; throws AppError('invalid_manifest'). */
  get(uid: string): Target | undefined;
  /** This replica owns the target's shard. */
  mayRun(uid: string): boolean;
  /** `onFenced`: it found that another holder owns the target, and ends. */
  startTarget(target: Target, onFenced: () => void): Promise<RunningTarget>;
  /** The spec is none that this version understands. */
  onInvalid(ref: TargetRef, message: string): Promise<void>;
  /** The resource is gone: so is everything about it. */
  onDeleted(ref: TargetRef): Promise<void>;
  /** It does not run here any more; not told when it begins anew with a changed spec. */
  onEnded(target: Target): void;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

const immediately = (code: Code, message: string) => AbortSignal.abort(new AppError(code, message));

export function createController(deps: ControllerDeps): Controller {
  const { logger } = deps;
  const refs = new Map<string, TargetRef>();
  const running = new Map<string, RunningTarget>();
  const gone = new Map<string, TargetRef>();
  const rejections = deps.metrics.counter(
    'dbintel_ownership_fence_rejections_total',
    'Times that another holder was found to own a target.',
    [],
  );
  const queue = createWorkQueue({ ...deps, name: 'databasetarget', work: reconcile });
  let listed = false;
  let stopping = false;

  async function reconcile(uid: string): Promise<void> {
    const deleted = gone.get(uid);
    const target = deleted || !refs.has(uid) || !deps.mayRun(uid) ? undefined : await valid(uid);
    const now = running.get(uid);
    const step = nextStep(target && shapeOf(target), now && shapeOf(now.target));
    if (step === 'stop')
      await end(uid, deleted && immediately('target_deleted', 'the resource was deleted'));
    if (step === 'restart')
      await now?.stop(
        target?.spec.suspend ? immediately('suspended', 'spec.suspend was set') : undefined,
      );
    if ((step === 'start' || step === 'restart') && target && !stopping) await begin(target, step);
    if (deleted && !refs.has(uid)) {
      gone.delete(uid);
      await deps.onDeleted(deleted);
      logger.info({ target: targetLabel(deleted) }, 'target removed');
    }
    queue.forget(uid);
  }

  /** What a newer version wrote is not collected by half: it ends, and the status says why. */
  async function valid(uid: string): Promise<Target | undefined> {
    try {
      return deps.get(uid);
    } catch (error) {
      const ref = refs.get(uid);
      if (!(error instanceof AppError && error.code === 'invalid_manifest') || !ref) throw error;
      await end(uid, immediately('invalid_manifest', error.message));
      await deps.onInvalid(ref, error.message);
      return undefined;
    }
  }

  async function begin(target: Target, step: 'start' | 'restart'): Promise<void> {
    const started = await deps.startTarget(target, () => void fenced(target.uid));
    running.set(target.uid, started);
    logger.info(
      { target: targetLabel(target) },
      step === 'start' ? 'target started' : 'target changed',
    );
  }

  async function end(uid: string, signal?: AbortSignal): Promise<void> {
    const entry = running.get(uid);
    if (!entry) return;
    await entry.stop(signal);
    // It may have been replaced while it ended.
    if (running.get(uid) !== entry) return;
    running.delete(uid);
    deps.onEnded(entry.target);
  }

  /**
   * Somebody else's now. If the store of leases still says it is ours, it is tried again, later
   * each time.
   */
  async function fenced(uid: string): Promise<void> {
    rejections.inc();
    await end(uid, immediately('fenced', 'another holder was found to own the target'));
    if (refs.has(uid) && deps.mayRun(uid)) queue.retry(uid);
  }

  async function drain(uids: readonly string[], signal?: AbortSignal): Promise<void> {
    await Promise.all(uids.map((uid) => end(uid, signal)));
  }

  const handler: TargetHandler = {
    upsert(ref, why) {
      refs.set(ref.uid, ref);
      const entry = running.get(ref.uid);
      if (entry?.epoch !== undefined && ref.owner && ref.owner.epoch > entry.epoch)
        void fenced(ref.uid);
      else if (entry || deps.mayRun(ref.uid)) queue.add(ref.uid, why);
    },
    gone(ref) {
      refs.delete(ref.uid);
      gone.set(ref.uid, ref);
      queue.add(ref.uid, 'edit');
    },
    synced() {
      listed = true;
    },
    refused: (uid) => void fenced(uid),
  };
  return {
    handler,
    refs,
    get synced() {
      return listed && queue.depth === 0;
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
      for (const uid of uids) queue.add(uid, 'owner');
    },
    onStops() {
      for (const each of running.values()) each.onStops();
    },
    wake: (uid) => running.get(uid)?.wake(),
    drain,
    async stop(signal) {
      stopping = true;
      await Promise.race([queue.close(), whenAborted(signal)]);
      await drain([...running.keys()], signal);
    },
  };
}

const shapeOf = ({ generation, labels = {} }: Target) => ({
  generation,
  labels: JSON.stringify(labels),
});

const whenAborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
