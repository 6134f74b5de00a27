import type { next as keeperNext } from '../../src/coordination/keeper-next.ts';
import {
  type Answer,
  type HandOver,
  type holds as holdsNow,
  initialKeeper,
  type KeeperEvent,
  type KeeperFacts,
  type KeeperState,
  type Question,
  sessionState,
  type Task,
} from '../../src/coordination/keeper-state.ts';
import { mayStart } from '../../src/coordination/lease-state.ts';
import { sessionTtl_ms } from '../../src/coordination/lease-store.ts';
import { createLeaseTable, type LeaseData } from '../../src/coordination/memory/lease-table.ts';

/**
 * Two lease keepers and the store between them, explored exhaustively: the very function that runs
 * in production, the very rules of the store, two shards, and an adversary who delays every
 * message, loses some, lets them arrive after all, empties the store, kills a replica, and lets
 * time pass whenever it likes. What must hold in every reachable state:
 *
 *   K1  a shard has at most one replica that may start something and whose session is confirmed
 *   K2  a shard that is being handed over is nobody else's at the store
 *   K3  the store is held for absent only on account of an attempt that began lately
 *   K4  who has been without the store for too long holds nothing, as soon as it does anything
 *   K5  who is draining has nothing left that something could start in
 *   K6  the store refuses no command that arrives in its turn
 *
 * And so that it is no proof of nothing: certain states must be reached.
 */
export interface KeeperBounds {
  next: typeof keeperNext;
  /** Is what the keeper says of a shard while it holds it, and does not give it away. */
  holds: typeof holdsNow;
  /** Steps of four seconds. */
  steps: number;
  /** Messages that are held up: for how long, and whether they arrive at all, is open. */
  delays: number;
  /** What else may happen, once each at most. */
  storms: readonly Storm[];
}
export type Storm = 'flush' | 'crash' | 'drain' | 'outage';

export interface KeeperVerdict {
  states: number;
  reached: ReadonlySet<Goal>;
  violation?: { what: string; trace: string[] };
}

/** What the checker must get to see. */
export const goals = ['each has one', 'degraded', 'expired', 'reopened', 'handed over'] as const;
export type Goal = (typeof goals)[number];

type Name = 'a' | 'b';
const names: readonly Name[] = ['a', 'b'];
const shards = [0, 1];
/** All waits of a keeper but the longest end within a few of these. */
const step_ms = 4_000;
/** Longer than any outage that is survived. */
const outage_ms = 16 * 60_000;
/** An attempt fails within three seconds, and counts for four more. */
const recent_ms = 7_000;

interface Message {
  question: Question;
  /** Of the session that an `open` asks for. */
  opening: string;
  sentAt: number;
  /** The store has done it; this is on its way back. */
  answer: Answer | undefined;
}

interface Handing extends HandOver {
  /** Whose the shards were when it began. */
  session: string | undefined;
}

interface Replica {
  keeper: KeeperState;
  opened: number;
  message: Message | undefined;
  handing: readonly Handing[];
  /** When the attempt that failed last had been sent. */
  failedFrom: number | undefined;
}

interface World {
  now: number;
  replicas: Record<Name, Replica>;
  store: LeaseData;
  /** Given up by its sender, and may arrive yet. */
  late: { name: Name; message: Message } | undefined;
  stepsLeft: number;
  delaysLeft: number;
  storms: readonly Storm[];
  flushed: boolean;
  violation: string | undefined;
}

type Move = [label: string, world: World];

export function checkKeepers(bounds: KeeperBounds): KeeperVerdict {
  const start = initialWorld(bounds);
  const seen = new Map<string, { from: string; label: string }>([
    [keyOf(start), { from: '', label: '' }],
  ]);
  const reached = new Set<Goal>();
  let frontier = [start];
  while (frontier.length) {
    const after: World[] = [];
    for (const world of frontier) {
      const from = keyOf(world);
      for (const [label, moved] of moves(world, bounds)) {
        const key = keyOf(moved);
        if (seen.has(key)) continue;
        seen.set(key, { from, label });
        for (const goal of goals) if (isReached[goal](moved)) reached.add(goal);
        const what = moved.violation ?? violated(moved, bounds);
        if (what)
          return { states: seen.size, reached, violation: { what, trace: trace(key, seen) } };
        after.push(moved);
      }
    }
    frontier = after;
  }
  return { states: seen.size, reached };
}

