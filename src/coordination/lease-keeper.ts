import { butForNumbers } from '../base/but-for-numbers.ts';
import type { Clock } from '../base/clock.ts';
import { asAppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { createRarely, type Rarely } from '../base/rarely.ts';
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
  type KeeperState,
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
  /** How long ago that was. */
  readonly surveyAge_ms: number;
  /** Shards that nobody has, and for how long they were seen so, milliseconds. */
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
  /** How long the API server has told nothing of targets, milliseconds. */
  silent_ms(): number;
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

/** What a running keeper has besides its state. */
interface Running {
  readonly deps: LeaseKeeperDeps;
  state: KeeperState;
  readonly rarely: Rarely;
  /** Questions that were not answered since all was well. */
  failures: number;
  /** Ends the rest between two passes. */
  waking: AbortController;
  unlisten(): void;
}

export function startLeaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper {
  const keeper: Running = {
    deps,
    state: initialKeeper(deps.clock.monotonic()),
    rarely: createRarely(deps.clock),
    failures: 0,
    waking: new AbortController(),
    unlisten: () => undefined,
  };
  const done = live(keeper);
  return {
    get state() {
      return sessionState(keeper.state, surroundings(deps));
    },
    get problem() {
      return keeper.state.problem;
    },
    get held() {
      return keeper.state.held;
    },
    holds: (shard) => holds(keeper.state, shard),
    mayStart: (shard) => mayStartIn(keeper.state, shard, surroundings(deps)),
    get certain() {
      return isCertain(keeper.state, surroundings(deps));
    },
    survey: () => keeper.state.survey,
    get surveyAge_ms() {
      return deps.clock.monotonic() - keeper.state.surveyedAt;
    },
    orphans() {
      const { freeSince, surveyedAt } = keeper.state;
      return new Map([...freeSince].map(([shard, since]) => [shard, surveyedAt - since]));
    },
    announce: () => void dispatch(keeper, { kind: 'announce' }),
    stop: (signal) => stop(keeper, done, signal),
  };
}

/** Passes with a rest after each, until everything is handed over. */
async function live(keeper: Running): Promise<void> {
  while (!keeper.state.ended) {
    keeper.waking = new AbortController();
    let question = dispatch(keeper, { kind: 'tick' });
    while (question) question = dispatch(keeper, await answerTo(keeper.deps, question));
    await keeper.deps.clock
      .sleep(rest_ms(keeper.state), keeper.waking.signal)
      .catch(() => undefined);
  }
}

async function stop(keeper: Running, done: Promise<void>, signal: AbortSignal): Promise<void> {
  const { leases, logger, handOver: end } = keeper.deps;
  dispatch(keeper, { kind: 'drain' });
  await Promise.race([end(new Set(keeper.state.held)), aborted(signal)]);
  dispatch(keeper, { kind: 'end' });
  await done;
  keeper.unlisten();
  const { session, sequence } = keeper.state;
  if (session === undefined || signal.aborted) return;
  await leases
    .end(session, sequence + 1)
    .catch((error: unknown) =>
      logger.warn({ error }, 'the session could not be ended; it runs out'),
    );
}

const surroundings = ({ clock, watchAlive, onOutage }: LeaseKeeperDeps) => ({
  now: clock.monotonic(),
  watchAlive: watchAlive(),
  onOutage,
});

const gather = (deps: LeaseKeeperDeps): KeeperFacts => ({
  ...surroundings(deps),
  chance: deps.random.next(),
  shards: allShards,
  weight: deps.weight,
  mayMove: deps.mayMove(),
  silent_ms: deps.silent_ms(),
});

/** The state is the new one before anybody hears of it. */
function dispatch(keeper: Running, event: KeeperEvent): Question | undefined {
  const { state, commands } = next(keeper.state, event, gather(keeper.deps));
  keeper.state = state;
  for (const command of commands)
    try {
      act(keeper, command);
    } catch (error) {
      // Who listens and throws does not end the keeper's life.
      keeper.deps.logger.error(
        { error, command: command.kind },
        'a change of what is held was not heard',
      );
    }
  return commands.find((command) => command.kind === 'ask')?.question;
}

function act(keeper: Running, command: Command): void {
  const { deps } = keeper;
  switch (command.kind) {
    case 'ask':
      return;
    case 'tellHeld':
      return deps.onHeld(command.held);
    case 'count':
      return deps.onMove?.(command.move, command.shards);
    case 'handOver':
      return void handOver(keeper, command);
    case 'listen':
      keeper.unlisten();
      keeper.unlisten =
        command.session === undefined
          ? () => undefined
          : deps.leases.onHint(command.session, () => keeper.waking.abort());
      return;
    case 'wake':
      return keeper.waking.abort();
    case 'tellFailure':
      return tellFailure(keeper, command);
    case 'log':
      if (command.isWell) return tellWell(keeper, command);
      return deps.logger[command.level](command.fields, command.message);
  }
}

/** A store that fails now and then, or for long, fails in the same words but for the numbers. */
function tellFailure(keeper: Running, { code, message }: Command & { kind: 'tellFailure' }): void {
  keeper.failures += 1;
  const { failures, rarely, deps } = keeper;
  if (rarely.isNews(butForNumbers(message)))
    deps.logger.warn(failures === 1 ? { code } : { code, failures }, message);
}

function tellWell(keeper: Running, { fields, message }: Command & { kind: 'log' }): void {
  const { failures, rarely, deps } = keeper;
  deps.logger.info(failures ? { ...fields, failures } : fields, message);
  rarely.over();
  keeper.failures = 0;
}

/** A statement in flight may take seconds, and the session must be renewed meanwhile. */
async function handOver(keeper: Running, leaving: HandOver): Promise<void> {
  const { deps } = keeper;
  await deps
    .handOver(new Set(leaving.shards))
    .catch((error: unknown) =>
      deps.logger.error({ error }, 'a hand-over failed; the shards are released all the same'),
    );
  dispatch(keeper, { ...leaving, kind: 'handedOver' });
}

const answerTo = (deps: LeaseKeeperDeps, question: Question): Promise<KeeperEvent> =>
  askStore(deps, question).then(
    (answer) => ({ kind: 'answer', answer }),
    (error: unknown) => {
      const { code, message } = asAppError(error);
      return { kind: 'failed', code, message };
    },
  );

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
