/**
 * Targets are sharded by their uid, so that Redis holds a thousand owners whether there are ten
 * targets or ten thousand. The hash is the one that Kubernetes chose for server-side sharded
 * watches: a replica could one day watch only its own part.
 */
export const shardCount = 1_024;

const offset = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/** The top 10 bits of FNV-1a-64 of the uid's bytes. */
export function shardOf(uid: string): number {
  let hash = offset;
  for (const byte of new TextEncoder().encode(uid))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  return Number(hash >> 54n);
}

/**
 * An order of the shards that differs from replica to replica: those who look for free ones at the
 * same moment rarely meet.
 */
export function preference(session: string, shard: number): number {
  let hash = Math.imul(shard + 1, 0x9e3779b1);
  for (let i = 0; i < session.length; i += 1)
    hash = Math.imul(hash ^ session.charCodeAt(i), 0x85ebca6b);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0xc2b2ae35) >>> 0;
}