function trace(key: string, seen: ReadonlyMap<string, { from: string; label: string }>): string[] {
  const labels: string[] = [];
  for (let at = seen.get(key); at?.from; at = seen.get(at.from)) labels.unshift(at.label);
  return labels;
}

const newReplica = (now: number, opened: number): Replica => ({
  keeper: initialKeeper(now),
  opened,
  message: undefined,
  handing: [],
  failedFrom: undefined,
});

const initialWorld = ({ steps, delays, storms }: KeeperBounds): World => ({
  now: 0,
  replicas: { a: newReplica(0, 0), b: newReplica(0, 0) },
  store: { sessions: new Map(), owners: new Map(), version: 0 },
  late: undefined,
  stepsLeft: steps,
  delaysLeft: delays,
  storms,
  flushed: false,
  violation: undefined,
});

const factsAt = (now: number): KeeperFacts => ({
  now,
  chance: 0.5,
  shards,
  weight: () => 1,
  watchAlive: true,
  silent_ms: 0,
  mayMove: true,
  onOutage: 'continue',
});
const stateOf = ({ keeper }: Replica, now: number) => sessionState(keeper, factsAt(now));

const isReached: Record<Goal, (world: World) => boolean> = {
  'each has one': ({ replicas, now }) =>
    names.every((name) => replicas[name].keeper.held.size === 1 && isValid(replicas[name], now)),
  degraded: ({ replicas, now }) =>
    names.some((name) => stateOf(replicas[name], now) === 'degraded'),
  expired: ({ replicas, now }) => names.some((name) => stateOf(replicas[name], now) === 'expired'),
  reopened: ({ replicas }) =>
    names.some((name) => replicas[name].opened > 1 && replicas[name].keeper.held.size > 0),
  'handed over': ({ replicas }) => names.some((name) => replicas[name].keeper.released.length > 0),
};
const isValid = (replica: Replica, now: number) => stateOf(replica, now) === 'valid';

const isLive = ({ store, now }: World, session: string | undefined): boolean =>
  (store.sessions.get(session ?? '')?.expires ?? 0) > now;

const isAgreed = (world: World, { session, held }: KeeperState): boolean =>
  isLive(world, session) && [...held].every((shard) => world.store.owners.get(shard) === session);

function violated(world: World, { holds }: KeeperBounds): string | undefined {
  const { replicas, now, store, flushed } = world;
  const starts = (name: Name, shard: number) =>
    holds(replicas[name].keeper, shard) && mayStart(stateOf(replicas[name], now));
  for (const shard of shards) {
    if (names.every((name) => starts(name, shard) && isValid(replicas[name], now)))
      return `K1: both may start in shard ${shard}, each with a confirmed session`;
    for (const name of names) {
      const { keeper, handing } = replicas[name];
      const given = handing.some(
        (batch) =>
          batch.shards.includes(shard) &&
          isLive(world, batch.session) &&
          store.owners.get(shard) !== batch.session,
      );
      if (given && !flushed)
        return `K2: shard ${shard} is given away while ${name} still hands it over`;
      if (keeper.draining && holds(keeper, shard))
        return `K5: ${name} is draining, and something may start in shard ${shard}`;
    }
  }
  for (const name of names) {
    const { failedFrom } = replicas[name];
    if (
      stateOf(replicas[name], now) === 'degraded' &&
      now - (failedFrom ?? Number.NEGATIVE_INFINITY) > recent_ms
    )
      return `K3: ${name} holds the store for absent on account of what it sent long ago`;
  }
  return undefined;
}

