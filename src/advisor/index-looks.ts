import { nextLooks, type ReplicaLooks } from '../advice/unused.ts';
import type { IndexLook } from '../model/index-look.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';

/**
 * What a run saw of indexes, put beside what earlier runs and those of the replicas saw: kept in
 * the history for the next ones, of replicas too, and given to who judges which are unused.
 */
export interface Looks {
  /** Of each database that was listed now, in its order. */
  own: ReadonlyMap<string, readonly IndexLook[]>;
  replicas: readonly ReplicaLooks[];
  /** There is a server more than those, or nobody knows. */
  unknownServers: boolean;
}

export async function noteLooks(
  { target }: Pick<AdviceWish, 'target'>,
  { history }: Pick<AdviceDeps, 'history'>,
  { listed, server, now }: Pick<Seen, 'listed' | 'server' | 'now'>,
): Promise<Looks['own']> {
  const before = await history.indexes(target.uid);
  const own = new Map<string, readonly IndexLook[]>();
  for (const { database, indexes } of listed) {
    const seen = nextLooks(before, indexes, { database, server, at: now });
    own.set(database, seen);
    await history.noteIndexes({
      target: target.uid,
      database,
      server,
      seenAt: now,
      indexes: indexes.map((each, i) => ({
        ...each,
        unchangedSince: seen[i]?.unchangedSince ?? now,
      })),
    });
  }
  return own;
}

/** Those that the target's spec names, as their own runs saw them last. */
export async function replicaLooks(
  { target, replicas }: Pick<AdviceWish, 'target' | 'replicas'>,
  { history }: { history: Pick<AdviceDeps['history'], 'indexes' | 'targets'> },
): Promise<ReplicaLooks[]> {
  const found: ReplicaLooks[] = [];
  for (const name of replicas ?? []) {
    const known = await history.targets(name);
    const one = known.find(({ namespace }) => namespace === target.namespace);
    found.push({ name, looks: one ? await history.indexes(one.uid) : [] });
  }
  return found;
}

/**
 * Where the spec does not say which they are; where more of them are connected, to the primary or
 * to one another, than it names; and where a server does not tell how many are.
 */
export function hasUnknownServers(
  { replicas: named }: Pick<AdviceWish, 'replicas'>,
  { server }: Pick<Seen, 'server'>,
  replicas: readonly ReplicaLooks[],
): boolean {
  if (!named) return true;
  const counts = [server, ...replicas.flatMap(({ looks }) => latestServer(looks))].map(
    (each) => each.replicas,
  );
  const sum = counts.reduce<number>((all, each) => all + (each ?? Number.POSITIVE_INFINITY), 0);
  return sum > named.length;
}

function latestServer(looks: readonly IndexLook[]): IndexLook['server'][] {
  const last = looks.reduce<IndexLook | undefined>(
    (latest, each) => (latest && latest.seenAt >= each.seenAt ? latest : each),
    undefined,
  );
  return last ? [last.server] : [];
}
