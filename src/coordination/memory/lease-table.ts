import {
  claimLimit,
  type Renewal,
  type SessionFacts,
  type Survey,
  sessionTtl_ms,
} from '../lease-store.ts';

/**
 * The rules of `LeaseStore` over plain maps. It is also the model that the Lua scripts are tested
 * against.
 */
export interface LeaseTable {
  open(
    id: string,
    facts: SessionFacts,
    now: number,
  ): 'opened' | 'exists' | { scope: string } | { cluster: string };
  renew(
    id: string,
    sequence: number,
    facts: SessionFacts,
    now: number,
  ): Renewal | 'lost' | 'refused';
  poll(now: number): number;
  survey(now: number): Survey;
  claim(
    id: string,
    sequence: number,
    shards: readonly number[],
    now: number,
  ): number[] | 'lost' | 'refused';
  release(
    id: string,
    sequence: number,
    shards: readonly number[],
    now: number,
  ): 'released' | 'refused';
  end(id: string, sequence: number, now: number): 'ended' | 'refused';
  /** As if the time to live had passed. */
  expire(id: string): void;
  /** As if everything had been flushed. */
  flush(): void;
}

/**
 * What the table holds; whoever passes it in may look at it, and put an older one back as a
 * failover that lost writes does.
 */
export interface LeaseData {
  sessions: Map<string, Session>;
  owners: Map<number, string>;
  version: number;
}

export const emptyLeaseData = (): LeaseData => ({
  sessions: new Map(),
  owners: new Map(),
  version: 0,
});

/** Two uids of one kind of object that differ. */
const isOther = (a: string, b: string) => a !== b && a.split(':')[0] === b.split(':')[0];

interface Session {
  expires: number;
  sequence: number;
  facts: SessionFacts;
  /** As it was opened. */
  cluster?: string;
}

export function createLeaseTable(
  ttl_ms = sessionTtl_ms,
  data: LeaseData = emptyLeaseData(),
): LeaseTable {
  const { sessions, owners } = data;

  function reap(now: number): void {
    let any = false;
    for (const [id, { expires }] of sessions) if (expires <= now) any = sessions.delete(id);
    if (any) data.version += 1;
  }
  /** The session if it lives and `sequence` is new; what is wrong otherwise. */
  function enter(id: string, sequence: number, now: number): Session | 'lost' | 'refused' {
    reap(now);
    const session = sessions.get(id);
    if (!session) return 'lost';
    if (sequence <= session.sequence) return 'refused';
    session.sequence = sequence;
    return session;
  }
  const held = (id: string) =>
    [...owners].filter(([, owner]) => owner === id).map(([shard]) => shard);
  const drop = (id: string, shards: readonly number[]) => {
    const mine = shards.filter((shard) => owners.get(shard) === id);
    for (const shard of mine) owners.delete(shard);
    if (mine.length) data.version += 1;
  };

  return {
    open(id, facts, now) {
      reap(now);
      if (sessions.has(id)) return 'exists';
      const other = [...sessions.values()].find((each) => each.facts.scope !== facts.scope);
      if (other) return { scope: other.facts.scope };
      const stranger = [...sessions.values()].find(
        (each) => each.cluster !== undefined && isOther(each.cluster, facts.cluster ?? ''),
      );
      if (stranger?.cluster !== undefined) return { cluster: stranger.cluster };
      sessions.set(id, {
        expires: now + ttl_ms,
        sequence: 0,
        facts,
        ...(facts.cluster ? { cluster: facts.cluster } : {}),
      });
      data.version += 1;
      return 'opened';
    },
    renew(id, sequence, facts, now) {
      const session = enter(id, sequence, now);
      if (typeof session === 'string') return session;
      session.expires = now + ttl_ms;
      session.facts = facts;
      return { version: data.version, mine: held(id).toSorted((a, b) => a - b) };
    },
    poll(now) {
      reap(now);
      return data.version;
    },
    survey(now) {
      reap(now);
      return {
        version: data.version,
        sessions: [...sessions].map(([id, { facts }]) => ({ id, facts })),
        owners: new Map(owners),
      };
    },
    claim(id, sequence, shards, now) {
      const session = enter(id, sequence, now);
      if (typeof session === 'string') return session;
      const mine: number[] = [];
      let any = false;
      for (const shard of shards.slice(0, claimLimit)) {
        const owner = owners.get(shard);
        if (owner !== undefined && owner !== id && sessions.has(owner)) continue;
        if (owner !== id) any = true;
        owners.set(shard, id);
        mine.push(shard);
      }
      if (any) data.version += 1;
      return mine;
    },
    release(id, sequence, shards, now) {
      const session = enter(id, sequence, now);
      if (session === 'refused') return 'refused';
      drop(id, shards);
      return 'released';
    },
    end(id, sequence, now) {
      const session = enter(id, sequence, now);
      if (session === 'refused') return 'refused';
      drop(id, held(id));
      if (sessions.delete(id)) data.version += 1;
      return 'ended';
    },
    expire: (id) => {
      const session = sessions.get(id);
      if (session) session.expires = Number.NEGATIVE_INFINITY;
    },
    flush() {
      sessions.clear();
      owners.clear();
      data.version = 0;
    },
  };
}