function moves(world: World, bounds: KeeperBounds): Move[] {
  const out: Move[] = [];
  for (const name of names) out.push(...replicaMoves(world, name, bounds));
  if (world.stepsLeft)
    out.push([
      'four seconds pass',
      { ...world, now: world.now + step_ms, stepsLeft: world.stepsLeft - 1 },
    ]);
  if (world.late) {
    const { name, message } = world.late;
    const store = copyStore(world.store);
    execute(store, message, name, world.now);
    const label = `${name}'s late ${message.question.kind} arrives`;
    out.push([label, { ...world, store, late: undefined }]);
  }
  out.push(...stormMoves(world, bounds));
  return out;
}

function stormMoves(world: World, bounds: KeeperBounds): Move[] {
  const out: Move[] = [];
  const spend = (storm: Storm) => world.storms.filter((each) => each !== storm);
  const { a } = world.replicas;
  for (const storm of world.storms) {
    const storms = spend(storm);
    switch (storm) {
      // Who comes new then, or slept while another took over, cannot know: there the database's
      // lock decides. So the store agrees with both before, and neither crashes afterwards.
      case 'flush':
        if (names.every((name) => isAgreed(world, world.replicas[name].keeper)))
          out.push([
            'the store comes back empty',
            {
              ...world,
              storms: storms.filter((each) => each !== 'crash'),
              store: { sessions: new Map(), owners: new Map(), version: 0 },
              flushed: true,
            },
          ]);
        break;
      case 'crash':
        out.push(['a crashes', put({ ...world, storms }, 'a', newReplica(world.now, a.opened))]);
        break;
      case 'drain':
        for (const after of tell({ ...world, storms }, 'a', { kind: 'drain' }, bounds))
          out.push(['a drains', after]);
        break;
      case 'outage':
        out.push(['a quarter of an hour passes', { ...world, storms, now: world.now + outage_ms }]);
    }
  }
  return out;
}

function replicaMoves(world: World, name: Name, bounds: KeeperBounds): Move[] {
  const me = world.replicas[name];
  const told = (label: string, from: World, event: KeeperEvent): Move[] =>
    tell(from, name, event, bounds).map((after) => [`${name} ${label}`, after]);
  const out = me.handing.flatMap((batch, i) => {
    const handing = me.handing.filter((_, j) => j !== i);
    return told(`has handed over ${batch.shards}`, put(world, name, { ...me, handing }), {
      ...batch,
      kind: 'handedOver',
    });
  });
  if (!me.message) return [...out, ...told('begins a pass', world, { kind: 'tick' })];
  return [...out, ...messageMoves(world, name, me.message, told)];
}

/** What becomes of a message that was held up on its way. */
function messageMoves(
  world: World,
  name: Name,
  message: Message,
  told: (label: string, from: World, event: KeeperEvent) => Move[],
): Move[] {
  const { question, answer, sentAt } = message;
  const me = world.replicas[name];
  const idle = put(world, name, { ...me, message: undefined });
  const failed = put(world, name, { ...me, message: undefined, failedFrom: sentAt });
  const failure = { kind: 'failed', code: 'coordination_failed', message: 'no answer' } as const;
  const fails = told(`hears nothing of its ${question.kind}`, failed, failure);
  if (answer)
    return [...told(`hears of its ${question.kind}`, idle, { kind: 'answer', answer }), ...fails];
  const done = executed(world, name, message);
  const arrives: Move = [
    `the store does ${name}'s ${question.kind}`,
    done.violation
      ? done
      : put(done, name, { ...me, message: { ...message, answer: done.answer } }),
  ];
  if (world.late || isRead(question)) return [arrives, ...fails];
  const late = { ...failed, late: { name, message } };
  return [arrives, ...fails, ...told(`gives up its ${question.kind}`, late, failure)];
}

const isRead = ({ kind }: Question) => kind === 'poll' || kind === 'survey';

const put = (world: World, name: Name, replica: Replica): World => ({
  ...world,
  replicas: { ...world.replicas, [name]: replica },
});

