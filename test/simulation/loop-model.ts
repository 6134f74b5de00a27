import {
  isFinal,
  isHeld,
  type LoopCommand,
  type LoopReason,
  type LoopState,
  type Observed,
  proposed,
  type Stepped,
  type Subject,
} from '../../src/advice/machine-state.ts';
import type { IndexSeen } from '../../src/model/index-seen.ts';

/**
 * The approval loop explored exhaustively: one recommendation, two executors that may crash at any
 * moment or act on what they read long ago, people who approve another content, take back, delete
 * and work on the index by hand, a stop, a target that is deleted, and a server on which every
 * statement ends in every way it can. Time is what it is for the rules: a wait that is over or not.
 * What must hold:
 *
 *   S1  nothing is begun without an approval of this very content, nor under a stop
 *   S2  only an index of ours is dropped
 *   S3  what is said to be in force was seen to be so
 *   S4  it is tried three times at most, without what a stop, a replica or our end has ended
 *   S5  where an index can be hidden, none is dropped that is not
 *   L1  from every state one executor alone comes to rest, and no invalid index of ours is left
 *   L2  at rest the server is as the phase says, and nothing stays hidden that we have hidden
 *   L3  where the target is gone, it is over, says what may be left, and keeps nothing from going
 */
export type Step = (subject: Subject, state: LoopState, seen: Observed, now: number) => Stepped;

export interface LoopVerdictOfModel {
  states: number;
  violation?: { what: string; trace: string[] };
}

type Approval = 'none' | 'good' | 'other' | 'rejects';
interface Index {
  valid: boolean;
  /** `original`: the one that a drop speaks of. */
  by: 'us' | 'dba' | 'original';
  marked: boolean;
  hidden?: 'by us' | 'by hand';
}
/** A session that works: of an executor that waits for it, or of one that has crashed. */
interface Session {
  command: 'build' | 'drop' | 'hide' | 'show';
  of: Name | 'crashed';
}
type Name = 'a' | 'b';

interface Truth {
  approval: Approval;
  stop: boolean;
  index: Index | undefined;
  busy: boolean;
}
interface Read {
  state: LoopState;
  seen: Observed;
  truth: Truth;
  stale: boolean;
}
interface Executor {
  /** Its session has the server's lock for executors, from the look to the last command. */
  holds: boolean;
  /** What it read, and whether somebody has written since. */
  read?: Read;
  /** Written, and to be done now. */
  todo: LoopCommand['kind'][];
  truth?: Truth;
}
interface World {
  status: LoopState;
  gone: boolean;
  deleted: boolean;
  targetGone: boolean;
  approval: Approval;
  expired: boolean;
  stop: boolean;
  index: Index | undefined;
  session: Session | undefined;
  builds: number;
  /** How often somebody has done something, crashes included. */
  acts: number;
  executors: Record<Name, Executor>;
}

/** Of a drop: at once, or hidden first. */
export type Kind = Subject['kind'] | 'hide-and-drop';
type Move = [label: string, next: World | { violation: string }];

const subjectOf = (kind: Kind, expired: boolean): Subject => ({
  kind: kind === 'create-index' ? kind : 'drop-index',
  contentHash: 'good',
  expiresAt: expired ? 0 : 10,
  autoRollback: true,
  hides: kind === 'hide-and-drop',
});
const lagging = 'brake_replication_lag';
const closedByLag = { kind: 'closed', reason: lagging, stop: false } as const;
const stopped = 'emergency_stop';
const closedByStop = { kind: 'closed', reason: stopped, stop: true } as const;
const closedByEnd = { kind: 'closed', reason: 'program_ending', stop: false } as const;
const pauses: readonly string[] = [lagging, stopped, 'program_ending'];
const isPause = (failed: { reason: string } | undefined): boolean =>
  pauses.includes(failed?.reason ?? '');
/** Waits end by the move `wait`; until then they are in the future. */
const now = 5;
const later = 9;

const idle: Executor = { holds: false, todo: [] };
const fresh = (kind: Kind): World => ({
  status: normal(proposed(now)),
  gone: false,
  deleted: false,
  targetGone: false,
  approval: 'none',
  expired: false,
  stop: false,
  index: original(kind),
  session: undefined,
  builds: 0,
  acts: 0,
  executors: { a: idle, b: idle },
});
const original = (kind: Kind): Index | undefined =>
  kind === 'create-index' ? undefined : { valid: true, by: 'original', marked: false };

