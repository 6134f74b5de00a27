import type { Clock } from '../base/clock.ts';
import { asAppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { allShards } from './balance.ts';
import { next } from './keeper-next.ts';
import {
  type Answer,
  type Command,
  type HandOver,
  holds,
  initialKeeper,
  isCertain,
  type KeeperEvent,
  type KeeperFacts,
  type Move,
  mayStartIn,
  type Question,
  rest_ms,
  sessionState,
} from './keeper-state.ts';
import type { LeaseState } from './lease-state.ts';
import type { LeaseStore, SessionFacts, Survey } from './lease-store.ts';

/**
 * Keeps this replica's session and its shards. What it does when is the pure function of
 * `keeper-next.ts`; here is the loop that asks its questions, one at a time, and tells the others
 * what has changed. Hand-overs run beside it.
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
  onMove?(move: Move, count: number): void;
}

/** One question, and what its answer says. */
async function askStore(deps: LeaseKeeperDeps, question: Question): Promise<Answer> {
  const { leases } = deps;
  switch (question.kind) {
    case 'open': {
      const id = deps.newSessionId();
      await leases.open(id, { ...deps.facts(), ...question.published });
      return { kind: 'opened', id };
    }
    case 'renew': {
      const facts = { ...deps.facts(), ...question.published };
      const renewal = await leases.renew(question.id, question.sequence, facts);
      return { kind: 'renewed', renewal };
    }
    case 'claim': {
      const shards = await leases.claim(question.id, question.sequence, question.shards);
      return { kind: 'claimed', shards };
    }
    case 'release': {
      const { id, sequence, shards, to } = question;
      await leases.release(id, sequence, shards, to);
      return { kind: 'released' };
    }
    case 'poll':
      return { kind: 'polled', version: await leases.poll() };
    case 'survey':
      return { kind: 'surveyed', survey: await leases.survey() };
    case 'tellSessions':
      deps.onSurvey?.(question.sessions);
      return { kind: 'told' };
  }
}

export function startLeaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper {
  const { leases, clock, random, logger } = deps;
  let state = initialKeeper(clock.monotonic());
  let waking = new AbortController();
  let unlisten: () => void = () => undefined;

  const surroundings = () => ({
    now: clock.monotonic(),
    watchAlive: deps.watchAlive(),
    onOutage: deps.onOutage,
  });
  const gather = (): KeeperFacts => ({
    ...surroundings(),
    chance: random.next(),
    shards: allShards,
    weight: deps.weight,
    mayMove: deps.mayMove(),
  });

  /** The state is the new one before anybody hears of it. */
  function dispatch(event: KeeperEvent): Question | undefined {
    const step = next(state, event, gather());
    state = step.state;
    for (const command of step.commands) actSafely(command);
    return step.commands.find((command) => command.kind === 'ask')?.question;
  }

  /** Who listens and throws does not end the keeper's life. */
  function actSafely(command: Command): void {
    try {
      act(command);
    } catch (error) {
      logger.error({ error, command: command.kind }, 'a change of what is held was not heard');
    }
  }

  function act(command: Command): void {
    switch (command.kind) {
      case 'ask':
        return;
      case 'tellHeld':
        return deps.onHeld(command.held);
      case 'count':
        return deps.onMove?.(command.move, command.shards);
      case 'handOver':
        return void handOver(command);
      case 'listen':
        unlisten();
        unlisten =
          command.session === undefined ? () => undefined : leases.onHint(command.session, wake);
        return;
      case 'wake':
        return wake();
      case 'log':
        return logger[command.level](command.fields, command.message);
    }
  }
  const wake = () => waking.abort();

  /** A statement in flight may take seconds, and the session must be renewed meanwhile. */
  async function handOver(leaving: HandOver): Promise<void> {
    await deps
      .handOver(new Set(leaving.shards))
      .catch((error: unknown) =>
        logger.error({ error }, 'a hand-over failed; the shards are released all the same'),
      );
    dispatch({ ...leaving, kind: 'handedOver' });
  }

  const answer = (question: Question): Promise<KeeperEvent> =>
    askStore(deps, question).then(
      (given) => ({ kind: 'answer', answer: given }),
      (error: unknown) => {
        const { code, message } = asAppError(error);
        return { kind: 'failed', code, message };
      },
    );

  async function life(): Promise<void> {
    while (!state.ended) {
      waking = new AbortController();
      let question = dispatch({ kind: 'tick' });
      while (question) question = dispatch(await answer(question));
      await clock.sleep(rest_ms(state), waking.signal).catch(() => undefined);
    }
  }
  const done = life();

  async function stop(signal: AbortSignal): Promise<void> {
    dispatch({ kind: 'drain' });
    await Promise.race([deps.handOver(new Set(state.held)), aborted(signal)]);
    dispatch({ kind: 'end' });
    await done;
    unlisten();
    if (state.session === undefined || signal.aborted) return;
    await leases
      .end(state.session, state.sequence + 1)
      .catch((error: unknown) =>
        logger.warn({ error }, 'the session could not be ended; it runs out'),
      );
  }

  const now = () => clock.monotonic();
  return {
    get state() {
      return sessionState(state, surroundings());
    },
    get problem() {
      return state.problem;
    },
    get held() {
      return state.held;
    },
    holds: (shard) => holds(state, shard),
    mayStart: (shard) => mayStartIn(state, shard, surroundings()),
    get certain() {
      return isCertain(state, surroundings());
    },
    survey: () => state.survey,
    orphans: () => new Map([...state.freeSince].map(([shard, since]) => [shard, now() - since])),
    announce: () => void dispatch({ kind: 'announce' }),
    stop,
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
