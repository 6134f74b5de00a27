import { AppError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import {
  createLeaseTable,
  emptyLeaseData,
  type LeaseData,
} from '../../src/coordination/memory/lease-table.ts';
import { createTurnTable } from '../../src/coordination/memory/turns.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import type { TargetRef } from '../../src/targets/target-store.ts';
import { createSimClock, type SimProcess } from './sim-clock.ts';

/**
 * What the replicas share: Redis, the API server, the databases, and the network between them.
 * Every fault is a field that somebody sets.
 */
export type World = ReturnType<typeof createWorld>;

export interface WorldOptions {
  random: Random;
  targets: readonly Target[];
  /** Guards that a mutant leaves out. */
  without?: 'fence' | 'database-lock';
}

export interface Witness {
  uid: string;
  server: string;
  epoch: number;
  replica: string;
  started: number;
  ended: number | undefined;
  /** The replica had been told of a later owner when it began. */
  knewBetter: boolean;
}

interface DatabaseSession {
  uid: string;
  epoch: number;
  replica: string;
  killed: boolean;
  holds: boolean;
}

const rpcTimeout_ms = 1_000;

export function createWorld({ random, targets, without }: WorldOptions) {
  const time = createSimClock();
  const leaseData: LeaseData = emptyLeaseData();
  const leases = createLeaseTable(12_000, leaseData);
  const turns = createTurnTable();
  const states = new Map<string, { epoch: number; state: Uint8Array }>();
  const statuses = new Map<string, { holder: string; epoch: number }>();
  /** Every status that was accepted, in order. */
  const accepted: { uid: string; holder: string; epoch: number; at: number }[] = [];
  const watchers = new Map<string, (uid: string) => void>();
  const locks = new Map<string, DatabaseSession>();
  const witnesses: Witness[] = [];
  const violations: string[] = [];
  const faults = { redisDown: false, apiDown: false, latency_ms: 5, loss: 0 };
  /** Of one replica. */
  const cut = { redis: new Set<string>(), watch: new Set<string>() };
  const between = (least: number, most: number) => least + (most - least) * random.next();

  /**
   * A request with its way there and back. Lost ones end after a second, whether they were executed
   * or not.
   */
  function rpc<T>(process: SimProcess, reachable: () => boolean, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let answered = false;
      const late = () => {
        if (!answered) reject(new AppError('coordination_failed', 'no answer'));
        answered = true;
      };
      process.clock.after(rpcTimeout_ms, late);
      const lost = () => random.next() < faults.loss;
      if (!reachable() || lost()) return;
      time.at(between(0, faults.latency_ms), () => {
        if (!reachable()) return;
        let result: T;
        try {
          result = work();
        } catch (error) {
          time.at(between(0, faults.latency_ms), () =>
            process.deliver(() => !answered && reject(error as Error)),
          );
          return;
        }
        if (lost()) return;
        time.at(between(0, faults.latency_ms), () =>
          process.deliver(() => {
            if (!answered) resolve(result);
            answered = true;
          }),
        );
      });
    });
  }

  /** The rule of the CRD. */
  function writeStatus(uid: string, next: { holder: string; epoch: number }): 'ok' | 'fenced' {
    const old = statuses.get(uid);
    const follows = old
      ? next.epoch === old.epoch + 1 || (next.epoch === old.epoch && next.holder === old.holder)
      : next.epoch === 1;
    if (!follows && without !== 'fence') return 'fenced';
    if (old && (next.epoch < old.epoch || (next.epoch === old.epoch && next.holder !== old.holder)))
      violations.push(
        `S2: the status of ${uid} went from epoch ${old.epoch} (${old.holder}) to ${next.epoch} (${next.holder}) at ${time.now}`,
      );
    const changed = old?.holder !== next.holder || old.epoch !== next.epoch;
    statuses.set(uid, next);
    accepted.push({ uid, ...next, at: time.now });
    if (changed) for (const [name, watcher] of watchers) deliver(name, uid, watcher);
    return 'ok';
  }
  /** Events come in their order, some time later, and not while the watch is cut. */
  function deliver(name: string, uid: string, watcher: (uid: string) => void): void {
    time.at(between(0, 200), () => {
      if (cut.watch.has(name) || faults.apiDown) return deliver(name, uid, watcher);
      watcher(uid);
    });
  }

  const ref = (target: Target): TargetRef => {
    const owner = statuses.get(target.uid);
    return { ...target, ...(owner ? { owner } : {}) };
  };
  const serverOf = (uid: string) =>
    `server-${Math.floor(targets.findIndex((target) => target.uid === uid) / 2)}`;

  const databases = {
    open: (uid: string, epoch: number, replica: string): DatabaseSession => ({
      uid,
      epoch,
      replica,
      killed: false,
      holds: false,
    }),
    /**
     * As the engines do it: take it, or end a former owner of the same target, or wait one's turn.
     */
    lock(session: DatabaseSession): boolean {
      if (session.killed) throw new AppError('connection_failed', 'terminated');
      const server = serverOf(session.uid);
      const holder = locks.get(server);
      if (holder && without !== 'database-lock') {
        if (holder.uid !== session.uid || holder.epoch >= session.epoch) return false;
        holder.killed = true;
        databases.close(holder);
      }
      locks.set(server, session);
      session.holds = true;
      return true;
    },
    begin(session: DatabaseSession, knewBetter: boolean): Witness {
      const server = serverOf(session.uid);
      const running = witnesses.find((each) => each.server === server && each.ended === undefined);
      if (running)
        violations.push(
          `S1: ${session.replica} collects on ${server} while ${running.replica} does, at ${time.now}`,
        );
      const latest = witnesses.findLast(({ uid }) => uid === session.uid);
      if (latest && latest.epoch > session.epoch && knewBetter)
        violations.push(
          `S2: ${session.replica} began a cycle of ${session.uid} in epoch ${session.epoch} after one in ${latest.epoch}, and knew of it`,
        );
      const witness: Witness = {
        uid: session.uid,
        server,
        epoch: session.epoch,
        replica: session.replica,
        started: time.now,
        ended: undefined,
        knewBetter,
      };
      witnesses.push(witness);
      return witness;
    },
    close(session: DatabaseSession): void {
      const server = serverOf(session.uid);
      for (const each of witnesses)
        if (
          each.server === server &&
          each.ended === undefined &&
          each.replica === session.replica &&
          each.uid === session.uid
        )
          each.ended = time.now;
      if (locks.get(server) === session) locks.delete(server);
      session.holds = false;
    },
    /** A process died: its connections break. */
    drop(replica: string): void {
      for (const session of locks.values())
        if (session.replica === replica) databases.close(session);
      for (const each of witnesses)
        if (each.replica === replica && each.ended === undefined) each.ended = time.now;
    },
  };

  return {
    time,
    random,
    targets,
    leases,
    leaseData,
    states,
    turns,
    statuses,
    accepted,
    watchers,
    witnesses,
    violations,
    faults,
    cut,
    between,
    rpc,
    writeStatus,
    ref,
    databases,
  };
}
