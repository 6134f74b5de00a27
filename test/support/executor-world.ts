import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentHash, indexName, proposalId } from '../../src/advice/identity.ts';
import type { GateSeen, LoopVerdict } from '../../src/advice/machine-state.ts';
import { askReplicas } from '../../src/app/ask-replica.ts';
import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { parseSize } from '../../src/base/quantity.ts';
import { openIndexWork } from '../../src/engines/open-index-work.ts';
import { openFileStore } from '../../src/executor/file-store.ts';
import { executorBrake } from '../../src/executor/gate.ts';
import { pass } from '../../src/executor/pass.ts';
import { type ExecutorPorts, markOf, type Recommendation } from '../../src/executor/ports.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import type { IndexDef } from '../../src/model/index-def.ts';
import type { Change, Proposal } from '../../src/model/proposal.ts';
import { type PostgresServer, temporaryFolder } from './postgres-server.ts';
import { makeTarget, type TargetOptions } from './target.ts';

/**
 * An executor on a real server: its approvals are files, its clock is the test's, so that hours
 * pass at once; what runs on the server takes the time that it takes.
 */
export interface ExecutorWorld {
  ports: ExecutorPorts;
  proposal: Proposal;
  id: string;
  folder: string;
  name: string;
  /** Which server its target names. */
  address: { now: string };
  gate: { now: GateSeen };
  verdict: { now: LoopVerdict | undefined };
  /** Of the builder, as it is read when a connection is opened again. */
  password: { now: string };
  approve(by?: string, decision?: 'Approve' | 'Reject'): Promise<void>;
  revoke(): Promise<boolean>;
  current(): Promise<Recommendation>;
  /** One pass; the phase after it. */
  pass(signal?: AbortSignal): Promise<string>;
  /** Passes, an hour apart, until nothing changes any more. */
  settle(signal?: AbortSignal): Promise<string>;
  wait(ms: number): void;
  close(): void;
}

export const builderPassword = 'pw-of-the-builder';

/** A role that owns its tables, as an executor's has to. */
export async function prepareBuilder(server: PostgresServer, rows: number): Promise<void> {
  await server.sql(`
    CREATE ROLE builder LOGIN PASSWORD '${builderPassword}';
    GRANT pg_read_all_stats TO builder;
    CREATE SCHEMA shop AUTHORIZATION builder;
    CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer int, total int, note text);
    ALTER TABLE shop.orders OWNER TO builder;
    INSERT INTO shop.orders SELECT n, n % 1000, n % 97, repeat('x', 40)
      FROM generate_series(1, ${rows}) n;
    ANALYZE shop.orders`);
}

export const byCustomer: IndexDef = {
  schema: 'shop',
  table: 'orders',
  method: 'btree',
  keys: [{ column: 'customer' }],
};

export interface WorldOptions {
  folder?: string;
  madeAt?: number;
  /** Of the server; PostgreSQL where it is not said. */
  engine?: EngineName;
  /** Ports of its replicas, by their names. */
  replicas?: Record<string, number>;
  /** Of the target. */
  spec?: NonNullable<TargetOptions['spec']>;
  /** For how long it waits for others; most tests want to see it give up. */
  patience_ms?: number;
}

