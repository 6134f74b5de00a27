import { jitter } from '../base/random.ts';
import { rebalance, surveyed } from './keeper-balance.ts';
import { isDeaf } from './keeper-deaf.ts';
import {
  adopt,
  andThen,
  ask,
  giveBack,
  instead,
  lose,
  loseSession,
  numbered,
  step,
} from './keeper-shards.ts';
import {
  type Answer,
  type ClaimTask,
  type HandOver,
  type KeeperEvent,
  type KeeperFacts,
  type KeeperState,
  type Published,
  resting,
  type Step,
  sessionState,
  type Task,
  working,
} from './keeper-state.ts';
import type { LeaseState } from './lease-state.ts';
import { claimLimit, type Renewal, sessionTtl_ms } from './lease-store.ts';

/**
 * The whole behaviour of a lease keeper: a state and an event give the next state and what is to be
 * done. Pure; the model checker of test/simulation explores this very function.
 */
export function next(state: KeeperState, event: KeeperEvent, facts: KeeperFacts): Step {
  switch (event.kind) {
    case 'tick':
      return proceed({ ...state, pass: beginPass(state, facts.now) }, facts);
    case 'answer':
      return andThen(answered(state, event.answer, facts), (after) => proceed(after, facts));
    case 'failed':
      return failed(state, event, facts);
    case 'handedOver':
      return handedOver(state, event);
    case 'announce':
      return step({ ...state, renewAt: facts.now }, { kind: 'wake' });
    case 'drain':
      return drain(state, facts.now);
    case 'end':
      return step({ ...state, ended: true }, { kind: 'wake' });
  }
}

const renew_ms = 2_000;
/** Every command to the store ends within a second or two. */
const asleep_ms = 3_000;

const beginPass = ({ session }: KeeperState, now: number): KeeperState['pass'] => ({
  beganAt: now,
  tasks: [
    ...(session === undefined ? [{ kind: 'open' } as const] : []),
    { kind: 'renew', ifDue: true },
    { kind: 'release' },
    { kind: 'look' },
  ],
  asked: undefined,
});

/** Does what needs no answer, up to the next question or to the end of the pass. */
function proceed(state: KeeperState, facts: KeeperFacts): Step {
  const [task] = state.pass.tasks;
  if (!task) return rest(state, facts);
  const asking = perform(state, task, facts);
  return asking.state.pass.asked ? asking : andThen(asking, (after) => proceed(after, facts));
}

/** Asks what the task wants to know, or is done with it. */
function perform(state: KeeperState, task: Task, facts: KeeperFacts): Step {
  const { now } = facts;
  switch (task.kind) {
    case 'open': {
      const [said, published] = publish({ ...state, sequence: 0 }, facts);
      return ask(said, { kind: 'open', published }, now);
    }
    case 'renew':
      return task.ifDue && now < state.renewAt ? step(instead(state)) : renew(state, facts);
    case 'claim':
      return task.shards.length ? claim(state, task, now) : claimsDone(instead(state), task, now);
    case 'release':
      return release(state, now);
    case 'look': {
      if (state.draining || sessionState(state, facts) !== 'valid') return step(instead(state));
      // What others heard changes no version either.
      return state.survey && !state.moving && facts.watchAlive
        ? ask(state, { kind: 'poll' }, now)
        : step(instead(state, { kind: 'read' }));
    }
    case 'read':
      return ask(state, { kind: 'survey' }, now);
    case 'tellSessions': {
      const sessions = state.survey?.sessions.map((each) => each.facts) ?? [];
      return ask(state, { kind: 'tellSessions', sessions }, now);
    }
    case 'balance':
      return rebalance(state, facts);
  }
}

function renew(state: KeeperState, facts: KeeperFacts): Step {
  const [said, published] = publish(numbered(state), facts);
  const { session: id, sequence } = said;
  if (id === undefined) return step(instead(state));
  const renewAt = nextRenewal(facts.now, facts);
  return ask({ ...said, renewAt }, { kind: 'renew', id, sequence, published }, facts.now);
}

