import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { LeaseStore, SessionFacts } from '../lease-store.ts';
import { checkStateSize, type StateBackend } from '../state-backend.ts';
import { createLeaseTable, type LeaseTable } from './lease-table.ts';
import { createMarks } from './marks.ts';
import { createTurnTable } from './turns.ts';

/**
 * Shared state for a single replica without Redis: nothing outlives the process, and nobody else
 * can hold a shard.
 */
export interface MemoryState extends StateBackend, LeaseStore {}

export function createMemoryState(
  clock: Clock,
  table: LeaseTable = createLeaseTable(),
): MemoryState {
  const targets = new Map<string, { epoch: number; state: Uint8Array }>();
  const flags = new Map<string, unknown>();
  const watchers = new Set<(flags: ReadonlyMap<string, unknown>) => void>();
  const turns = createTurnTable();
  const now = () => clock.monotonic();
  return {
    ...createMemoryLeases(table, now),
    async loadTarget(target) {
      return targets.get(target);
    },
    async saveTarget(target, epoch, state) {
      checkStateSize(state);
      if ((targets.get(target)?.epoch ?? 0) > epoch) return false;
      targets.set(target, { epoch, state });
      return true;
    },
    async deleteTarget(target) {
      targets.delete(target);
    },
    mark: createMarks(now),
    async takeTurn(name, holder, ttl_ms) {
      return turns.take(name, holder, ttl_ms, now());
    },
    async endTurn(name, holder) {
      turns.end(name, holder);
    },
    async publish(flag, value) {
      if (value === undefined) flags.delete(flag);
      else flags.set(flag, structuredClone(value));
      for (const watcher of watchers) watcher(new Map(flags));
    },
    flags: async () => new Map(flags),
    watch(onFlags) {
      watchers.add(onFlags);
      onFlags(new Map(flags));
      return () => void watchers.delete(onFlags);
    },
    close: async () => undefined,
  };
}

/** A view of a table that several simulated replicas share. */
export function createMemoryLeases(table: LeaseTable, now: () => number): LeaseStore {
  const hints = new Map<string, () => void>();
  return {
    async open(id, facts) {
      const result = table.open(id, facts, now());
      if (result !== 'opened')
        throw openRefused(id, facts, typeof result === 'object' ? result : {});
    },
    async renew(id, sequence, facts) {
      return accepted(table.renew(id, sequence, facts, now()));
    },
    poll: async () => table.poll(now()),
    survey: async () => table.survey(now()),
    async claim(id, sequence, shards) {
      return accepted(table.claim(id, sequence, shards, now()));
    },
    async release(id, sequence, shards, to) {
      accepted(table.release(id, sequence, shards, now()));
      if (to) hints.get(to)?.();
    },
    async end(id, sequence) {
      accepted(table.end(id, sequence, now()));
      for (const callback of hints.values()) callback();
    },
    onHint(id, callback) {
      hints.set(id, callback);
      return () => void hints.delete(id);
    },
    close: async () => undefined,
  };
}

export function openRefused(
  id: string,
  facts: SessionFacts,
  other: { scope?: string | undefined; cluster?: string | undefined },
): AppError {
  const remedy = 'give each its own key prefix, or stop the others first';
  if (other.cluster !== undefined)
    return new AppError(
      'coordination_failed',
      `replicas of another cluster (${other.cluster}) live under this key prefix, ` +
        `this one is of ${facts.cluster}: ${remedy}`,
    );
  if (other.scope !== undefined)
    return new AppError(
      'coordination_failed',
      `other replicas with this key prefix watch "${other.scope}", ` +
        `this one "${facts.scope}": ${remedy}`,
    );
  return new AppError('coordination_failed', `session ${id} exists already`);
}

/**
 * A refused sequence means that a later command of ours was there before: whoever sent this one
 * waits for nothing any more.
 */
export function accepted<T>(result: T | 'refused'): T {
  if (result === 'refused')
    throw new AppError(
      'coordination_failed',
      'a command came after a later one of the same session',
    );
  return result as T;
}
