import type { KeeperAutomaton } from './keeper-automaton.ts';

/**
 * The protocol of ownership as a small state machine, explored exhaustively: two replicas, each
 * with a real lease keeper, one target, and an adversary who may do anything with Redis, delay
 * every message, show stale caches, crash replicas, and let everybody sleep for as long as it likes
 * (a replica that does nothing is one that is paused). What must hold in every reachable state:
 *
 *   S1  at most one replica collects on the server
 *   S2  the owner in the status never goes back, and an epoch has one holder
 */
export interface ModelOptions {
  without?: 'database-lock' | 'fence' | 'epoch-in-etcd';
  /** Epochs grow without end; so many show everything that two replicas can do to each other. */
  epochs?: number;
  keepers: KeeperAutomaton;
}

export interface Verdict {
  states: number;
  violation?: { what: string; trace: string[] };
}

type Name = 'a' | 'b';
const names: readonly Name[] = ['a', 'b'];
const other = (name: Name): Name => (name === 'a' ? 'b' : 'a');

interface ReplicaState {
  /** The class of its lease keeper's state: may it start something, what can it become. */
  keeper: number;
  /** The epoch that it raised; 0: none. */
  epoch: number;
  /** What its cache shows of the status. */
  seen: number;
  phase: 'idle' | 'connecting' | 'collecting';
  /** Its connection was terminated by a newer owner; it does not know yet. */
  broken: boolean;
  /**
   * A status write on its way, with this epoch; 0: none. It may arrive after its sender has died.
   */
  writing: number;
}

interface State {
  replicas: Record<Name, ReplicaState>;
  /** For the variant that keeps tokens in Redis. */
  counter: number;
  /** The status in etcd. */
  status: { holder: Name | '-'; epoch: number };
  /** The database's lock. */
  lock: Name | '-';
  lockEpoch: number;
  /** Set by a transition that broke S2. */
  wentBack: boolean;
}

const fresh = ({ keepers }: ModelOptions): ReplicaState => ({
  keeper: keepers.initial,
  epoch: 0,
  seen: 0,
  phase: 'idle',
  broken: false,
  writing: 0,
});
const initial = (options: ModelOptions): State => ({
  replicas: { a: fresh(options), b: fresh(options) },
  counter: 0,
  status: { holder: '-', epoch: 0 },
  lock: '-',
  lockEpoch: 0,
  wentBack: false,
});

type Step = [label: string, next: State];

export function check(options: ModelOptions): Verdict {
  const limit = options.epochs ?? 4;
  const seen = new Map<string, { from: string; label: string }>();
  const start = key(initial(options));
  seen.set(start, { from: '', label: '' });
  let frontier: State[] = [initial(options)];
  while (frontier.length) {
    const next: State[] = [];
    for (const state of frontier) {
      const from = key(state);
      for (const [label, reached] of steps(state, options, limit)) {
        const id = key(reached);
        if (seen.has(id)) continue;
        seen.set(id, { from, label });
        const what = violated(reached);
        if (what) return { states: seen.size, violation: { what, trace: trace(id, seen) } };
        next.push(reached);
      }
    }
    frontier = next;
  }
  return { states: seen.size };
}

function violated({ replicas, wentBack }: State): string | undefined {
  if (wentBack) return 'S2: the status went back to a former owner';
  const collecting = names.filter(
    (name) => replicas[name].phase === 'collecting' && !replicas[name].broken,
  );
  return collecting.length > 1 ? 'S1: both collect on the server' : undefined;
}

function trace(id: string, seen: ReadonlyMap<string, { from: string; label: string }>): string[] {
  const labels: string[] = [];
  for (let at = seen.get(id); at?.from; at = seen.get(at.from)) labels.unshift(at.label);
  return labels;
}

const key = ({ replicas: { a, b }, counter, status, lock, lockEpoch, wentBack }: State): string =>
  [a, b]
    .map((r) => `${r.keeper}.${r.epoch}${r.seen}${r.phase.slice(0, 4)}${+r.broken}${r.writing}`)
    .join('|') + `|${counter}|${status.holder}${status.epoch}|${lock}${lockEpoch}|${+wentBack}`;

function steps(state: State, options: ModelOptions, limit: number): Step[] {
  const out: Step[] = [];
  if (options.without === 'epoch-in-etcd' && state.counter > 0)
    out.push(['Redis loses its counter', { ...state, counter: state.counter - 1 }]);
  for (const name of names) out.push(...replicaSteps(state, name, options, limit));
  return out;
}

