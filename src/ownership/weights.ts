import { shardCount, shardOf } from './shards.ts';

/** What each shard weighs: collection seconds a minute of its targets, as far as this replica knows. */
export interface Weights {
  add(uid: string): void;
  remove(uid: string): void;
  /** A cycle of the target took so long, at this interval. */
  observe(uid: string, cycle_ms: number, interval_ms: number): void;
  of(shard: number): number;
  /** The targets of a shard. */
  members(shard: number): ReadonlySet<string>;
  /** A target's shard, remembered. */
  shard(uid: string): number;
}

/** A target that nobody has collected yet. */
const firstGuess = 1;
/** So that empty shards spread too, and targets that come later with them. */
const ofEmpty = 0.001;
const smoothing = 0.2;
/** A load that trembles would make shards wander: a weight moves only when the truth is so far from it. */
const deadband = 0.25;

interface Entry {
  shard: number;
  weight: number;
  average: number;
  seen: boolean;
}

const none: ReadonlySet<string> = new Set();

export function createWeights(): Weights {
  const targets = new Map<string, Entry>();
  const sums = new Float64Array(shardCount);
  const members = Array.from({ length: shardCount }, () => new Set<string>());
  const change = (entry: Entry, to: number) => {
    sums[entry.shard] = (sums[entry.shard] ?? 0) + to - entry.weight;
    entry.weight = to;
  };
  return {
    add(uid) {
      if (targets.has(uid)) return;
      const entry = { shard: shardOf(uid), weight: 0, average: firstGuess, seen: false };
      targets.set(uid, entry);
      change(entry, firstGuess);
      members[entry.shard]?.add(uid);
    },
    remove(uid) {
      const entry = targets.get(uid);
      if (!entry) return;
      targets.delete(uid);
      change(entry, 0);
      members[entry.shard]?.delete(uid);
      if (members[entry.shard]?.size === 0) sums[entry.shard] = 0; // rounding leaves crumbs
    },
    observe(uid, cycle_ms, interval_ms) {
      const entry = targets.get(uid);
      if (!entry) return;
      const now = (cycle_ms / 1_000) * (60_000 / interval_ms);
      entry.average = entry.seen ? entry.average + smoothing * (now - entry.average) : now;
      entry.seen = true;
      if (Math.abs(entry.average - entry.weight) > deadband * entry.weight) change(entry, entry.average);
    },
    of: (shard) => ofEmpty + Math.max(0, sums[shard] ?? 0),
    members: (shard) => members[shard] ?? none,
    shard: (uid) => targets.get(uid)?.shard ?? shardOf(uid),
  };
}
