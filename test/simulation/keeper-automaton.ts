import { next } from '../../src/coordination/keeper-next.ts';
import {
  type Answer,
  initialKeeper,
  type KeeperFacts,
  type KeeperState,
  mayStartIn,
  type Question,
} from '../../src/coordination/keeper-state.ts';

/**
 * One lease keeper, the very function, against a store that answers anything: for one shard, every
 * state that it can be in, and for each whether something may start there. States that no observer
 * of that could ever tell apart are one (bisimulation), so that the model of ownership can have a
 * real keeper in each of its replicas and stay small.
 */
export interface KeeperAutomaton {
  /** States of the keeper before they were joined. */
  states: number;
  /** By class: something may start in the shard. */
  mayStart: readonly boolean[];
  /** By class: where one event, or some time, can lead. */
  after: readonly (readonly number[])[];
  /** The class of a process that has just begun. */
  initial: number;
}

const shard = 0;
/** A step within all limits, one past a confirmation, one past any outage. */
const waits_ms = [4_000, 9_000, 16 * 60_000];

export function keeperAutomaton(): KeeperAutomaton {
  const nodes = new Map<string, { id: number; mayStart: boolean; after: Set<string> }>();
  const start: Node = { keeper: initialKeeper(0), now: 0 };
  const visit = (node: Node) => {
    nodes.set(keyOf(node), {
      id: nodes.size,
      mayStart: mayStartIn(node.keeper, shard, factsAt(node.now)),
      after: new Set(),
    });
    return node;
  };
  let frontier = [visit(start)];
  while (frontier.length) {
    const found: Node[] = [];
    for (const node of frontier)
      for (const reached of reachable(node)) {
        nodes.get(keyOf(node))?.after.add(keyOf(reached));
        if (!nodes.has(keyOf(reached))) found.push(visit(reached));
      }
    frontier = found;
  }
  const all = [...nodes.values()];
  const links = all.map(({ after }) => [...after].map((key) => nodes.get(key)?.id ?? 0));
  return joined(
    all.map(({ mayStart }) => mayStart),
    links,
  );
}

interface Node {
  keeper: KeeperState;
  now: number;
}

const factsAt = (now: number): KeeperFacts => ({
  now,
  chance: 0.5,
  shards: [shard],
  weight: () => 1,
  watchAlive: true,
  silent_ms: 0,
  mayMove: true,
  onOutage: 'continue',
});

function reachable({ keeper, now }: Node): Node[] {
  const asked = keeper.pass.asked?.question;
  const facts = factsAt(now);
  const events = asked
    ? [
        ...answersTo(asked, keeper).map((answer) => ({ kind: 'answer', answer }) as const),
        { kind: 'failed', code: 'coordination_failed', message: 'no answer' } as const,
      ]
    : [{ kind: 'tick' } as const];
  return [
    ...events.map((event) => ({ keeper: next(keeper, event, facts).state, now })),
    ...waits_ms.map((wait) => ({ keeper, now: now + wait })),
  ];
}

/** All that a store could say, true or not. */
function answersTo(question: Question, { session, survey }: KeeperState): Answer[] {
  const facts = { scope: 'all', name: 'x', stops: {} };
  switch (question.kind) {
    case 'open':
      return [{ kind: 'opened', id: 'me' }];
    case 'renew':
      return [
        { kind: 'renewed', renewal: 'lost' },
        ...[[], [shard]].map(
          (mine) => ({ kind: 'renewed', renewal: { version: 0, mine } }) satisfies Answer,
        ),
      ];
    case 'claim':
      return (['lost', [], [shard]] as const).map((shards) => ({ kind: 'claimed', shards }));
    case 'release':
      return [{ kind: 'released' }];
    case 'poll':
      return [0, 1].map((more) => ({ kind: 'polled', version: (survey?.version ?? 0) + more }));
    case 'survey':
      return [undefined, session, 'peer', 'dead'].flatMap((owner) =>
        [0, 9].map((load) => ({
          kind: 'surveyed' as const,
          survey: {
            version: 0,
            owners: new Map(owner === undefined ? [] : [[shard, owner]]),
            sessions: [
              { id: session ?? '', facts: { ...facts, load: 0 } },
              { id: 'peer', facts: { ...facts, load } },
            ],
          },
        })),
      );
    case 'tellSessions':
      return [{ kind: 'told' }];
  }
}

function keyOf({ keeper: k, now }: Node): string {
  const age = (at: number | undefined, most: number) =>
    at === undefined ? '-' : Math.max(-most, Math.min(most, now - at));
  return [
    k.session ?? '',
    [...k.held],
    [...k.leaving.keys()],
    age(k.freeSince.get(shard), 4_000),
    now - (k.confirmedAt ?? now) > 15 * 60_000 ? 'long' : age(k.confirmedAt, 12_000),
    age(k.failedAt, 5_000),
    Math.min(0, now - k.quietUntil),
    Math.max(-2_000, Math.min(0, now - k.renewAt)),
    k.survey ? `${[...k.survey.owners]}/${k.survey.sessions.map((each) => each.facts.load)}` : '',
    +k.urgent,
    +k.moving,
    k.publishedLoad,
    ...k.pass.tasks.map((task) =>
      task.kind === 'claim'
        ? `${task.why}${task.shards}/${task.got}/${task.orLose}/${age(task.confirms, 12_000)}`
        : task.kind,
    ),
    k.pass.asked ? age(k.pass.asked.at, 12_000) : '',
    k.pass.asked ? age(k.pass.beganAt, 4_000) : '',
  ].join(';');
}

/**
 * Partition refinement up to stuttering: two states are one while they show the same and lead to
 * the same classes, by whatever detours within their own.
 */
function joined(
  mayStart: readonly boolean[],
  links: readonly (readonly number[])[],
): KeeperAutomaton {
  let classes = mayStart.map(Number);
  let exits = exitsOf(classes, links);
  for (let count = 0; ; ) {
    const names = new Map<string, number>();
    classes = classes.map((own, i) => {
      const name = `${own}:${[...(exits[i] ?? [])].toSorted()}`;
      if (!names.has(name)) names.set(name, names.size);
      return names.get(name) ?? 0;
    });
    exits = exitsOf(classes, links);
    if (names.size === count) break;
    count = names.size;
  }
  const first = [...new Set(classes)].map((each) => classes.indexOf(each));
  return {
    states: mayStart.length,
    mayStart: first.map((node) => mayStart[node] === true),
    after: first.map((node) => [...(exits[node] ?? [])]),
    initial: classes[0] ?? 0,
  };
}

/** By state: the other classes that it can get to without leaving its own before. */
function exitsOf(
  classes: readonly number[],
  links: readonly (readonly number[])[],
): ReadonlySet<number>[] {
  const exits = classes.map(() => new Set<number>());
  for (let grown = true; grown; ) {
    grown = false;
    for (let i = classes.length - 1; i >= 0; i -= 1) {
      const mine = exits[i] as Set<number>;
      const before = mine.size;
      for (const to of links[i] ?? [])
        for (const each of classes[to] === classes[i]
          ? (exits[to] as Set<number>)
          : [classes[to] as number])
          mine.add(each);
      grown ||= mine.size > before;
    }
  }
  return exits;
}
