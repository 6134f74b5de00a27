import { createHmac, randomBytes } from 'node:crypto';
import { analyse } from '../analysis/analyse.ts';
import { rules } from '../analysis/rules/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { parseDuration } from '../base/quantity.ts';
import type { Random } from '../base/random.ts';
import type { Slots } from '../base/slots.ts';
import { type Collector, type CollectorDeps, startCollector } from '../collection/collector.ts';
import type { CycleDeps } from '../collection/cycle.ts';
import { createTurns } from '../collection/turns.ts';
import type { RunningTarget } from '../controller/controller.ts';
import {
  overdueStatus,
  startingChanges,
  startingStatus,
} from '../controller/status/between-cycles.ts';
import { statusEvents } from '../controller/status/events.ts';
import { nextStatus } from '../controller/status/next-status.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { Engine } from '../engines/engine.ts';
import type { FanOut } from '../exporters/fan-out.ts';
import type { CycleMemory } from '../history/history-questions.ts';
import type { HistoryWriter } from '../history/history-writer.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { QueryContext } from '../model/statistics.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { Stop } from '../safety/emergency-stop.ts';
import { readCredentials } from '../targets/credentials.ts';
import type { Ownership, TargetStore } from '../targets/target-store.ts';

/**
 * The wiring of one target that every long-running command shares: own → cycle → history →
 * exporters → status.
 */
export interface RuntimeDeps {
  engines: Record<EngineName, Engine>;
  store: TargetStore;
  state: StateBackend;
  history: HistoryWriter & CycleMemory;
  fanOut: FanOut;
  quota: Slots;
  stops(): readonly Stop[];
  holder: string;
  /**
   * Makes this process the target's owner; what the former one wrote comes along. Throws
   * AppError('fenced').
   */
  acquire(target: Target): Promise<Acquired>;
  permitted(target: Target): boolean;
  /** Nobody is known to have owned the target after this epoch. */
  stillMine(target: Target, epoch: number): Promise<boolean>;
  clock: Clock;
  random: Random;
  logger: Logger;
  onCycle(batch: PlanBatch, target: Target): void;
}

export interface Acquired {
  ownership: Ownership;
  status?: DatabaseTargetStatus;
  /** The status may tell of plans that another process has in its history. */
  inherited?: boolean;
}

export interface Runtime {
  startTarget(target: Target, onFenced: () => void): Promise<RunningTarget>;
  /** The target does not run here any more. */
  onEnded(target: Target): void;
  /**
   * Says Ready=Unknown of targets whose cycle is long overdue; returns how long the worst is,
   * milliseconds.
   */
  tellOverdue(): number;
  /**
   * A Secret that changed while the circuit is open may be the correction: one cycle is tried at
   * once.
   */
  probeWhereSecretsChanged(): Promise<void>;
}

export function createRuntime(deps: RuntimeDeps): Runtime {
  const { store, state, history, clock } = deps;
  const turns = createTurns(deps);
  const secrets = createSecretMemory();
  const running = new Map<string, { collector: RunningTarget; overdue(): void }>();
  const known = new Map<string, Known>();

  async function startTarget(target: Target, onFenced: () => void): Promise<RunningTarget> {
    let acquired: Known | undefined;
    const write = (next: DatabaseTargetStatus) => {
      if (!acquired) return;
      for (const event of statusEvents(acquired.status, next)) store.event(target, event);
      acquired.status = next;
      store.writeStatus(target, next);
    };
    const onBatch: CollectorDeps['onBatch'] = async ({ batch, prerequisites }) => {
      if (!acquired) return;
      await history.record(batch);
      deps.fanOut.publish(batch);
      const facts = {
        target,
        report: batch.cycle,
        counts: inherit(await history.counts(target.uid), acquired),
        ownership: acquired.ownership,
      };
      write(
        nextStatus(acquired.status, {
          ...facts,
          ...(prerequisites ? { prerequisites } : {}),
          now: clock.now(),
        }),
      );
      deps.onCycle(batch, target);
    };
    const { epoch: _, ...wiring } = cycleDeps(deps, target, 0, (server) =>
      claimServer(target, server),
    );
    const collector = startCollector({
      ...wiring,
      async credentials(fresh) {
        const read = await wiring.credentials(fresh);
        secrets.note(target.uid, read);
        return read;
      },
      state,
      quota: deps.quota,
      turns,
      logger: deps.logger,
      async acquire() {
        acquired = remember(known.get(target.uid), await deps.acquire(target));
        known.set(target.uid, acquired);
        const { status, ownership } = acquired;
        if (startingChanges(status, target))
          write(startingStatus(status, { ownership, now: clock.now() }));
        return ownership.epoch;
      },
      permitted: () => deps.permitted(target),
      stillMine: (epoch) => deps.stillMine(target, epoch),
      onBatch,
      onFenced,
    });
    const entry = withTarget(collector, target);
    running.set(target.uid, {
      collector: entry,
      overdue() {
        if (acquired)
          write(
            overdueStatus(acquired.status, {
              target,
              ownership: acquired.ownership,
              now: clock.now(),
            }),
          );
      },
    });
    return entry;
  }

  /**
   * Two targets for one server and database would collect everything twice. Who came first keeps
   * it, until it does not come for three intervals.
   */
  async function claimServer(target: Target, server: string): Promise<string | undefined> {
    turns.learn(
      target,
      server.slice(0, server.lastIndexOf(`/${target.spec.connection.database ?? ''}`)),
    );
    const mine = `${targetLabel(target)} ${target.uid}`;
    const ttl_ms = 3 * parseDuration(target.spec.collection.interval);
    const mark = (gone?: string) =>
      state.mark(`server:${server}`, mine, ttl_ms, gone).catch(() => undefined); // the server's own lock holds without it
    let other = await mark();
    if (other !== undefined && !isThere(other)) other = await mark(other);
    return other?.split(' ')[0];
  }

  /**
   * The target that made a mark, by its uid: one that was deleted, or made anew under its name,
   * holds nothing.
   */
  const isThere = (mark: string) => store.glance(mark.split(' ')[1] ?? '') !== undefined;

  return {
    startTarget,
    onEnded({ uid }) {
      running.delete(uid);
      known.delete(uid);
      secrets.forget(uid);
    },
    tellOverdue() {
      let worst = 0;
      for (const { collector, overdue } of running.values()) {
        const late = -collector.dueIn_ms;
        worst = Math.max(worst, late);
        // Two intervals after it was due, three after the last one.
        if (
          late >
          2 * Math.max(leastOverdue_ms, parseDuration(collector.target.spec.collection.interval))
        )
          overdue();
      }
      return worst;
    },
    async probeWhereSecretsChanged() {
      for (const { collector } of running.values()) {
        if (!collector.circuitOpen || collector.busy) continue;
        const { target } = collector;
        // the next cycle says why
        const read = await readCredentials(store, target, true).catch(() => undefined);
        if (read && secrets.note(target.uid, read) === 'changed') collector.probe();
        await clock.sleep(secretPause_ms);
      }
    },
  };
}