/**
 * Gives the keeper an event and does what it commands. A question is answered at once, or the
 * adversary holds it up, as often as it may.
 */
function tell(world: World, name: Name, event: KeeperEvent, bounds: KeeperBounds): World[] {
  const me = world.replicas[name];
  const { state, commands } = bounds.next(me.keeper, event, factsAt(world.now));
  const question = commands.find((command) => command.kind === 'ask')?.question;
  const handing = commands.flatMap((command) =>
    command.kind === 'handOver' ? [{ ...command, session: state.session }] : [],
  );
  const opened = question?.kind === 'open' ? me.opened + 1 : me.opened;
  const told = {
    ...me,
    keeper: state,
    opened,
    handing: [...me.handing, ...handing],
  };
  const after = put(world, name, told);
  if (!question) return [checkExpired(after, name, event)];
  const opening = `${name}${opened}`;
  const message = { question, opening, sentAt: world.now, answer: undefined };
  const { answer, ...done } = executed(after, name, message);
  const prompt = answer ? tell(done, name, { kind: 'answer', answer }, bounds) : [done];
  if (!world.delaysLeft || question.kind === 'tellSessions') return prompt;
  const held = put({ ...after, delaysLeft: world.delaysLeft - 1 }, name, { ...told, message });
  return [...prompt, held];
}

/** The store does it; that it refuses what comes in its turn is a violation. */
function executed(
  world: World,
  name: Name,
  message: Message,
): World & { answer: Answer | undefined } {
  const store = copyStore(world.store);
  const answer = execute(store, message, name, world.now);
  const violation = answer
    ? world.violation
    : `K6: the store refuses ${name}'s ${message.question.kind}`;
  return { ...world, store, answer, violation };
}

function checkExpired(world: World, name: Name, { kind }: KeeperEvent): World {
  const { keeper } = world.replicas[name];
  return (kind === 'answer' || kind === 'failed') &&
    keeper.held.size > 0 &&
    stateOf(world.replicas[name], world.now) === 'expired'
    ? { ...world, violation: `K4: ${name} has expired and holds a shard` }
    : world;
}

/** What the store answers; undefined: it refuses the command as one that comes too late. */
function execute(
  store: LeaseData,
  { question, opening: id }: Message,
  name: Name,
  now: number,
): Answer | undefined {
  const table = createLeaseTable(sessionTtl_ms, store);
  const said = { scope: 'all', name, stops: {} };
  switch (question.kind) {
    case 'open': {
      const opened = table.open(id, { ...said, ...question.published }, now);
      return opened === 'opened' ? { kind: 'opened', id } : undefined;
    }
    case 'renew': {
      const { id, sequence, published } = question;
      const renewal = table.renew(id, sequence, { ...said, ...published }, now);
      return renewal === 'refused' ? undefined : { kind: 'renewed', renewal };
    }
    case 'claim': {
      const got = table.claim(question.id, question.sequence, question.shards, now);
      return got === 'refused' ? undefined : { kind: 'claimed', shards: got };
    }
    case 'release': {
      const done = table.release(question.id, question.sequence, question.shards, now);
      return done === 'refused' ? undefined : { kind: 'released' };
    }
    case 'poll':
      return { kind: 'polled', version: table.poll(now) };
    case 'survey':
      return { kind: 'surveyed', survey: table.survey(now) };
    case 'tellSessions':
      return { kind: 'told' };
  }
}

const copyStore = ({ sessions, owners, version }: LeaseData): LeaseData => ({
  sessions: new Map([...sessions].map(([id, session]) => [id, { ...session }])),
  owners: new Map(owners),
  version,
});

/**
 * Two worlds with the same key do the same from here on: times as ages, those that no threshold
 * tells apart as one, versions and numbers only by how they compare.
 */
