import { shardCount, shardOf } from './shards.ts';

/**
 * What each shard weighs: collection seconds a minute of its targets, as far as this replica knows.
 */
export interface Weights {
  add(uid: string): void;
  remove(uid: string): void;
  /** A cycle of the target took so long, at this interval. */
  observe(uid: string, cycle_ms: number, interval_ms: number): void;
  of(shard: number): number;
  /** Mean of the targets that were measured here; undefined while there are none. */
  mean(): number | undefined;
  /**
   * What a target weighs that was not measured here: all replicas must assume alike, or one that
   * has just come takes what it has for little.
   */
  assume(means: readonly number[]): void;
  /** The targets of a shard. */
  members(shard: number): ReadonlySet<string>;
  /** A target's shard, remembered. */
  shard(uid: string): number;
}

/**
 * Every target weighs this, and what it takes on top. Replicas must reckon alike: one that knows
 * nothing yet and one that knows that its targets take milliseconds would otherwise never agree on
 * what is a fair share.
 */
const baseWeight = 0.1;
/**
 * So that empty shards spread too; far less than a target, or a replica full of them would have its
 * share without collecting anything.
 */
const emptyShardWeight = 1e-6;
const smoothing = 0.2;
/** The first cycle, in which every text is new, tells little about the next ones. */
const minSamples = 3;
/**
 * A load that varies a little causes shard flapping: a weight moves only when what was measured is
 * so far from it.
 */
const deadband = 0.25;

interface Entry {
  shard: number;
  /** Undefined: not measured here. */
  weight: number | undefined;
  average: number;
  samples: number;
}

const none: ReadonlySet<string> = new Set();

export function createWeights(): Weights {
  const targets = new Map<string, Entry>();
  const members = Array.from({ length: shardCount }, () => new Set<string>());
  const known = new Float64Array(shardCount);
  const unknown = new Uint32Array(shardCount);
  let [knownSum, knownCount, assumedWeight] = [0, 0, baseWeight];

  const count = ({ shard, weight }: Entry, sign: 1 | -1) => {
    if (weight === undefined) unknown[shard] = (unknown[shard] ?? 0) + sign;
    else {
      known[shard] = (known[shard] ?? 0) + sign * weight;
      knownSum += sign * weight;
      knownCount += sign;
    }
  };
  return {
    add(uid) {
      if (targets.has(uid)) return;
      const entry: Entry = { shard: shardOf(uid), weight: undefined, average: 0, samples: 0 };
      targets.set(uid, entry);
      members[entry.shard]?.add(uid);
      count(entry, 1);
    },
    remove(uid) {
      const entry = targets.get(uid);
      if (!entry) return;
      targets.delete(uid);
      count(entry, -1);
      members[entry.shard]?.delete(uid);
      if (members[entry.shard]?.size === 0) known[entry.shard] = 0; // rounding leaves crumbs
    },
    observe(uid, cycle_ms, interval_ms) {
      const entry = targets.get(uid);
      if (!entry) return;
      const now = baseWeight + (cycle_ms / 1_000) * (60_000 / interval_ms);
      entry.samples += 1;
      entry.average = entry.samples <= 2 ? now : entry.average + smoothing * (now - entry.average);
      if (entry.samples < minSamples) return;
      if (
        entry.weight !== undefined &&
        Math.abs(entry.average - entry.weight) <= deadband * entry.weight
      )
        return;
      count(entry, -1);
      entry.weight = entry.average;
      count(entry, 1);
    },
    mean: () => (knownCount > 0 ? knownSum / knownCount : undefined),
    assume(means) {
      const mean = means.length
        ? means.reduce((sum, each) => sum + each, 0) / means.length
        : baseWeight;
      if (Math.abs(mean - assumedWeight) > deadband * assumedWeight) assumedWeight = mean;
    },
    of: (shard) =>
      emptyShardWeight + Math.max(0, known[shard] ?? 0) + (unknown[shard] ?? 0) * assumedWeight,
    members: (shard) => members[shard] ?? none,
    shard: (uid) => targets.get(uid)?.shard ?? shardOf(uid),
  };
}

/** For the facts of a session. */
export function meanLoad(weights: Weights): { targetLoad?: number } {
  const mean = weights.mean();
  return mean === undefined ? {} : { targetLoad: mean };
}
