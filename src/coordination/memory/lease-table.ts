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
  const table: Table = { data, ttl_ms };
  return {
    open: (id, facts, now) => open(table, id, facts, now),
    renew: (id, sequence, facts, now) => renew(table, id, sequence, facts, now),
    poll(now) {
      reap(data, now);
      return data.version;
    },
    survey(now) {
      reap(data, now);
      const sessions = [...data.sessions].map(([id, { facts }]) => ({ id, facts }));
      return { version: data.version, sessions, owners: new Map(data.owners) };
    },
    claim: (id, sequence, shards, now) => claim(data, id, sequence, shards, now),
    release(id, sequence, shards, now) {
      if (enter(data, id, sequence, now) === 'refused') return 'refused';
      drop(data, id, shards);
      return 'released';
    },
    end(id, sequence, now) {
      if (enter(data, id, sequence, now) === 'refused') return 'refused';
      drop(data, id, heldBy(data, id));
      if (data.sessions.delete(id)) data.version += 1;
      return 'ended';
    },
    expire(id) {
      const session = data.sessions.get(id);
      if (session) session.expires = Number.NEGATIVE_INFINITY;
    },
    flush() {
      data.sessions.clear();
      data.owners.clear();
      data.version = 0;
    },
  };
}

interface Table {
  readonly data: LeaseData;
  readonly ttl_ms: number;
}

function reap(data: LeaseData, now: number): void {
  const over = [...data.sessions].filter(([, { expires }]) => expires <= now);
  for (const [id] of over) data.sessions.delete(id);
  if (over.length) data.version += 1;
}

/** The session if it lives and `sequence` is new; what is wrong otherwise. */
function enter(
  data: LeaseData,
  id: string,
  sequence: number,
  now: number,
): Session | 'lost' | 'refused' {
  reap(data, now);
  const session = data.sessions.get(id);
  if (!session) return 'lost';
  if (sequence <= session.sequence) return 'refused';
  session.sequence = sequence;
  return session;
}

const heldBy = ({ owners }: LeaseData, id: string): number[] =>
  [...owners].filter(([, owner]) => owner === id).map(([shard]) => shard);

function drop(data: LeaseData, id: string, shards: readonly number[]): void {
  const mine = shards.filter((shard) => data.owners.get(shard) === id);
  for (const shard of mine) data.owners.delete(shard);
  if (mine.length) data.version += 1;
}

function open(
  { data, ttl_ms }: Table,
  id: string,
  facts: SessionFacts,
  now: number,
): ReturnType<LeaseTable['open']> {
  reap(data, now);
  if (data.sessions.has(id)) return 'exists';
  const stranger = strangerTo(facts, [...data.sessions.values()]);
  if (stranger) return stranger;
  const cluster = facts.cluster ? { cluster: facts.cluster } : {};
  data.sessions.set(id, { expires: now + ttl_ms, sequence: 0, facts, ...cluster });
  data.version += 1;
  return 'opened';
}

/** Who lives under this prefix and is of another scope or cluster. */
function strangerTo(
  { scope, install, cluster: ours = '' }: SessionFacts,
  sessions: readonly Session[],
): { scope: string } | { cluster: string } | undefined {
  const isSame = ({ facts }: Session) =>
    facts.scope === scope || (install !== undefined && facts.install === install);
  const other = sessions.find((each) => !isSame(each));
  if (other) return { scope: other.facts.scope };
  const clusters = sessions.flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]));
  const cluster = clusters.find((each) => isOther(each, ours));
  return cluster === undefined ? undefined : { cluster };
}

function renew(
  { data, ttl_ms }: Table,
  id: string,
  sequence: number,
  facts: SessionFacts,
  now: number,
): Renewal | 'lost' | 'refused' {
  const session = enter(data, id, sequence, now);
  if (typeof session === 'string') return session;
  session.expires = now + ttl_ms;
  session.facts = facts;
  return { version: data.version, mine: heldBy(data, id).toSorted((a, b) => a - b) };
}

/** Free: nobody's, or of a session that is over. */
function claim(
  data: LeaseData,
  id: string,
  sequence: number,
  shards: readonly number[],
  now: number,
): number[] | 'lost' | 'refused' {
  const session = enter(data, id, sequence, now);
  if (typeof session === 'string') return session;
  const { owners, sessions } = data;
  const isMine = (shard: number) => owners.get(shard) === id;
  const got = shards
    .slice(0, claimLimit)
    .filter((shard) => isMine(shard) || !sessions.has(owners.get(shard) ?? ''));
  if (!got.every(isMine)) data.version += 1;
  for (const shard of got) owners.set(shard, id);
  return got;
}