/** States that differ only by when something was are the same. */
function normal(state: LoopState): LoopState {
  const { intent, appliedAt, failure, ...rest } = state;
  return {
    ...rest,
    since: 0,
    reason: 'under_way',
    attempt: Math.min(state.attempt, 4),
    notBefore: state.notBefore > now ? later : 0,
    ...(intent ? { intent: { command: intent.command, at: now } } : {}),
    ...(failure?.final || isPause(failure) ? { failure } : {}),
    ...(appliedAt === undefined ? {} : { appliedAt: 0 }),
  };
}

export interface LoopModelOptions {
  /** A guard that is no rule of the machine. */
  without?: 'lock';
  executors?: 1 | 2;
  /** Of people and of misfortune, besides the first approval. */
  acts?: number;
}
let without: 'lock' | undefined;

export function checkLoop(
  kind: Kind,
  step: Step,
  options: LoopModelOptions = {},
): LoopVerdictOfModel {
  without = options.without;
  mostActs = options.acts ?? 1;
  names = options.executors === 1 ? ['a'] : ['a', 'b'];
  const from = new Map<string, { before: string; label: string }>();
  const start = JSON.stringify(fresh(kind));
  from.set(start, { before: '', label: '' });
  const queue = [start];
  const fail = (what: string, at: string, label?: string): LoopVerdictOfModel => {
    const trace = label === undefined ? [] : [label];
    for (let key = at; key !== start; ) {
      const { before, label: by } = from.get(key) ?? { before: start, label: '?' };
      trace.unshift(by);
      key = before;
    }
    return { states: from.size, violation: { what, trace } };
  };
  const restOf = remembered(kind, step);
  for (let i = 0; i < queue.length; i += 1) {
    const key = queue[i] as string;
    const unrest = restOf(JSON.parse(key) as World);
    if (unrest) return fail(unrest, key);
    for (const [label, next] of moves(kind, step, JSON.parse(key) as World)) {
      if ('violation' in next) return fail(next.violation, key, label);
      const reached = keyOf(next);
      if (from.has(reached)) continue;
      from.set(reached, { before: key, label });
      queue.push(reached);
    }
  }
  return { states: from.size };
}

/** Executors are alike: which of them did what makes no difference. */
function keyOf(world: World): string {
  const [a, b] = (['a', 'b'] as const).map((name) =>
    JSON.stringify([world.executors[name], world.session?.of === name]),
  );
  if (names.length === 1 || (a ?? '') <= (b ?? '')) return JSON.stringify(world);
  const { session, executors } = world;
  const of = session && (session.of === 'a' ? 'b' : session.of === 'b' ? 'a' : session.of);
  return JSON.stringify({
    ...world,
    session: session && of ? { ...session, of } : session,
    executors: { a: executors.b, b: executors.a },
  });
}

/** How things come to rest does not depend on what executors were doing, once they have crashed. */
function remembered(kind: Kind, step: Step) {
  const known = new Map<string, string | undefined>();
  return (world: World): string | undefined => {
    const key = JSON.stringify(atRestFrom(world));
    if (!known.has(key)) known.set(key, rest(kind, step, world));
    return known.get(key);
  };
}

function moves(kind: Kind, step: Step, world: World): Move[] {
  return [
    ...people(kind, world),
    ...time(world),
    ...sessionEnds(kind, world),
    ...names.flatMap((name) => [
      ...look(kind, world, name),
      ...write(kind, step, world, name),
      ...run(kind, world, name),
      ...crash(world, name),
    ]),
  ];
}

let mostActs = 1;
let names: readonly Name[] = ['a', 'b'];

const time = (world: World): Move[] =>
  world.status.notBefore > now
    ? [['time: the wait is over', { ...world, status: { ...world.status, notBefore: 0 } }]]
    : [];

const shown = ({ valid, by, marked }: Index): Index => ({ valid, by, marked });

function people(kind: Kind, world: World): Move[] {
  const moves: Move[] = [];
  if (world.approval === 'none' && !world.gone && world.acts === 0)
    moves.push(['approval: good', { ...world, approval: 'good' }]);
  if (world.acts >= mostActs) return moves;
  const acts = world.acts + 1;
  const to = (label: string, change: Partial<World>) =>
    moves.push([label, { ...world, acts, ...change }]);
  if (!world.gone)
    for (const approval of ['none', 'good', 'other', 'rejects'] as const)
      if (approval !== world.approval) to(`approval: ${approval}`, { approval });
  to(world.stop ? 'the stop is lifted' : 'a stop', { stop: !world.stop });
  if (!world.expired) to('time: it expires', { expired: true });
  if (!world.deleted) to('deleted', { deleted: true, gone: !isHeld(world.status) });
  if (!world.targetGone) to('the target is deleted', { targetGone: true });
  if (!world.session && world.index) to('by hand: dropped', { index: undefined });
  if (!world.session && world.index?.hidden) to('by hand: shown', { index: shown(world.index) });
  else if (!world.session && world.index && kind === 'hide-and-drop')
    to('by hand: hidden', { index: { ...world.index, hidden: 'by hand' } });
  if (!world.session && !world.index)
    to('by hand: created', { index: { valid: true, by: 'dba', marked: false } });
  return moves;
}