function keyOf(world: World): string {
  const { now, store, replicas, late } = world;
  const ageOf = (at: number | undefined, most: number) =>
    at === undefined ? '-' : Math.max(-most, Math.min(most, now - at));
  const numberOf = (id: string | undefined, sequence: number) =>
    sequence - (store.sessions.get(id ?? '')?.sequence ?? 0);
  const questionOf = ({ question, opening }: Message) =>
    JSON.stringify({
      ...question,
      ...(question.kind === 'open' ? { opening } : {}),
      ...('sequence' in question ? { sequence: numberOf(question.id, question.sequence) } : {}),
    });
  const taskOf = (task: Task) =>
    task.kind === 'claim'
      ? `${task.why}${task.shards}/${task.got}/${task.orLose}${ageOf(task.confirms, 12_000)}`
      : task.kind + (task.kind === 'renew' ? +task.ifDue : '');
  const isOld = (at = now) => +(now - at >= 60_000);
  const handedFor = (k: Replica['keeper'], shard: number) =>
    k.handOvers - (k.leaving.get(shard) ?? k.handOvers + 1);
  const replicaKey = ({ keeper: k, message, handing, opened, failedFrom }: Replica) => [
    k.session === undefined ? `-${opened}` : k.session,
    numberOf(k.session, k.sequence),
    ...shards.map((shard) =>
      k.held.has(shard) ? `h${handedFor(k, shard)}${isOld(k.heldSince.get(shard))}` : '',
    ),
    ...k.released.map((each) => `r${each.shards}`),
    ...shards.map((shard) => ageOf(k.freeSince.get(shard), 4_000)),
    isOld(k.openedAt),
    ageOf(k.confirmedAt, 12_000) === 12_000 && now - (k.confirmedAt ?? 0) > outage_ms - 60_000
      ? 'x'
      : ageOf(k.confirmedAt, 12_000),
    ageOf(k.failedAt, 8_000),
    ageOf(k.quietUntil, 16_000) === 16_000 ? 0 : Math.min(0, now - k.quietUntil),
    now >= k.renewAt ? 'due' : k.renewAt - now,
    k.survey && (k.survey.version === store.version || k.pass.tasks.length)
      ? `${k.survey.version === store.version}${[...k.survey.owners]}${k.survey.sessions.map(
          (each) => each.id + each.facts.load + (each.facts.leaves ?? ''),
        )}`
      : '',
    Math.min(1, k.shedTokens),
    ageOf(k.refilledAt, 20_000),
    ageOf(k.imbalancedSince, 8_000),
    +k.urgent,
    +k.moving,
    k.publishedLoad,
    +k.draining,
    ...k.pass.tasks.map(taskOf),
    k.pass.asked ? ageOf(k.pass.asked.at, 12_000) : '',
    k.pass.asked ? ageOf(k.pass.beganAt, 4_000) : '',
    message ? questionOf(message) : '',
    message?.answer ? JSON.stringify(answerKey(message.answer, store.version)) : '',
    ...handing.map(
      ({ number, shards: all, session }) => `${k.handOvers - number}:${all}:${session}`,
    ),
    ageOf(failedFrom, 8_000),
  ];
  return [
    ...replicaKey(replicas.a),
    '|',
    ...replicaKey(replicas.b),
    '|',
    ...[...store.sessions].map(
      ([id, { expires, facts }]) =>
        `${id}${Math.max(0, expires - now)}${facts.load}${facts.leaves ?? ''}`,
    ),
    '|',
    [...store.owners].join(';'),
    late ? late.name + questionOf(late.message) : '',
    world.stepsLeft,
    world.delaysLeft,
    world.storms.join(),
    +world.flushed,
  ].join(',');
}

const answerKey = (answer: Answer, version: number) => {
  switch (answer.kind) {
    case 'polled':
      return { ...answer, version: answer.version - version };
    case 'surveyed':
      return [
        answer.survey.version - version,
        [...answer.survey.owners],
        answer.survey.sessions.map(({ id, facts }) => [id, facts.load, facts.leaves]),
      ];
    case 'renewed':
      return answer.renewal === 'lost' ? 'lost' : answer.renewal.mine;
    default:
      return answer;
  }
};
