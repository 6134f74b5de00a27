import { type LeaseState, leaseState, mayStart } from './lease-state.ts';
import type { Renewal, SessionFacts, Survey } from './lease-store.ts';

/**
 * What a lease keeper knows, and the words in which it is told things and says what is to be done:
 * plain data. `keeper-next.ts` has the one function that changes it.
 *
 * The keeper works in passes: renew, give back, look, claim or shed, rest. Of a pass one question
 * at a time is with the store; hand-overs run beside it and come back as an event.
 */
export interface KeeperState {
  /** The session at the store; its id is never used again when it is over. */
  readonly session: string | undefined;
  /** Of the last command of this session; a lower one that arrives later is refused. */
  readonly sequence: number;
  readonly held: ReadonlySet<number>;
  readonly heldSince: ReadonlyMap<number, number>;
  /**
   * Shard → the number of the hand-over with which it goes: nothing new starts, others may not have
   * it yet. One that was lost and came back may go with a second one while the first still runs.
   */
  readonly leaving: ReadonlyMap<number, number>;
  readonly handOvers: number;
  /** Handed over; the store is to be told. */
  readonly released: readonly Release[];
  /** Shards that nobody has, as seen since then. */
  readonly freeSince: ReadonlyMap<number, number>;
  readonly openedAt: number;
  /** When the last confirmed renewal was *sent*; undefined before the first. */
  readonly confirmedAt: number | undefined;
  /** When an attempt last failed while this process was awake. */
  readonly failedAt: number | undefined;
  /** A session or a shard was lost then. */
  readonly doubtAt: number;
  /**
   * A store that lost a session or an owner may have lost everything: until all can be back, each
   * takes what it had and no more.
   */
  readonly quietUntil: number;
  readonly renewAt: number;
  /** As last read from the store. */
  readonly survey: Survey | undefined;
  /** When it was last known to be so. */
  readonly surveyedAt: number;
  readonly shedTokens: number;
  readonly refilledAt: number;
  /** There has been something to shed since then; undefined: there is not. */
  readonly imbalancedSince: number | undefined;
  /** Something is nobody's: look again soon. */
  readonly urgent: boolean;
  /**
   * What each says of its load decides where shards go, and a renewal changes no version: while any
   * are to move, all is read again.
   */
  readonly moving: boolean;
  /** What the others were last told of our load. */
  readonly publishedLoad: number | undefined;
  /** The state that was last logged. */
  readonly reported: LeaseState;
  /** Others have heard the API server since then, and we do not; undefined: it is not so. */
  readonly deafSince: number | undefined;
  /** Why the last question failed; undefined: it did not. */
  readonly problem: string | undefined;
  /** Everything is handed over; nothing is taken any more. */
  readonly draining: boolean;
  readonly ended: boolean;
  readonly pass: Pass;
}

export interface Release {
  readonly shards: readonly number[];
  /** Who is told that it may claim them. */
  readonly to?: string;
}

export interface HandOver extends Release {
  readonly number: number;
}

export interface Pass {
  readonly beganAt: number;
  /** What is still to be done, the first first. Empty: the keeper rests. */
  readonly tasks: readonly Task[];
  /** What the store is being asked, and when that was sent. */
  readonly asked: { readonly question: Question; readonly at: number } | undefined;
}

export type Task =
  | { readonly kind: 'open' }
  /** `ifDue`: only when it is time. */
  | { readonly kind: 'renew'; readonly ifDue: boolean }
  | ClaimTask
  | { readonly kind: 'release' }
  /** Has anything changed? */
  | { readonly kind: 'look' }
  | { readonly kind: 'read' }
  | { readonly kind: 'tellSessions' }
  | { readonly kind: 'balance' };

export interface ClaimTask {
  readonly kind: 'claim';
  /**
   * `reopened`: by a new session, what the last one held · `unconfirmed`: what the store does not
   * name as ours · `free`: what is nobody's.
   */
  readonly why: 'reopened' | 'unconfirmed' | 'free';
  readonly shards: readonly number[];
  readonly got: readonly number[];
  /** What of these is not got is lost. */
  readonly orLose: readonly number[];
  /**
   * Only when this is done does the session count as confirmed, since then: before, who has what is
   * open.
   */
  readonly confirms?: number;
}

/** What a session says of its load when it speaks to the store. */
export type Published = Pick<SessionFacts, 'load' | 'leaves'>;

/** Asked one at a time; each is answered, or fails. All but the last go to the store. */
export type Question =
  | { readonly kind: 'open'; readonly published: Published }
  | {
      readonly kind: 'renew';
      readonly id: string;
      readonly sequence: number;
      readonly published: Published;
    }
  | {
      readonly kind: 'claim';
      readonly id: string;
      readonly sequence: number;
      readonly shards: readonly number[];
    }
  | ({ readonly kind: 'release'; readonly id: string; readonly sequence: number } & Release)
  | { readonly kind: 'poll' }
  | { readonly kind: 'survey' }
  /** What the live sessions say of themselves may change what a shard weighs here. */
  | { readonly kind: 'tellSessions'; readonly sessions: readonly SessionFacts[] };

