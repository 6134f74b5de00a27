import type { SessionFacts } from './lease-store.ts';
import { shardCount } from './shards.ts';

/**
 * A replica collects the targets that it knows. One whose watch is silent, or that looks at another
 * cluster, holds shards without knowing what is in them: nobody collects those targets, although
 * every shard has a holder. So each session says how many targets it knows in each shard. Pure.
 */
export function describeKnown(members: (shard: number) => ReadonlySet<string>): string {
  const counts = Uint8Array.from({ length: shardCount }, (_, shard) =>
    Math.min(countLimit, members(shard).size),
  );
  return Buffer.from(counts).toString('base64');
}

/** A shard of 10,000 targets has ten. */
const countLimit = 255;

/**
 * Shard → targets that we know and its holder does not. Sessions that say nothing are taken to know
 * them.
 */
export function unknownToHolders(
  {
    sessions,
    owners,
  }: {
    sessions: readonly { id: string; facts: Pick<SessionFacts, 'known'> }[];
    owners: ReadonlyMap<number, string>;
  },
  members: (shard: number) => ReadonlySet<string>,
): Map<number, number> {
  const known = new Map<string, Buffer>();
  for (const { id, facts } of sessions)
    if (facts.known !== undefined) known.set(id, Buffer.from(facts.known, 'base64'));
  const missing = new Map<number, number>();
  for (const [shard, holder] of owners) {
    const theirs = known.get(holder);
    const ours = Math.min(countLimit, members(shard).size);
    if (theirs && ours > (theirs[shard] ?? 0)) missing.set(shard, ours - (theirs[shard] ?? 0));
  }
  return missing;
}

/**
 * Longer than a new target takes to be told to every replica, and to be said in the next renewals.
 */
const unknownAfter_ms = 30_000;

/** What has been unknown to its holder for long, over many looks. */
export interface UnknownTargets {
  look(survey: Parameters<typeof unknownToHolders>[0], now: number): void;
  /** Targets that nobody collects although their shard has a holder, as it was seen last. */
  count(): number;
}

export function createUnknownTargets(
  members: (shard: number) => ReadonlySet<string>,
): UnknownTargets {
  const since = new Map<number, number>();
  let missing = new Map<number, number>();
  let lookedAt = 0;
  return {
    look(survey, now) {
      lookedAt = now;
      missing = unknownToHolders(survey, members);
      for (const shard of since.keys()) if (!missing.has(shard)) since.delete(shard);
      for (const shard of missing.keys()) if (!since.has(shard)) since.set(shard, now);
    },
    count() {
      let targets = 0;
      for (const [shard, count] of missing)
        if (lookedAt - (since.get(shard) ?? lookedAt) >= unknownAfter_ms) targets += count;
      return targets;
    },
  };
}