const truthOf = ({ approval, stop, index, session }: World): Truth => ({
  approval,
  stop,
  index,
  busy: session !== undefined,
});

function look(kind: Kind, world: World, name: Name): Move[] {
  const me = world.executors[name];
  if (world.gone || me.read || me.todo.length) return [];
  const { status } = world;
  const other = world.executors[name === 'a' ? 'b' : 'a'];
  const busy = world.session !== undefined || (other.holds && !without);
  // Under a stop a server is asked only where something may run or be left of it.
  const begun = status.phase === 'Applying' || status.phase === 'Cleaning';
  const asks = !world.targetGone && (!world.stop || begun);
  const seen: Observed = {
    gate: world.stop || world.targetGone ? closedByStop : { kind: 'open' },
    deleted: world.deleted,
    ...(world.targetGone ? { targetGone: { left: 'an index' } } : {}),
    ...(world.approval === 'none'
      ? {}
      : {
          approval: {
            contentHash: world.approval === 'other' ? 'other' : 'good',
            by: 'somebody',
            rejects: world.approval === 'rejects',
          },
        }),
    ...(asks ? { server: busy ? ({ kind: 'busy' } as const) : seenOf(kind, world) } : {}),
    preflight: { kind: 'ok' },
  };
  const variants: [string, Observed][] = [['looks', seen]];
  if (asks && world.stop) {
    const { server: _, ...unseen } = seen;
    variants.push(['does not reach the server', unseen]);
  }
  if (asks && (status.phase === 'Observing' || status.phase === 'Hidden'))
    variants.push(
      ['sees an improvement', { ...seen, verdict: { kind: 'improved' } }],
      ['sees a regression', { ...seen, verdict: { kind: 'regression', reason: 'regression' } }],
    );
  if (asks && status.phase === 'Applying')
    variants.push([
      'sees it refused',
      { ...seen, failed: { reason: 'online_refused', final: true } },
    ]);
  if (asks && begun && world.builds > 0 && world.acts < mostActs)
    variants.push(...paused(world.stop, busy, seen));
  return variants.map(([label, variant]) => [
    `${name} ${label}`,
    withExecutor({ ...world, acts: world.acts + (isMisfortune(variant) ? 1 : 0) }, name, {
      todo: [],
      holds: asks && !busy,
      read: { state: status, seen: variant, truth: truthOf(world), stale: false },
    }),
  ]);
}

/** What runs is ended for a replica, a stop or our own end: by whoever ran it, or who finds it. */
function paused(stop: boolean, busy: boolean, seen: Observed): [string, Observed][] {
  const failed = (reason: LoopReason) => ({ failed: { reason, final: false } });
  if (stop) return busy ? [] : [['sees it stopped', { ...seen, ...failed(stopped) }]];
  return busy
    ? [['sees a replica behind', { ...seen, gate: closedByLag }]]
    : [
        ['sees it ended', { ...seen, ...failed(lagging) }],
        ['has to end', { ...seen, gate: closedByEnd, ...failed('program_ending') }],
      ];
}

/** As those of people. */
const isMisfortune = ({ gate, failed }: Observed): boolean =>
  gate === closedByLag || isPause(failed);

function seenOf(kind: Kind, { index }: World): IndexSeen {
  if (!index) return { kind: 'absent' };
  const ours =
    index.by === 'original' || (index.by === 'us' && (index.marked || kind !== 'create-index'));
  const whose = ours ? 'ours' : index.by === 'us' ? 'unmarked' : 'foreign';
  return {
    kind: 'present',
    valid: index.valid,
    whose,
    ...(index.hidden ? { hidden: true } : {}),
  };
}

const withExecutor = (world: World, name: Name, executor: Executor): World => ({
  ...world,
  executors: { ...world.executors, [name]: executor },
});

