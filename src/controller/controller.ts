import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type Target, targetLabel } from '../resources/database-target.ts';
import { reconcile } from './reconcile.ts';

/** Makes what runs match what is wanted. One reconciliation at a time; the latest wish wins. */
export interface Controller {
  want(targets: readonly Target[]): void;
  targets(): readonly Target[];
  /** Targets have been read at least once and acted upon. */
  readonly synced: boolean;
  onStops(): void;
  wake(uid: string): void;
  /** Stops every collector; `signal` aborted: does not wait for cycles in flight. */
  stop(signal: AbortSignal): Promise<void>;
}

export interface RunningTarget {
  onStops(): void;
  wake(): void;
  stop(signal?: AbortSignal): Promise<void>;
}

export interface ControllerDeps {
  startTarget(target: Target): Promise<RunningTarget>;
  onGone(target: Target): void;
  clock: Clock;
  logger: Logger;
}

/** A target that could not be started (a locked state file, say) is tried again after this. */
const retryAfter_ms = 5_000;

export function createController({ startTarget, onGone, clock, logger }: ControllerDeps): Controller {
  const running = new Map<string, { target: Target; collector: RunningTarget }>();
  let wanted: readonly Target[] | undefined;
  let latest: readonly Target[] = [];
  let working: Promise<void> | undefined;
  let stopping = false;
  let synced = false;

  function want(targets: readonly Target[]): void {
    if (stopping) return;
    wanted = targets;
    latest = targets;
    working ??= work();
  }

  async function work(): Promise<void> {
    while (wanted && !stopping) {
      const goal = wanted;
      wanted = undefined;
      await apply(goal);
      synced = true;
    }
    working = undefined;
  }

  async function apply(goal: readonly Target[]): Promise<void> {
    const { start, restart, stop } = reconcile(
      goal,
      [...running.values()].map(({ target }) => target),
    );
    await Promise.all([...stop, ...restart.map(({ uid }) => uid)].map(end));
    let failed = false;
    for (const target of [...start, ...restart]) {
      try {
        running.set(target.uid, { target, collector: await startTarget(target) });
        logger.info({ target: targetLabel(target) }, start.includes(target) ? 'target added' : 'target changed');
      } catch (error) {
        logger.error({ target: targetLabel(target), error }, 'target could not be started; it is tried again');
        failed = true;
      }
    }
    for (const uid of stop) logger.info({ uid }, 'target removed');
    if (failed) clock.after(retryAfter_ms, () => want(latest));
  }

  async function end(uid: string): Promise<void> {
    const entry = running.get(uid);
    running.delete(uid);
    await entry?.collector.stop();
    if (entry) onGone(entry.target);
  }

  return {
    want,
    targets: () => [...running.values()].map(({ target }) => target),
    get synced() {
      return synced;
    },
    onStops: () => {
      for (const { collector } of running.values()) collector.onStops();
    },
    wake: (uid) => running.get(uid)?.collector.wake(),
    async stop(signal) {
      stopping = true;
      await working;
      await Promise.all([...running.values()].map(({ collector }) => collector.stop(signal)));
    },
  };
}