export function executorWorld(
  server: Pick<PostgresServer, 'port'>,
  change: Change = { kind: 'create-index', name: indexName(byCustomer), index: byCustomer },
  more: WorldOptions = {},
): ExecutorWorld {
  const { engine = 'postgres', spec = {}, replicas = {}, patience_ms = 2_000 } = more;
  let passed_ms = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + passed_ms };
  const folder = more.folder ?? temporaryFolder('executor');
  const target = makeTarget({ port: server.port, engine, spec });
  const madeAt = more.madeAt ?? clock.now();
  const hashed = { targetUid: target.uid, engine, database: 'postgres', change };
  const hash = contentHash(hashed);
  const id = proposalId(hash);
  const proposal: Proposal = {
    id,
    contentHash: hash,
    target: { uid: target.uid, name: target.name, namespace: target.namespace },
    engine,
    database: 'postgres',
    madeAt,
    expiresAt: madeAt + 14 * 86_400_000,
    change,
    apply: [],
    rollback: [],
    reason: 'a test',
    evidence: {
      planner: 'pglite',
      confidence: 'high',
      because: [],
      statements: [],
      benefitMsPerDay: 1_000,
      benefitShare: 0.1,
      sizeBytes: 8_192,
      writeMsPerDay: 1,
    },
  };
  const store = openFileStore({
    folder,
    proposal: async (asked) => (asked === id ? proposal : undefined),
    autoRollback: () => true,
    clock,
  });
  const password = { now: builderPassword };
  const address = { now: `127.0.0.1:${server.port}` };
  const gate: { now: GateSeen } = { now: { kind: 'open' } };
  const verdict: { now: LoopVerdict | undefined } = { now: undefined };
  const ports: ExecutorPorts = {
    store,
    server: () => address.now,
    gate: () => gate.now,
    targetGone: async () => undefined,
    elsewhere: askReplicas(Object.keys(replicas), {
      find: (name) => makeTarget({ port: replicas[name] ?? 0, name, uid: name }),
      closed: () => undefined,
      login: async () => ({ username: 'builder', password: builderPassword }),
      clock,
    }),
    budget: () => parseSize(target.spec.advice.budget),
    brake: async (_, work) =>
      gate.now.kind === 'closed' ? gate.now : executorBrake(await work.health(), target),
    judge: async () => verdict.now,
    open: (recommendation, signal) =>
      openIndexWork(engine, {
        target,
        credentials: { username: 'builder', password: builderPassword },
        credentialsNow: async () => ({ username: 'builder', password: password.now }),
        database: recommendation.database,
        change: recommendation.change,
        mark: markOf(recommendation),
        uid: recommendation.uid,
        clock,
        signal,
        patience_ms,
      }),
    clock,
    logger: silentLogger,
    onPhase: () => undefined,
  };
  const current = async () => (await store.find(id)) as Recommendation;
  const one = async (signal = new AbortController().signal) => {
    await pass(await current(), ports, signal);
    return (await current()).state.phase;
  };
  return {
    ports,
    proposal,
    id,
    folder,
    name: 'name' in change ? change.name : '',
    address,
    gate,
    verdict,
    password,
    approve(by = 'dba', decision = 'Approve') {
      const approval = { id, contentHash: hash, approvedBy: by, at: clock.now(), decision };
      const { server } = proposal;
      return store.approve(server === undefined ? approval : { ...approval, server });
    },
    revoke: () => store.revoke(id),
    current,
    pass: one,
    async settle(signal) {
      for (let i = 0, before = ''; i < 20 && !signal?.aborted; i += 1) {
        await one(signal);
        const after = JSON.stringify((await current()).state);
        if (after === before) break;
        before = after;
        passed_ms += 3_600_000;
      }
      return (await current()).state.phase;
    },
    wait(ms) {
      passed_ms += ms;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the server is told to do for it from now on. */
export function commandsOf({ ports }: ExecutorWorld): string[] {
  const said: string[] = [];
  const { open } = ports;
  ports.open = async (...given) => {
    const work = await open(...given);
    for (const command of ['build', 'drop', 'hide', 'show'] as const) {
      const run = work[command];
      work[command] = () => {
        said.push(command);
        return run();
      };
    }
    return work;
  };
  return said;
}

/** `happens` once it is written that something begins, and before it does. Gives its end. */
export function asItBegins({ ports: { store } }: ExecutorWorld, happens: () => Promise<unknown>) {
  const { read, write } = store;
  store.write = async (recommendation, state) => {
    const written = await write(recommendation, state);
    if (state.phase === 'Applying') await happens();
    return written;
  };
  return () => {
    Object.assign(store, { read, write });
  };
}

const child = join(dirname(fileURLToPath(import.meta.url)), 'executor-child.ts');
type ChildServer = { port: number; engine?: EngineName };
/** Another process makes passes, and is killed so long after its first. */
export async function killedAfter(
  server: ChildServer,
  world: ExecutorWorld,
  ms: number,
): Promise<void> {
  const running = await childOf(server, world);
  await systemClock.sleep(ms);
  running.kill('SIGKILL');
}

/** The same, and is told to end, once `when` has come. How long it took to do so. */
export async function endedWhen(
  server: ChildServer,
  world: ExecutorWorld,
  when: () => Promise<unknown>,
): Promise<number> {
  const running = await childOf(server, world);
  await when();
  const told = systemClock.monotonic();
  const gone = once(running, 'exit');
  running.kill('SIGTERM');
  await gone;
  return systemClock.monotonic() - told;
}

async function childOf(
  { port, engine = 'postgres' }: ChildServer,
  { folder, proposal }: ExecutorWorld,
) {
  const change = JSON.stringify(proposal.change);
  const args = [child, String(port), folder, String(proposal.madeAt), engine, change];
  const flags = ['--disable-warning=ExperimentalWarning'];
  const running = spawn(process.execPath, [...flags, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(running.stdout, 'data');
  return running;
}