/** The status is written on condition that nobody has written since it was read. */
function write(kind: Kind, step: Step, world: World, name: Name): Move[] {
  const { read, holds } = world.executors[name];
  if (!read) return [];
  const label = `${name} writes`;
  if (read.stale || world.gone) return [[label, withExecutor(world, name, idle)]];
  const { state, commands } = step(subjectOf(kind, world.expired), read.state, read.seen, now);
  const wrong = unfounded(kind, read.state, state, read.truth);
  if (wrong) return [[label, { violation: wrong }]];
  if (read.seen.targetGone && isHeld(read.state) && state.detail === undefined)
    return [[label, { violation: 'L3: nothing is said of what may be left' }]];
  const kinds = commands.map((each) => each.kind);
  const next = normal(state);
  const changed = JSON.stringify(next) !== JSON.stringify(world.status);
  const other = name === 'a' ? 'b' : 'a';
  const others = world.executors[other];
  const restarted = next.phase === 'Proposed' || next.phase === 'Withdrawn';
  return [
    [
      label,
      {
        ...world,
        status: next,
        builds: restarted ? 0 : Math.max(0, world.builds - (isExcused(read, state) ? 1 : 0)),
        executors: {
          ...world.executors,
          [name]: kinds.length ? { holds, todo: kinds, truth: read.truth } : idle,
          [other]:
            changed && others.read ? { ...others, read: { ...others.read, stale: true } } : others,
        } as Record<Name, Executor>,
      },
    ],
  ];
}

/** A build was ended, once: seen by who ran it, or about to be by who finds it running. */
const isExcused = ({ state: before, seen }: Pick<Read, 'state' | 'seen'>, after: LoopState) =>
  before.phase === 'Applying' &&
  !isPause(before.failure) &&
  (isPause(seen.failed) || isPause(after.failure));

/** S3. */
function unfounded(
  kind: Kind,
  before: LoopState,
  after: LoopState,
  truth: Truth,
): string | undefined {
  if (before.phase === after.phase || !['Hidden', 'Observing', 'Kept'].includes(after.phase))
    return undefined;
  if (truth.busy) return `S3: ${after.phase} while the server was at work`;
  if (after.phase === 'Hidden')
    return truth.index?.hidden ? undefined : 'S3: Hidden while plans use it';
  const there = truth.index !== undefined && truth.index.by === 'us' && truth.index.valid;
  if (kind === 'create-index' && !there) return `S3: ${after.phase} without a valid index of ours`;
  if (kind !== 'create-index' && truth.index) return `S3: ${after.phase} with an index`;
  return undefined;
}

function run(kind: Kind, world: World, name: Name): Move[] {
  const me = world.executors[name];
  const [command, ...todo] = me.todo;
  if (!command || me.read) return [];
  // It waits for the answer of its own session.
  if (world.session?.of === name) return [];
  const label = `${name}: ${command}`;
  const after = withExecutor(
    world,
    name,
    todo.length && me.truth ? { holds: me.holds, todo, truth: me.truth } : idle,
  );
  const wrong = forbidden(kind, world, command, me.truth);
  if (wrong) return [[label, { violation: wrong }]];
  switch (command) {
    case 'release':
      return [[label, { ...after, gone: after.gone || after.deleted }]];
    case 'mark': {
      const { index, session } = after;
      const can = index?.by === 'us' && !session;
      return [[label, can ? { ...after, index: { ...index, marked: true } } : after]];
    }
    case 'cancel':
      return [[label, after]];
    case 'build':
    case 'drop':
    case 'hide':
    case 'show': {
      // One session at a time has the lock; a statement that cannot be is refused by the server.
      const has = (me.holds || without) && !world.session;
      const can = has && world.index?.by !== 'dba' && fits(command, world.index);
      if (!can) return [[label, after]];
      const builds = Math.min(9, after.builds + (command === 'build' ? 1 : 0));
      return [[label, { ...after, builds, session: { command, of: name } }]];
    }
    default:
      return command satisfies never;
  }
}

const fits = (command: Session['command'], index: Index | undefined): boolean =>
  command === 'build'
    ? index === undefined
    : index !== undefined && (command !== 'show' || index.hidden !== undefined);

/** S1, S2, S4, S5. */
function forbidden(
  kind: Kind,
  world: World,
  command: LoopCommand['kind'],
  truth: Truth | undefined,
): string | undefined {
  if (command === 'release' || command === 'mark' || command === 'cancel') return undefined;
  if (truth?.stop) return `S1: ${command} under a stop`;
  const applies = world.status.phase === 'Applying' || world.status.phase === 'Cleaning';
  const begins =
    kind === 'create-index'
      ? command === 'build'
      : command === 'hide' || (command === 'drop' && truth?.index?.valid);
  if (applies && begins && truth?.approval !== 'good') return `S1: ${command} without an approval`;
  if (kind === 'create-index' && command === 'build' && world.builds >= 3)
    return 'S4: a fourth build';
  if (command !== 'build' && truth?.index?.by === 'dba')
    return `S2: ${command} of what is not ours`;
  if (kind === 'hide-and-drop' && command === 'drop' && applies && !truth?.index?.hidden)
    return 'S5: drops what is not hidden';
  return undefined;
}