function replicaSteps(state: State, name: Name, options: ModelOptions, limit: number): Step[] {
  const me = state.replicas[name];
  const put = (change: Partial<ReplicaState>, rest: Partial<State> = {}): State => ({
    ...state,
    ...rest,
    replicas: { ...(rest.replicas ?? state.replicas), [name]: { ...me, ...change } },
  });
  const out: Step[] = [];
  const add = (label: string, next: State) => out.push([`${name} ${label}`, next]);

  // Redis may forget, lose a write in a failover, hand the shard to anybody, or be silent.
  const { keepers } = options;
  for (const keeper of keepers.after[me.keeper] ?? [])
    add(keepers.mayStart[keeper] ? 'may start' : 'may not start', put({ keeper }));
  const mayStart = keepers.mayStart[me.keeper] === true;
  if (me.seen !== state.status.epoch) {
    // The watch catches up; a higher epoch than mine means that I am out.
    const out_ = state.status.epoch > me.epoch;
    add('sees the status', put({ seen: state.status.epoch, ...(out_ ? { epoch: 0 } : {}) }));
  }
  if (mayStart && me.phase === 'idle' && me.epoch === 0)
    out.push(...raise(state, name, options, limit, put));
  if (mayStart && me.epoch > 0 && me.phase === 'idle')
    add('connects', put({ phase: 'connecting' }));
  if (me.phase === 'connecting') out.push(...takeLock(state, name, options, put));
  if (me.phase === 'collecting') {
    const unlock = state.lock === name ? { lock: '-' as const, lockEpoch: 0 } : {};
    add(
      'ends its cycle',
      put(
        { phase: 'idle', broken: false, ...(me.epoch && !me.writing ? { writing: me.epoch } : {}) },
        unlock,
      ),
    );
    if (me.broken) add('finds its connection gone', put({ phase: 'idle', broken: false }));
  }
  if (me.writing) {
    add('write arrives', deliver(state, name, options, put));
    add('write is lost', put({ writing: 0 }));
  }
  // A crash frees what the database held for it; a message on its way still arrives.
  if (me.epoch || me.keeper !== keepers.initial || me.phase !== 'idle')
    add(
      'crashes',
      put(
        { ...fresh(options), writing: me.writing },
        state.lock === name ? { lock: '-', lockEpoch: 0 } : {},
      ),
    );
  return out;
}

type Put = (change: Partial<ReplicaState>, rest?: Partial<State>) => State;

function raise(
  state: State,
  name: Name,
  { without }: ModelOptions,
  limit: number,
  put: Put,
): Step[] {
  const me = state.replicas[name];
  if (without === 'epoch-in-etcd') {
    // The token comes from Redis; the API server only refuses what is lower.
    const epoch = state.counter + 1;
    if (epoch > limit) return [];
    if (epoch < state.status.epoch) return [[`${name} is refused`, put({}, { counter: epoch })]];
    const wentBack = epoch === state.status.epoch && state.status.holder !== name;
    return [
      [
        `${name} raises to ${epoch}`,
        put({ epoch, seen: epoch }, { counter: epoch, status: { holder: name, epoch }, wentBack }),
      ],
    ];
  }
  const epoch = me.seen + 1;
  if (epoch > limit) return [];
  // fenced: it waits for its watch
  if (epoch !== state.status.epoch + 1 && without !== 'fence') return [];
  const wentBack =
    epoch < state.status.epoch || (epoch === state.status.epoch && state.status.holder !== name);
  const status = { holder: name, epoch };
  return [
    [`${name} raises to ${epoch}`, put({ epoch, seen: epoch }, { status, wentBack })],
    // The answer is lost: the epoch is its own without its knowing; the same raise again is
    // accepted.
    [`${name} raises to ${epoch}, unanswered`, put({}, { status, wentBack })],
    ...(state.status.holder === name && state.status.epoch === epoch
      ? ([[`${name} raises to ${epoch} again`, put({ epoch, seen: epoch })]] as Step[])
      : []),
  ];
}

function takeLock(state: State, name: Name, { without }: ModelOptions, put: Put): Step[] {
  const me = state.replicas[name];
  const taken = put({ phase: 'collecting' }, { lock: name, lockEpoch: me.epoch });
  if (state.lock === '-' || without === 'database-lock') return [[`${name} collects`, taken]];
  if (state.lock === name) return [];
  const peer = other(name);
  const again: Step = [`${name} is deferred`, put({ phase: 'idle' })];
  if (state.lockEpoch >= me.epoch) return [again];
  // The holder is a former owner: its session is terminated, whatever it is doing.
  const replicas = { ...state.replicas, [peer]: { ...state.replicas[peer], broken: true } };
  return [
    [
      `${name} terminates ${peer} and collects`,
      { ...taken, replicas: { ...replicas, [name]: taken.replicas[name] } },
    ],
    again,
  ];
}

function deliver(state: State, name: Name, { without }: ModelOptions, put: Put): State {
  const { writing } = state.replicas[name];
  const mine = state.status.holder === name && state.status.epoch === writing;
  if (mine) return put({ writing: 0 });
  if (without === 'fence')
    return put({ writing: 0 }, { status: { holder: name, epoch: writing }, wentBack: true });
  return put({ writing: 0, epoch: 0 }); // fenced
}
