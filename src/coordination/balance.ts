import { preference, shardCount } from './shards.ts';

/**
 * Shed above the fair share, claim what is free; the store arbitrates. Nobody computes a global
 * assignment: weights would have to be agreed upon, and where two replicas disagree a shard would
 * go back and forth. Pure.
 */
export interface BalanceFacts {
  me: string;
  /** Live sessions with the load that each has published; mine included. */
  sessions: readonly SessionLoad[];
  /** Shard → session, live or not. */
  owners: ReadonlyMap<number, string>;
  held: ReadonlySet<number>;
  /** What I am handing over: mine in the store still, nobody's load. */
  leaving: number;
  /** May be shed: it has been here for a while. */
  settled(shard: number): boolean;
  weight(shard: number): number;
  /** Since when a shard has been seen free, milliseconds on the clock of `now`. */
  freeSince: ReadonlyMap<number, number>;
  /** All there are. */
  shards: readonly number[];
  now: number;
}

export interface SessionLoad {
  id: string;
  load: number;
  /** It hands everything over and takes nothing: the shares are those of who stays. */
  leaves?: boolean;
}

export interface Balance {
  claim: number[];
  /** All that is too much, what should go first in front. */
  shed: number[];
  /** Who should take what is shed. */
  to?: string;
}

/** Free for so long: whoever sees it takes it. Better a wrong owner than none. */
export const claimAnyAfter_ms = 3_000;

export function balance(facts: BalanceFacts): Balance {
  const { me, sessions, held, weight } = facts;
  const free = freeShards(facts.owners, sessions, facts.shards);
  const load = sum(held, weight);
  const others = sessions.filter(({ id, leaves }) => id !== me && !leaves);
  const fair =
    (load +
      facts.leaving +
      others.reduce((total, each) => total + each.load, 0) +
      sum(free, weight)) /
    (others.length + 1);
  const claim = chooseClaims(free, load, fair, facts);
  const shed =
    claim.length || free.length || others.length === 0 ? [] : chooseShed(load, fair, facts);
  const least = others.toSorted((a, b) => a.load - b.load)[0];
  return { claim, shed, ...(shed.length && least ? { to: least.id } : {}) };
}

/**
 * How many hold more than the mean: who must give, and divides among themselves what may move at
 * once.
 */
export function givers(sessions: readonly SessionLoad[]): number {
  const loads = sessions.flatMap(({ load, leaves }) => (leaves ? [] : [load]));
  const mean = loads.reduce((total, load) => total + load, 0) / loads.length;
  return Math.max(1, loads.filter((load) => load > mean).length);
}

/** Nobody's, or of a session that is over. */
export function freeShards(
  owners: ReadonlyMap<number, string>,
  sessions: readonly { id: string }[],
  shards: readonly number[] = allShards,
): number[] {
  const live = new Set(sessions.map(({ id }) => id));
  return shards.filter((shard) => !live.has(owners.get(shard) ?? ''));
}

export const allShards: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard);

const sum = (shards: Iterable<number>, weight: (shard: number) => number) => {
  let total = 0;
  for (const shard of shards) total += weight(shard);
  return total;
};

/** While below the fair share; and whatever has been free for long. */
function chooseClaims(
  free: readonly number[],
  load: number,
  fair: number,
  { me, weight, freeSince, now }: BalanceFacts,
): number[] {
  const chosen: number[] = [];
  let mine = load;
  for (const shard of free.toSorted((a, b) => preference(me, a) - preference(me, b))) {
    const long = now - (freeSince.get(shard) ?? now) >= claimAnyAfter_ms;
    if (mine >= fair && !long) continue;
    chosen.push(shard);
    mine += weight(shard);
  }
  return chosen;
}

/**
 * Heaviest first, as long as what is left is still the fair share: a deadband of one shard, so that
 * nothing comes back.
 */
function chooseShed(load: number, fair: number, { held, settled, weight }: BalanceFacts): number[] {
  const chosen: number[] = [];
  let left = load;
  for (const shard of [...held].toSorted((a, b) => weight(b) - weight(a) || a - b)) {
    if (left - weight(shard) < fair || !settled(shard)) continue;
    chosen.push(shard);
    left -= weight(shard);
  }
  return chosen;
}