function sessionEnds(kind: Kind, world: World): Move[] {
  const { session, index } = world;
  if (!session) return [];
  const ended = { ...world, session: undefined };
  if (session.command === 'build') {
    const made = { by: kind === 'create-index' ? 'us' : 'original', marked: false } as const;
    return [
      ['the build ends', { ...ended, index: { ...made, valid: true } }],
      // Where an index can be hidden, what fails leaves nothing.
      ...(kind === 'hide-and-drop'
        ? []
        : ([
            [
              'the build fails and leaves it invalid',
              { ...ended, index: { ...made, valid: false } },
            ],
          ] as Move[])),
      ['the build fails and leaves nothing', ended],
    ];
  }
  if (session.command === 'hide' || session.command === 'show') {
    const hides = session.command === 'hide';
    const to = index && (hides ? { hidden: 'by us' as const, ...index } : shown(index));
    return [
      [`the ${session.command} ends`, { ...ended, index: to }],
      [`the ${session.command} fails`, ended],
    ];
  }
  return [
    ['the drop ends', { ...ended, index: undefined }],
    ['the drop fails', ended],
    ...(index && kind !== 'hide-and-drop'
      ? ([
          ['the drop leaves it invalid', { ...ended, index: { ...index, valid: false } }],
        ] as Move[])
      : []),
  ];
}

/** Its session goes on; of one that only loses its connection, the lock is free. */
function crash(world: World, name: Name): Move[] {
  const me = world.executors[name];
  if (!me.read && !me.todo.length && world.session?.of !== name) return [];
  if (world.acts >= mostActs) return [];
  const acts = world.acts + 1;
  const lost = { ...withExecutor(world, name, { ...me, holds: false }), acts };
  return [
    [`${name} crashes`, { ...crashed(world, name), acts }],
    ...(me.holds && world.session?.of !== name
      ? ([[`${name} loses its connection`, lost]] as Move[])
      : []),
  ];
}
const crashed = (world: World, name: Name): World => ({
  ...withExecutor(world, name, idle),
  session: world.session?.of === name ? { ...world.session, of: 'crashed' } : world.session,
});

const atRestFrom = (world: World): World => ({
  ...crashed(crashed(world, 'a'), 'b'),
  stop: false,
  acts: 0,
});

/** More than all waits and attempts of both directions need. */
const enoughPasses = 40;

/**
 * L1, L2: everybody crashes, what runs ends badly, the stop is lifted, and one executor goes on on
 * a server that does what it is asked.
 */
function rest(kind: Kind, step: Step, start: World): string | undefined {
  let world = atRestFrom(start);
  if (world.session) world = sessionEnds(kind, world).map(([, next]) => next as World)[1] ?? world;
  for (let pass = 0; pass < enoughPasses && !world.gone; pass += 1) {
    world = { ...world, status: { ...world.status, notBefore: 0 } };
    const before = JSON.stringify(world);
    const read = look(kind, world, 'a')[0]?.[1] as World;
    const [written] = write(kind, step, read, 'a');
    if (!written || 'violation' in written[1]) return undefined;
    world = written[1];
    while (world.executors.a.todo.length) {
      const done = run(kind, world, 'a')[0]?.[1];
      if (!done || 'violation' in done) return undefined;
      world = done.session ? (sessionEnds(kind, done)[0]?.[1] as World) : done;
    }
    if (JSON.stringify(world) === before) break;
  }
  return restless(kind, world);
}

function restless(
  kind: Kind,
  { status, gone, deleted, index, targetGone }: World,
): string | undefined {
  const { phase } = status;
  if (targetGone)
    return gone || (isFinal(status) && !deleted) ? undefined : `L3: no end in ${phase}`;
  const made = index && index.by !== 'dba';
  if (made && !index.valid) return `L1: an invalid index is left in ${phase}`;
  if (made && index.hidden === 'by us' && (gone || phase !== 'Hidden'))
    return `L2: an index is left hidden in ${phase}`;
  if (gone || deleted) return undefined;
  const resting =
    isFinal(status) || ['Proposed', 'Withdrawn', 'Hidden', 'Observing'].includes(phase);
  if (!resting) return `L1: no rest in ${phase}`;
  if (kind === 'create-index' && made && !['Observing', 'Kept'].includes(phase))
    return `L2: an index of ours is left in ${phase}`;
  return undefined;
}
