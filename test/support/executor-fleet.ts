import type { GateSeen, LoopState, LoopVerdict } from '../../src/advice/machine-state.ts';
import { proposed } from '../../src/advice/machine-state.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { IndexWork } from '../../src/engines/index-work.ts';
import type { ExecutorPorts, Recommendation } from '../../src/executor/ports.ts';
import type { WorkFailure } from '../../src/model/index-seen.ts';
import type { FakeClock } from './fake-clock.ts';

/**
 * Many servers with many recommendations, on a clock that is moved: servers of which nothing is
 * told but how long they take. It notes what an executor's loop must never do.
 */
export interface FleetOptions {
  clock: FakeClock;
  /** Server of each recommendation. */
  servers: readonly string[];
  /** Of a statement of the n-th. */
  statement_ms(n: number): number;
  /** The table of the n-th; where nothing is said, all are of one. */
  table?(n: number): string;
  /** Until all of them are read. */
  list_ms?(): number;
}

export interface ExecutorFleet {
  ports: ExecutorPorts;
  /** What has been done that must not be. */
  wrong: string[];
  /** Servers that somebody is on at this moment. */
  busy(): string[];
  state(n: number): LoopState;
  /** Recommendations that have not been let go. */
  left(): string[];
  change(n: number, change: Partial<Recommendation>): void;
  verdict: Map<number, LoopVerdict>;
  gate: Map<number, GateSeen>;
  /** How often somebody was on the server for it. */
  visits: number[];
  /** Indexes that are there, by recommendation. */
  built: ReadonlySet<string>;
  /** What servers were told to do, in its order. */
  commands: string[];
}

interface Stored extends Recommendation {
  server: string;
}

export function executorFleet(options: FleetOptions): ExecutorFleet {
  const { clock, servers } = options;
  const wrong: string[] = [];
  const built = new Set<string>();
  const commands: string[] = [];
  const on = new Map<string, Stored>();
  const visits = servers.map(() => 0);
  const verdict = new Map<number, LoopVerdict>();
  const gate = new Map<number, GateSeen>();
  const stored = new Map(servers.map((server, n) => [`r${n}`, recommended(n, server, options)]));
  const get = (uid: string) => stored.get(uid) as Stored;
  const numberOf = ({ uid }: { uid: string }) => Number(uid.slice(1));
  const put = (uid: string, change: Partial<Stored>) => {
    const version = String(Number(get(uid).version) + 1);
    stored.set(uid, { ...get(uid), ...change, version });
    return get(uid);
  };

  const ports: ExecutorPorts = {
    server: ({ uid }) => get(uid).server,
    store: {
      async list(signal) {
        const all = [...stored.values()];
        await clock.sleep(options.list_ms?.() ?? 0, signal);
        return all;
      },
      read: async ({ uid }) => stored.get(uid),
      async write({ uid, version }, state) {
        if (get(uid).version !== version) {
          wrong.push(`${uid} was entered with what was read before it was written`);
          return undefined;
        }
        return put(uid, { state });
      },
      async release({ uid }) {
        if (get(uid).deleted) stored.delete(uid);
      },
    },
    gate: (each) => gate.get(numberOf(each)) ?? { kind: 'open' },
    budget: () => 1_000_000,
    brake: async () => ({ kind: 'open' }),
    elsewhere: async () => undefined,
    judge: async (each) => verdict.get(numberOf(each)),
    targetGone: async () => undefined,
    async open({ uid }) {
      const here = get(uid);
      const { server } = here;
      for (const other of on.values())
        if (other.server === server && !mayBeBeside(here, other))
          wrong.push(`${uid} and ${other.uid} on ${server}`);
      on.set(uid, here);
      visits[numberOf({ uid })] = (visits[numberOf({ uid })] ?? 0) + 1;
      return workOn({ uid, statement_ms: options.statement_ms(numberOf({ uid })), leave });
      function leave() {
        on.delete(uid);
      }
    },
    clock,
    logger: silentLogger,
    onPhase: () => undefined,
  };

  function workOn({ uid, statement_ms, leave }: WorkOptions): IndexWork {
    let ending = new AbortController();
    const statement = async (name: string, done: () => void): Promise<WorkFailure | undefined> => {
      commands.push(`${name} ${uid}`);
      ending = new AbortController();
      const cancelled = await clock.sleep(statement_ms, ending.signal).then(
        () => false,
        () => true,
      );
      if (cancelled) return { reason: 'cancelled', final: false };
      done();
      return undefined;
    };
    const nothing = async () => undefined;
    return {
      lock: async () => true,
      look: async () =>
        built.has(uid) ? { kind: 'present', valid: true, whose: 'ours' } : { kind: 'absent' },
      preflight: nothing,
      health: () => Promise.reject(new Error('nobody asks')),
      built: async () => 0,
      build: () => statement('build', () => built.add(uid)),
      drop: () => statement('drop', () => built.delete(uid)),
      mark: nothing,
      hide: nothing,
      show: nothing,
      cancel: async () => ending.abort(),
      isAwaited: async () => false,
      progress: nothing,
      [Symbol.asyncDispose]: async () => leave(),
    };
  }
  return {
    ports,
    wrong,
    busy: () => [...new Set([...on.values()].map(({ server }) => server))],
    left: () => [...stored.keys()],
    state: (n) => get(`r${n}`).state,
    change: (n, change) => void put(`r${n}`, change),
    verdict,
    gate,
    visits,
    built,
    commands,
  };
}

interface WorkOptions {
  uid: string;
  statement_ms: number;
  leave(): void;
}

/** What is in force, or is being taken back, beside what is not, on another table. */
const mayBeBeside = (a: Stored, b: Stored): boolean =>
  a.change.index.table !== b.change.index.table &&
  [a, b].filter(({ state }) => ['Observing', 'RollingBack'].includes(state.phase)).length === 1;

function recommended(
  n: number,
  server: string,
  { clock, table = () => 't' }: Pick<FleetOptions, 'clock' | 'table'>,
): Stored {
  const contentHash = `sha256:${n}`;
  return {
    uid: `r${n}`,
    label: `shop/r${n}`,
    server,
    target: { uid: `t${n}`, namespace: 'shop', name: `t${n}` },
    engine: 'postgres',
    database: 'shop',
    change: {
      kind: 'create-index',
      name: `i${n}`,
      index: { schema: 's', table: table(n), method: 'btree', keys: [{ column: 'a' }] },
    },
    bytes: 1,
    subject: {
      kind: 'create-index',
      contentHash,
      expiresAt: clock.now() + 30 * 86_400_000,
      autoRollback: true,
      hides: false,
    },
    evidence: [],
    state: proposed(clock.now()),
    deleted: false,
    approval: { contentHash, by: 'dba', rejects: false },
    version: '1',
  };
}
