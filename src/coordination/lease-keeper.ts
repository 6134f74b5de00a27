import type { Clock } from '../base/clock.ts';
import { asAppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { jitter, type Random } from '../base/random.ts';
import { balance, freeShards, givers, type SessionLoad } from './balance.ts';
import { type LeaseState, leaseState, mayStart } from './lease-state.ts';
import {
  claimLimit,
  type LeaseStore,
  type SessionFacts,
  type Survey,
  sessionTtl_ms,
} from './lease-store.ts';
import { shardCount } from './shards.ts';

/**
 * Keeps this replica's session and its shards. One loop, one command at a time: renew, look, claim,
 * release. What it holds changes for three reasons: it claimed, it handed over, or the store says
 * otherwise.
 */
export interface LeaseKeeper {
  readonly state: LeaseState;
  /** Why the last command to the store failed; undefined: it did not. */
  readonly problem: string | undefined;
  readonly held: ReadonlySet<number>;
  holds(shard: number): boolean;
  /** A new cycle of a target in this shard may start now. */
  mayStart(shard: number): boolean;
  /**
   * Nothing speaks against it that what is held is ours: no session or shard was lost lately, and
   * the store confirms.
   */
  readonly certain: boolean;
  /** As last seen in the store. */
  survey(): Survey | undefined;
  /** Shards that nobody has, and for how long, milliseconds. */
  orphans(): ReadonlyMap<number, number>;
  /** Tells the others now what `facts` says, not with the next renewal. */
  announce(): void;
  /**
   * Hands everything over, ends the session. `signal` aborted: leaves at once, and lets the time to
   * live do the rest.
   */
  stop(signal: AbortSignal): Promise<void>;
}

export interface LeaseKeeperDeps {
  leases: LeaseStore;
  clock: Clock;
  random: Random;
  logger: Logger;
  newSessionId(): string;
  weight(shard: number): number;
  facts(): Omit<SessionFacts, 'load'>;
  /** What is there to collect, and who owns it, is known: without, nothing new starts. */
  watchAlive(): boolean;
  /** A new owner could begin now: without, nothing is shed. */
  mayMove(): boolean;
  /** What the live sessions, this one included, say of themselves. */
  onSurvey?(sessions: readonly SessionFacts[]): void;
  onOutage: 'continue' | 'stop';
  /** What is held has changed. What went without `handOver` belongs to somebody else already. */
  onHeld(held: ReadonlySet<number>): void;
  /**
   * Ends what runs for these shards: finish, save, last status. Resolves when they may be claimed
   * by others.
   */
  handOver(shards: ReadonlySet<number>): Promise<void>;
  onMove?(kind: 'claimed' | 'released' | 'lost', count: number): void;
}

const poll_ms = 1_000;
const hurry_ms = 200;
const renew_ms = 2_000;
/**
 * At most 5 % of all shards are on the move in ten seconds, over all replicas that have too many.
 */
const shedShare = 0.05;
const shedWindow_ms = 10_000;
/** Loads tremble when targets come and go; only what lasts makes shards move. */
const patience_ms = 5_000;
/** How long a shard stays at least. */
const residence_ms = 60_000;
/** Every command to the store ends within a second or two. */
const asleep_ms = 3_000;
/** So long after a loss the owner that the watch shows is not enough. */
const certainAfter_ms = 30_000;

export function startLeaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper {
  const { leases, clock, random, logger } = deps;
  const held = new Set<number>();
  /** Handed over, or on the way: nothing new starts, others may not have them yet. */
  const leaving = new Set<number>();
  const released: { shards: number[]; to?: string }[] = [];
  const freeSince = new Map<number, number>();
  const heldSince = new Map<number, number>();
  let openedAt = clock.monotonic();
  let doubtAt = Number.NEGATIVE_INFINITY;
  /**
   * A store that lost a session or an owner may have lost everything: until all can be back, each
   * takes what it had and no more.
   */
  let quietUntil = Number.NEGATIVE_INFINITY;
  let session: string | undefined;
  let unhint: () => void = () => undefined;
  let sequence = 0;
  let confirmedAt: number | undefined;
  let failedAt: number | undefined;
  let renewAt = 0;
  let seen: Survey | undefined;
  let waking = new AbortController();
  let shedTokens = 0;
  let shedAt = clock.monotonic();
  let overSince: number | undefined;
  let ending = false;
  let draining = false;
  /** Something is nobody's: look again soon. */
  let hurry = false;
  /**
   * What each says of its load decides where shards go, and a renewal changes no version: while any
   * are to move, all is read again.
   */
  let moving = false;
  let toldLoad: number | undefined;
  let said: LeaseState = 'none';
  let problem: string | undefined;

  const state = (): LeaseState =>
    leaseState({
      now: clock.monotonic(),
      confirmedAt,
      failedAt,
      watchAlive: deps.watchAlive(),
      onOutage: deps.onOutage,
    });
  const working = () => new Set([...held].filter((shard) => !leaving.has(shard)));
  const load = () => [...working()].reduce((sum, shard) => sum + deps.weight(shard), 0);
  function facts(): SessionFacts {
    toldLoad = load();
    return { ...deps.facts(), load: toldLoad, ...(draining ? { leaves: true } : {}) };
  }
  const next = () => {
    sequence += 1;
    return sequence;
  };

  function adopt(shards: readonly number[]): void {
    const fresh = shards.filter((shard) => !held.has(shard));
    if (!fresh.length) return;
    for (const shard of fresh) {
      held.add(shard);
      heldSince.set(shard, clock.monotonic());
    }
    deps.onMove?.('claimed', fresh.length);
    deps.onHeld(working());
  }
  function lose(shards: readonly number[]): void {
    const gone = shards.filter((shard) => held.has(shard));
    if (!gone.length) return;
    for (const shard of gone) {
      held.delete(shard);
      leaving.delete(shard);
    }
    doubtAt = clock.monotonic();
    deps.onMove?.('lost', gone.length);
    deps.onHeld(working());
  }

  /** A session that is over is never revived: a new id, and what is held is claimed anew. */
  async function open(): Promise<string> {
    const id = deps.newSessionId();
    const sentAt = clock.monotonic();
    sequence = 0;
    await leases.open(id, facts());
    session = id;
    if (held.size === 0) openedAt = sentAt;
    unhint = leases.onHint(id, wake);
    confirmedAt = sentAt;
    renewAt = sentAt + jitter(renew_ms, 0.2, random);
    seen = undefined;
    const before = [...working()];
    const kept = new Set(await claim(id, before));
    lose([...held].filter((shard) => !kept.has(shard)));
    return id;
  }

  async function claim(id: string, shards: readonly number[]): Promise<number[]> {
    const mine: number[] = [];
    for (let i = 0; i < shards.length; i += claimLimit) {
      const got = await leases.claim(id, next(), shards.slice(i, i + claimLimit));
      if (got === 'lost') {
        forgetSession();
        break;
      }
      mine.push(...got);
      adopt(got);
    }
    return mine;
  }

  function forgetSession(): void {
    session = undefined;
    doubtAt = clock.monotonic();
    quietUntil = doubtAt + sessionTtl_ms;
    unhint();
  }

  async function renew(id: string): Promise<void> {
    const sentAt = clock.monotonic();
    renewAt = sentAt + jitter(renew_ms, 0.2, random);
    const answer = await leases.renew(id, next(), facts());
    if (answer === 'lost') return forgetSession();
    confirmedAt = sentAt;
    const mine = new Set(answer.mine);
    if (!draining) adopt(answer.mine.filter((shard) => !pendingRelease(shard)));
    const unnamed = [...held].filter((shard) => !mine.has(shard));
    if (!unnamed.length) return;
    // A store that forgot (it evicts, it failed over) gives back what nobody else has taken
    // meanwhile.
    const kept = draining
      ? []
      : await claim(
          id,
          unnamed.filter((shard) => !leaving.has(shard)),
        );
    if (kept.length) quietUntil = clock.monotonic() + sessionTtl_ms;
    if (session === id) lose(unnamed.filter((shard) => !kept.includes(shard)));
  }
  const pendingRelease = (shard: number) => released.some(({ shards }) => shards.includes(shard));

  async function look(): Promise<Survey> {
    if (!seen || moving || seen.version !== (await leases.poll())) seen = await leases.survey();
    const free = new Set(freeShards(seen.owners, seen.sessions));
    for (const shard of freeSince.keys()) if (!free.has(shard)) freeSince.delete(shard);
    for (const shard of free) if (!freeSince.has(shard)) freeSince.set(shard, clock.monotonic());
    return seen;
  }

  function mayShed(sessions: readonly SessionLoad[]): number {
    const now = clock.monotonic();
    const limit = Math.max(1, (shardCount * shedShare) / givers(sessions));
    shedTokens = Math.min(limit, shedTokens + (limit * (now - shedAt)) / shedWindow_ms);
    shedAt = now;
    return Math.floor(shedTokens);
  }

  /**
   * It stays for a while, or targets would wander with every cycle that takes longer than the last.
   * Who has just begun may have taken all there was.
   */
  function settled(shard: number): boolean {
    const now = clock.monotonic();
    return now - (heldSince.get(shard) ?? 0) >= residence_ms || now - openedAt < residence_ms;
  }

  async function rebalance(id: string): Promise<void> {
    const survey = await look();
    deps.onSurvey?.(survey.sessions.map((each) => each.facts));
    if ([...working()].some((shard) => !survey.owners.has(shard))) {
      // The store forgot: what is ours comes back with the renewal, before anybody takes what looks
      // free.
      quietUntil = clock.monotonic() + sessionTtl_ms;
      await renew(id);
    }
    if (session !== id) return;
    const sessions = survey.sessions.map((each) => ({
      id: each.id,
      load: each.facts.load,
      leaves: each.facts.leaves === true,
    }));
    const plan = balance({
      me: id,
      sessions,
      owners: survey.owners,
      held: working(),
      leaving: [...leaving].reduce((sum, shard) => sum + deps.weight(shard), 0),
      settled,
      weight: deps.weight,
      freeSince,
      now: clock.monotonic(),
    });
    const quiet = clock.monotonic() < quietUntil;
    if (plan.claim.length && !quiet) await claim(id, plan.claim);
    hurry = freeSince.size > 0 && !quiet;
    moving = freeSince.size > 0 || plan.shed.length > 0;
    // The others reckon with what we say of our load: with an old one, all may find that what is
    // free is the share of somebody else.
    if (moving && load() !== toldLoad) renewAt = clock.monotonic();
    const allowed = plan.shed.slice(0, mayShed(sessions));
    if (plan.shed.length === 0 || quiet || !deps.mayMove()) overSince = undefined;
    else if (clock.monotonic() - (overSince ??= clock.monotonic()) >= patience_ms && allowed.length)
      shed(allowed, plan.to);
  }

  function shed(shards: readonly number[], to: string | undefined): void {
    shedTokens -= shards.length;
    for (const shard of shards) leaving.add(shard);
    const leavingNow = new Set(shards);
    deps.onHeld(working()); // should one of them come back, it is a new one
    // Not awaited: a statement in flight may take seconds, and the session must be renewed
    // meanwhile.
    void deps
      .handOver(leavingNow)
      .catch((error: unknown) =>
        logger.error({ error }, 'a hand-over failed; the shards are released all the same'),
      )
      .then(() => {
        released.push({
          shards: shards.filter((shard) => leaving.has(shard)),
          ...(to ? { to } : {}),
        });
        wake();
      });
  }

  async function giveBack(id: string): Promise<void> {
    for (let batch = released[0]; batch; batch = released[0]) {
      for (let i = 0; i < batch.shards.length; i += claimLimit)
        await leases.release(id, next(), batch.shards.slice(i, i + claimLimit), batch.to);
      released.shift();
      for (const shard of batch.shards) {
        held.delete(shard);
        leaving.delete(shard);
      }
      renewAt = clock.monotonic();
      deps.onMove?.('released', batch.shards.length);
    }
  }

  async function step(): Promise<void> {
    const began = clock.monotonic();
    try {
      const id = session ?? (await open());
      if (clock.monotonic() >= renewAt) await renew(id);
      if (session !== id) return wake();
      await giveBack(id);
      if (state() === 'valid' && !draining) await rebalance(id);
      problem = undefined;
    } catch (error) {
      const { message, code } = asAppError(error);
      if (message !== problem) logger.warn({ code }, message);
      problem = message;
      const now = clock.monotonic();
      // An error that took this long tells of a process that was stopped meanwhile, not of the
      // store.
      if (now - began <= asleep_ms) failedAt = now;
      renewAt = now;
    }
    tellState();
    if (state() === 'over' && held.size) lose([...held]);
  }

  function tellState(): void {
    const now = state();
    if (now === said) return;
    if (now === 'frozen' || now === 'unsure')
      logger.warn(
        { state: now, shards: held.size },
        'the session is not confirmed; going on with what is owned, claiming nothing',
      );
    else if (now === 'over')
      logger.error(
        { shards: held.size },
        'the shared state has been away for too long; collection stops',
      );
    else logger.info({ state: now, session, shards: held.size }, 'coordination is well');
    said = now;
  }

  function wake(): void {
    waking.abort();
  }

  async function life(): Promise<void> {
    while (!ending) {
      waking = new AbortController();
      await step();
      await clock.sleep(hurry ? hurry_ms : poll_ms, waking.signal).catch(() => undefined);
    }
  }
  const done = life();

  return {
    get state() {
      return state();
    },
    get problem() {
      return problem;
    },
    get held() {
      return held;
    },
    holds: (shard) => held.has(shard) && !leaving.has(shard),
    mayStart: (shard) =>
      held.has(shard) && !leaving.has(shard) && mayStart(state()) && deps.watchAlive(),
    get certain() {
      return state() === 'valid' && clock.monotonic() - doubtAt > certainAfter_ms;
    },
    survey: () => seen,
    orphans: () => {
      const now = clock.monotonic();
      return new Map([...freeSince].map(([shard, since]) => [shard, now - since]));
    },
    announce() {
      renewAt = 0;
      wake();
    },
    async stop(signal) {
      draining = true;
      renewAt = 0;
      wake();
      const everything = new Set(held);
      for (const shard of everything) leaving.add(shard);
      const handing = deps.handOver(everything);
      await Promise.race([handing, aborted(signal)]);
      ending = true;
      wake();
      await done;
      unhint();
      if (session && !signal.aborted)
        await leases
          .end(session, next())
          .catch((error: unknown) =>
            logger.warn({ error }, 'the session could not be ended; it runs out'),
          );
    },
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