/** Secrets of targets with an open circuit: at most ten a second of one replica. */
const secretPause_ms = 100;

/** Whether a target's credentials are what they were, without keeping them. */
function createSecretMemory() {
  const key = randomBytes(32);
  const digests = new Map<string, string>();
  return {
    note(uid: string, credentials: object): 'first' | 'same' | 'changed' {
      const digest = createHmac('sha256', key).update(JSON.stringify(credentials)).digest('base64');
      const before = digests.get(uid);
      digests.set(uid, digest);
      return before === undefined ? 'first' : before === digest ? 'same' : 'changed';
    },
    forget: (uid: string) => void digests.delete(uid),
  };
}

/** Of a target that is ours: it outlives a change of the spec. */
interface Known {
  ownership: Ownership;
  status: DatabaseTargetStatus | undefined;
  /** What its former owner knew. */
  inherited: Counts | undefined;
}

/**
 * Under the same epoch nobody else has written in between: what is known here is fresher than what
 * was read.
 */
function remember(before: Known | undefined, { ownership, status, inherited }: Acquired): Known {
  if (before?.status && before.ownership.epoch === ownership.epoch) return before;
  return {
    ownership,
    status,
    inherited: inherited
      ? { plans: status?.plans ?? 0, openFindings: status?.findings ?? 0 }
      : undefined,
  };
}

/**
 * History is each replica's own: until it knows as much as its predecessor did, the predecessor's
 * figures stand.
 */
const inherit = (own: Counts, { inherited }: Known): Counts =>
  inherited && own.plans < inherited.plans ? inherited : own;

interface Counts {
  plans: number;
  openFindings: number;
}

const leastOverdue_ms = 15_000;

/** A collector with the target that it is of; getters stay live. */
const withTarget = (collector: Collector, target: Target): RunningTarget =>
  Object.assign(Object.create(collector) as Collector, { target });

type CycleWiring = Pick<
  RuntimeDeps,
  'engines' | 'store' | 'stops' | 'holder' | 'clock' | 'random'
> & { history?: CycleMemory };

/** What one cycle needs; `collect` uses it without history. */
export function cycleDeps(
  deps: CycleWiring,
  target: Target,
  epoch: number,
  claimServer: CycleDeps['claimServer'],
): CycleDeps {
  const { engines, store, history, stops, holder, clock, random } = deps;
  return {
    engine: engines[target.spec.engine],
    target,
    epoch,
    holder,
    credentials: (fresh) => readCredentials(store, target, fresh),
    stops,
    clock,
    random,
    claimServer,
    analyse: (plan, context) => findings(history, target, plan, context),
    async recall(fingerprints) {
      const known =
        fingerprints.length && history ? await history.recall(target.uid, fingerprints) : [];
      return new Map(
        known.map(({ fingerprint, text, latestHash, latestCost, findings }) => [
          fingerprint,
          {
            findings,
            ...(text ? { text } : {}),
            ...(latestHash ? { hash: latestHash } : {}),
            ...(latestCost === undefined ? {} : { cost: latestCost }),
          },
        ]),
      );
    },
  };
}

async function findings(
  history: CycleMemory | undefined,
  target: Target,
  plan: Plan,
  context: QueryContext & { timeShare: number },
): Promise<Finding[]> {
  const { fingerprint, hash, parameters } = plan;
  const previous = await history?.previousPlan({
    target: target.uid,
    fingerprint: fingerprint.value,
    hash: hash.shape,
    parameters,
  });
  return analyse(
    rules,
    plan,
    { ...context, ...(previous ? { previous } : {}) },
    target.spec.findings.mute,
    context.timeShare,
  );
}