const nextRenewal = (sentAt: number, { chance }: KeeperFacts): number =>
  sentAt + jitter(renew_ms, 0.2, { next: () => chance });

function claim(state: KeeperState, { shards }: ClaimTask, now: number): Step {
  const asking = numbered(state);
  const { session: id, sequence } = asking;
  if (id === undefined) return step(instead(state));
  return ask(asking, { kind: 'claim', id, sequence, shards: shards.slice(0, claimLimit) }, now);
}

function release(state: KeeperState, now: number): Step {
  const [batch] = state.released;
  const asking = numbered(state);
  const { session: id, sequence } = asking;
  if (!batch || id === undefined) return step(instead(state));
  const shards = batch.shards.slice(0, claimLimit);
  return ask(asking, { ...batch, kind: 'release', id, sequence, shards }, now);
}

function answered(before: KeeperState, answer: Answer, facts: KeeperFacts): Step {
  const { asked } = before.pass;
  const state = { ...before, pass: { ...before.pass, asked: undefined } };
  if (!asked) return step(state);
  switch (answer.kind) {
    case 'opened':
      return opened(state, answer.id, asked.at, facts);
    case 'renewed':
      return renewed(state, answer.renewal, asked.at, facts.now);
    case 'claimed':
      return claimed(state, answer.shards, facts.now);
    case 'released':
      return asked.question.kind === 'release'
        ? giveBack(state, asked.question.shards, facts.now)
        : step(state);
    case 'polled':
      return step(
        answer.version === state.survey?.version
          ? instead(surveyed(state, state.survey, facts), { kind: 'tellSessions' })
          : instead(state, { kind: 'read' }),
      );
    case 'surveyed':
      return step(instead(surveyed(state, answer.survey, facts), { kind: 'tellSessions' }));
    case 'told':
      return step(forgotten(state, facts.now));
  }
}

/** A new session claims what the last one held; what it does not get belongs to somebody else. */
function opened(state: KeeperState, id: string, sentAt: number, facts: KeeperFacts): Step {
  return step(
    instead(
      {
        ...state,
        session: id,
        openedAt: state.held.size === 0 ? sentAt : state.openedAt,
        renewAt: nextRenewal(sentAt, facts),
        survey: undefined,
      },
      {
        kind: 'claim',
        why: 'reopened',
        shards: [...working(state)],
        got: [],
        orLose: [...state.held],
        confirms: sentAt,
      },
    ),
    { kind: 'listen', session: id },
  );
}

/**
 * What the store names is ours, but for what we are about to give back. What it does not name is
 * claimed once more: a store that forgot (it evicts, it failed over) gives back what nobody else
 * has taken meanwhile.
 */
function renewed(state: KeeperState, renewal: Renewal | 'lost', sentAt: number, now: number): Step {
  if (renewal === 'lost') return loseSession(state, now);
  const named = new Set(renewal.mine);
  const onTheirWay = new Set(state.released.flatMap(({ shards }) => shards));
  const mine = renewal.mine.filter((shard) => !onTheirWay.has(shard));
  return andThen(adopt(state, mine, now), (after) => {
    const unnamed = [...after.held].filter((shard) => !named.has(shard));
    const shards = unnamed.filter((shard) => !after.leaving.has(shard));
    return step(
      instead(after, {
        kind: 'claim',
        why: 'unconfirmed',
        shards,
        got: [],
        orLose: unnamed,
        confirms: sentAt,
      }),
    );
  });
}

function claimed(state: KeeperState, shards: readonly number[] | 'lost', now: number): Step {
  const [task] = state.pass.tasks;
  if (task?.kind !== 'claim') return step(state);
  if (shards === 'lost')
    return andThen(task.why === 'reopened' ? claimsDone(state, task, now) : step(state), (after) =>
      loseSession(after, now),
    );
  const left = task.shards.slice(claimLimit);
  const got = [...task.got, ...shards];
  return adopt(instead(state, { ...task, shards: left, got }), shards, now);
}

