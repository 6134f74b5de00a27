import type { Clock } from '../base/clock.ts';
import { parseDuration } from '../base/quantity.ts';
import type { Collector } from '../collection/collector.ts';
import type { CycleTold } from '../collection/cycle.ts';
import type { CollectorDeps } from '../collection/running.ts';
import { addressOf } from '../collection/turns.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { Verdict } from '../model/verdict.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';
import { type Acquired, type Counts, countsToTell, type Owned, remember } from './acquired.ts';
import type { RunningTarget } from './controller.ts';
import { isOverdue } from './progress.ts';
import {
  overdueStatus,
  type Queue,
  startingChanges,
  startingStatus,
} from './status/between-cycles.ts';
import { statusEvents } from './status/events.ts';
import { nextStatus } from './status/next-status.ts';
import { toReason } from './status/words.ts';

/**
 * What follows from the cycles of the targets that run here: own → cycle → history → exporters →
 * status.
 */
export interface TargetRuntime {
  start(target: Target, onFenced: () => void): Collector;
  /** The target does not run here any more. */
  ended(uid: string): void;
  /** Says Ready=Unknown of those whose cycle is long overdue. */
  tellOverdue(running: Iterable<RunningTarget>): void;
}

export interface TargetRuntimeDeps {
  store: Pick<TargetStore, 'writeStatus' | 'event'>;
  history: {
    /** For how long it has taken nothing; undefined: it takes what it is given. */
    readonly away_ms?: number | undefined;
    record(batch: PlanBatch): Promise<unknown>;
    counts(uid: string): Promise<Counts>;
    verdicts(uid: string): Promise<readonly Verdict[] | undefined>;
    epoch(uid: string): Promise<number | undefined>;
  };
  publish(batch: PlanBatch): void;
  /**
   * Makes this process the target's owner; what the former one wrote comes along. Throws
   * AppError('fenced'). `written`: the highest epoch that is known to have written.
   */
  acquire(target: Target, written: number): Promise<Acquired>;
  /** Starts the target's cycles. */
  collect(target: Target, listener: CycleListener): Collector;
  onCycle(batch: PlanBatch, target: Target): void;
  /** What its latest run of the advisor came to; undefined: none has run here. */
  advice(uid: string): DatabaseTargetStatus['advice'];
  clock: Clock;
}

export type CycleListener = Pick<CollectorDeps, 'acquire' | 'onBatch' | 'onFenced'>;

export function createTargetRuntime(deps: TargetRuntimeDeps): TargetRuntime {
  const { store, clock } = deps;
  const known = new Map<string, Owned>();

  function write(target: Target, next: (owned: Owned) => DatabaseTargetStatus): void {
    const owned = known.get(target.uid);
    if (!owned) return;
    const status = next(owned);
    for (const event of statusEvents(owned.status, status)) store.event(target, event);
    known.set(target.uid, { ...owned, status });
    store.writeStatus(target, status);
  }
  async function acquire(target: Target, saved: number): Promise<number> {
    const written = Math.max(saved, (await deps.history.epoch(target.uid)) ?? 0);
    const before = known.get(target.uid);
    const owned = remember(before, await deps.acquire(target, written));
    known.set(target.uid, owned);
    const { status, ownership } = owned;
    if (!status || startingChanges(status, target))
      write(target, () => startingStatus(status, { ownership, now: clock.now() }));
    // Nothing is new but who tells it: heartbeats go on from here.
    else if (owned !== before) write(target, () => status);
    return owned.ownership.epoch;
  }
  async function afterCycle(target: Target, { batch, prerequisites }: CycleTold): Promise<void> {
    await deps.history.record(batch);
    deps.publish(batch);
    const counts = await deps.history.counts(target.uid);
    const idle = batch.cycle.top.length === 0;
    const verdicts = idle ? await deps.history.verdicts(target.uid) : undefined;
    write(target, (owned) =>
      nextStatus(owned.status, {
        target,
        report: batch.cycle,
        counts: countsToTell(counts, owned),
        verdicts,
        historyAway_ms: deps.history.away_ms,
        advice: deps.advice(target.uid),
        ownership: owned.ownership,
        ...(prerequisites ? { prerequisites } : {}),
        now: clock.now(),
      }),
    );
    deps.onCycle(batch, target);
  }
  return {
    start: (target, onFenced) =>
      deps.collect(target, {
        acquire: (saved) => acquire(target, saved),
        onBatch: (result) => afterCycle(target, result),
        onFenced,
      }),
    ended: (uid) => void known.delete(uid),
    tellOverdue(running) {
      const all = [...running];
      const failedAt = failuresOf(all.map(({ target }) => ({ target, ...known.get(target.uid) })));
      for (const { target, collector } of all) {
        const interval_ms = parseDuration(target.spec.collection.interval);
        if (collector.epoch === undefined || !isOverdue(-collector.dueIn_ms, interval_ms)) continue;
        const address = addressOf(target);
        const failed = toldTo(target, failedAt.get(address));
        const queue = collector.queued ? { address, failed } : undefined;
        write(target, ({ status, ownership }) =>
          overdueStatus(status, { target, ownership, now: clock.now() }, queue),
        );
      }
    },
  };
}

interface Failure {
  target: Target;
  message: string;
}

/** Of each address a target whose latest cycle reached nobody there, which takes long, and why. */
function failuresOf(
  all: readonly { target: Target; status?: DatabaseTargetStatus | undefined }[],
): Map<string, Failure> {
  return new Map(
    all.flatMap(({ target, status }) => {
      const healthy = status?.conditions?.find(({ type }) => type === 'CollectionHealthy');
      const code = status?.safety?.cause ?? healthy?.reason;
      return healthy?.status === 'False' && code && unreached.has(code)
        ? [[addressOf(target), { target, message: healthy.message }] as const]
        : [];
    }),
  );
}

/** Who may read one namespace's targets learns no names of another's. */
const toldTo = ({ namespace }: Target, failure: Failure | undefined): Queue['failed'] =>
  failure && {
    label:
      failure.target.namespace === namespace
        ? targetLabel(failure.target)
        : 'One of another namespace',
    message: failure.message,
  };

/** As the code of an open circuit, or as the reason of a condition. */
const unreached: ReadonlySet<string> = new Set([
  'connection_failed',
  toReason('connection_failed'),
]);
