/**
 * Who is there, and who holds which shard. Sessions come and go with their processes; a shard is
 * free when nobody holds it or its holder's session is gone. Every mutation of a session carries a
 * rising sequence number, and a lower one is refused: a release that was delayed on its way cannot
 * undo the claim that came after it.
 *
 * Answers may be lost. `claim`, `renew` and `release` may be sent again; a claim that was not
 * answered counts as not made.
 */
export interface LeaseStore {
  /**
   * Throws AppError('coordination_failed') when the id exists, or when live sessions are of another
   * cluster, or of another scope and not of the same install.
   */
  open(id: string, facts: SessionFacts): Promise<void>;
  /**
   * Prolongs the session by its time to live. 'lost': it is over, and its id is never used again.
   */
  renew(id: string, sequence: number, facts: SessionFacts): Promise<Renewal | 'lost'>;
  /**
   * Changes whenever an owner or the set of live sessions does; not with what they say of
   * themselves. One small read.
   */
  poll(): Promise<number>;
  survey(): Promise<Survey>;
  /** At most `claimLimit` shards; resolves with those that are this session's now. */
  claim(id: string, sequence: number, shards: readonly number[]): Promise<number[] | 'lost'>;
  /** Gives back what is this session's; `to` is told that it may claim them. */
  release(id: string, sequence: number, shards: readonly number[], to?: string): Promise<void>;
  /** Ends the session; its shards are free. */
  end(id: string, sequence: number): Promise<void>;
  /**
   * Calls back when a release names the session, or when any session ends: look now, do not wait
   * for the next poll. A hint, no promise.
   */
  onHint(id: string, callback: () => void): () => void;
  close(): Promise<void>;
}

export interface SessionFacts {
  /** What the fleet watches; all its sessions must say the same, but for those of one install. */
  scope: string;
  /**
   * Which install it is of: while that is upgraded, those that come may watch something else than
   * those that go. Absent: it is not known.
   */
  install?: string;
  /**
   * Of which cluster, as `kind:uid`; all its sessions must say the same where they say the same
   * kind. Absent: of an older version.
   */
  cluster?: string;
  /** How many targets it knows in each shard: `describeKnown`. */
  known?: string;
  /** Σ of the weights of the shards it holds. */
  load: number;
  /** It hands everything over; it claims nothing any more. */
  leaves?: boolean;
  /** Mean weight of the targets that it has measured; absent as long as there are none. */
  targetLoad?: number;
  /** For people: the pod. */
  name: string;
  /** Stops that it has seen, with the cycles that they cover and that still run. */
  stops: Record<string, number>;
  /**
   * Of each stop, the cycles that ended because of it. This and the rest: absent in earlier
   * versions.
   */
  cancelled?: Record<string, number>;
  /** Targets whose cycles run now, some of them. */
  busy?: string[];
  /**
   * How long the API server had told it nothing of targets, milliseconds. Absent: of an older
   * version.
   */
  silentMs?: number;
  version?: string;
  /** When the process began, milliseconds since the epoch. */
  since?: number;
}

export interface Renewal {
  version: number;
  /** Shards that the store says are this session's. */
  mine: number[];
}

export interface Survey {
  version: number;
  /** Live sessions only. */
  sessions: { id: string; facts: SessionFacts }[];
  /** Shard → holder, live or not. */
  owners: Map<number, string>;
}

/** A session that was not renewed for so long is over. A crash shows after this at the latest. */
export const sessionTtl_ms = 12_000;
/** A script that touches more would keep other clients of the store waiting. */
export const claimLimit = 64;