function claimsDone(state: KeeperState, task: ClaimTask, now: number): Step {
  const { why, got, orLose, confirms } = task;
  const mine = new Set(got);
  const forgot = why === 'unconfirmed' && got.length > 0;
  return lose(
    {
      ...state,
      confirmedAt: confirms ?? state.confirmedAt,
      quietUntil: forgot ? now + sessionTtl_ms : state.quietUntil,
    },
    orLose.filter((shard) => !mine.has(shard)),
    now,
  );
}

/**
 * Where the store does not know of what is ours it forgot: it comes back with a renewal, before
 * anybody takes what looks free.
 */
function forgotten(state: KeeperState, now: number): KeeperState {
  const forgot = [...working(state)].some((shard) => !state.survey?.owners.has(shard));
  return forgot
    ? instead(
        { ...state, quietUntil: now + sessionTtl_ms },
        { kind: 'renew', ifDue: false },
        { kind: 'balance' },
      )
    : instead(state, { kind: 'balance' });
}

/** Everything leaves; the session ends when it has been handed over. */
function drain(state: KeeperState, now: number): Step {
  const number = state.handOvers + 1;
  const leaving = new Map([...state.held].map((shard) => [shard, number]));
  return step(
    { ...state, draining: true, renewAt: now, handOvers: number, leaving },
    { kind: 'wake' },
  );
}

function handedOver(state: KeeperState, { number, shards, to }: HandOver): Step {
  const left = shards.filter((shard) => state.leaving.get(shard) === number);
  return step(
    left.length
      ? { ...state, released: [...state.released, { shards: left, ...(to ? { to } : {}) }] }
      : state,
    { kind: 'wake' },
  );
}

/** What we say of our load, and that we said it. */
function publish(state: KeeperState, facts: KeeperFacts): [KeeperState, Published] {
  const load = loadOf(state, facts);
  return [
    { ...state, publishedLoad: load },
    { load, ...(state.draining || isDeaf(state, facts) ? { leaves: true } : {}) },
  ];
}
const loadOf = (state: KeeperState, { weight }: KeeperFacts): number =>
  [...working(state)].reduce((sum, shard) => sum + weight(shard), 0);

/**
 * The pass is over. The others reckon with what we say of our load: with an old one, all may find
 * that what is free is the share of somebody else.
 */
function rest(state: KeeperState, facts: KeeperFacts): Step {
  const stale = state.moving && loadOf(state, facts) !== state.publishedLoad;
  return report(
    {
      ...state,
      problem: undefined,
      renewAt: stale ? facts.now : state.renewAt,
      pass: resting,
    },
    facts,
  );
}

/**
 * The pass ends here. An error that took long tells of a process that was stopped meanwhile, not of
 * the store.
 */
function failed(
  state: KeeperState,
  { code, message }: { code: string; message: string },
  facts: KeeperFacts,
): Step {
  const { now } = facts;
  const awake = now - state.pass.beganAt <= asleep_ms;
  const after = {
    ...state,
    problem: message,
    failedAt: awake ? now : state.failedAt,
    renewAt: now,
    pass: resting,
  };
  return andThen(step(after, { kind: 'tellFailure', code, message }), (told) =>
    report(told, facts),
  );
}

/** Says how the session is where that has changed; one that has expired holds nothing. */
function report(state: KeeperState, facts: KeeperFacts): Step {
  const current = sessionState(state, facts);
  const told =
    current === state.reported
      ? step(state)
      : step({ ...state, reported: current }, { kind: 'log', ...reportOf(current, state) });
  return current === 'expired'
    ? andThen(told, (after) => lose(after, [...after.held], facts.now))
    : told;
}

function reportOf(current: LeaseState, { held, session }: KeeperState) {
  const shards = held.size;
  if (current === 'degraded' || current === 'unconfirmed')
    return {
      level: 'warn',
      fields: { state: current, shards },
      message: 'the session is not confirmed; going on with what is owned, claiming nothing',
    } as const;
  if (current === 'expired')
    return {
      level: 'error',
      fields: { shards },
      message: 'the shared state has been away for too long; collection stops',
    } as const;
  return {
    level: 'info',
    fields: { state: current, session, shards },
    message: 'coordination is well',
    isWell: true,
  } as const;
}