export type Answer =
  | { readonly kind: 'opened'; readonly id: string }
  | { readonly kind: 'renewed'; readonly renewal: Renewal | 'lost' }
  | { readonly kind: 'claimed'; readonly shards: readonly number[] | 'lost' }
  | { readonly kind: 'released' }
  | { readonly kind: 'polled'; readonly version: number }
  | { readonly kind: 'surveyed'; readonly survey: Survey }
  | { readonly kind: 'told' };

export type KeeperEvent =
  /** The rest is over: a pass begins. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | ({ readonly kind: 'handedOver' } & HandOver)
  /** What is published is to reach the others now. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'drain' }
  | { readonly kind: 'end' };

export type Move = 'claimed' | 'released' | 'lost';

export type Command =
  | { readonly kind: 'ask'; readonly question: Question }
  /** What is held has changed. */
  | { readonly kind: 'tellHeld'; readonly held: ReadonlySet<number> }
  | { readonly kind: 'count'; readonly move: Move; readonly shards: number }
  /** Beside the passes; `handedOver` comes back. */
  | ({ readonly kind: 'handOver' } & HandOver)
  /** Hints for this session wake the keeper; undefined: none do. */
  | { readonly kind: 'listen'; readonly session: string | undefined }
  | { readonly kind: 'wake' }
  /** A question was not answered. */
  | { readonly kind: 'tellFailure'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
      /** Such failures are over. */
      readonly isWell?: true;
    };

/** What the world looks like at an event. */
export interface KeeperFacts {
  /** Monotonic, milliseconds. */
  readonly now: number;
  /** Drawn anew for each event, in [0, 1). */
  readonly chance: number;
  /** All there are. */
  readonly shards: readonly number[];
  weight(shard: number): number;
  readonly watchAlive: boolean;
  /** How long the API server has told nothing of targets, milliseconds. */
  readonly silent_ms: number;
  /** A new owner could begin now: without, nothing is shed. */
  readonly mayMove: boolean;
  readonly onOutage: 'continue' | 'stop';
}

export interface Step {
  readonly state: KeeperState;
  readonly commands: readonly Command[];
}

const poll_ms = 1_000;
const urgent_ms = 200;
/** So long after a loss the owner that the watch shows is not enough. */
const certainAfter_ms = 30_000;

export const resting: Pass = { beganAt: 0, tasks: [], asked: undefined };

export const initialKeeper = (now: number): KeeperState => ({
  session: undefined,
  sequence: 0,
  held: new Set(),
  heldSince: new Map(),
  leaving: new Map(),
  handOvers: 0,
  released: [],
  freeSince: new Map(),
  openedAt: now,
  confirmedAt: undefined,
  failedAt: undefined,
  doubtAt: Number.NEGATIVE_INFINITY,
  quietUntil: Number.NEGATIVE_INFINITY,
  renewAt: 0,
  survey: undefined,
  surveyedAt: now,
  shedTokens: 0,
  refilledAt: now,
  imbalancedSince: undefined,
  urgent: false,
  moving: false,
  publishedLoad: undefined,
  deafSince: undefined,
  reported: 'none',
  problem: undefined,
  draining: false,
  ended: false,
  pass: resting,
});

type Surroundings = Pick<KeeperFacts, 'now' | 'watchAlive' | 'onOutage'>;

export const sessionState = (
  { confirmedAt, failedAt }: KeeperState,
  { now, watchAlive, onOutage }: Surroundings,
): LeaseState => leaseState({ now, confirmedAt, failedAt, watchAlive, onOutage });

/** What is held and stays. */
export const working = ({ held, leaving }: KeeperState): ReadonlySet<number> =>
  new Set([...held].filter((shard) => !leaving.has(shard)));

export const holds = ({ held, leaving }: KeeperState, shard: number): boolean =>
  held.has(shard) && !leaving.has(shard);

/** A new cycle of a target in this shard may start. */
export const mayStartIn = (state: KeeperState, shard: number, facts: Surroundings): boolean =>
  holds(state, shard) && facts.watchAlive && mayStart(sessionState(state, facts));

/** Nothing speaks against it that what is held is ours. */
export const isCertain = (state: KeeperState, facts: Surroundings): boolean =>
  sessionState(state, facts) === 'valid' && facts.now - state.doubtAt > certainAfter_ms;

/** How long the keeper rests between two passes, unless something wakes it. */
export const rest_ms = ({ urgent }: KeeperState): number => (urgent ? urgent_ms : poll_ms);
