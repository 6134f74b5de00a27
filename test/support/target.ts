import { analyse, analyseUnplanned } from '../../src/analysis/analyse.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { type CycleWiring, cycleWiring } from '../../src/app/cycle-wiring.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { type CycleResult, runCycle } from '../../src/collection/cycle.ts';
import { createTextHomes } from '../../src/collection/own-fingerprint.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import type { CycleDeps } from '../../src/collection/step.ts';
import { freshState, type TargetState } from '../../src/collection/target-state.ts';
import type { Engine, Session } from '../../src/engines/engine.ts';
import { createEngines } from '../../src/engines/index.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import { databaseTarget } from '../../src/resources/kinds/database-target/kind.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import type { MysqlServer } from './mysql-server.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A target for a test's server, and a role prepared with the very SQL that we print for people. */
export const collectorPassword = 'pw-of-the-collector';

/** What a target has that says nothing of it: where a test is about that. */
export const usualTimeout = { min: '100ms', max: '1s' };

export interface TargetOptions {
  port: number;
  engine?: EngineName;
  host?: string;
  database?: string;
  uid?: string;
  name?: string;
  spec?: {
    explain?: object;
    collection?: object;
    safety?: object;
    databases?: object;
    privacy?: object;
    tls?: object;
    requireAuth?: readonly string[];
    suspend?: boolean;
    findings?: object;
    advice?: object;
  };
}

export function makeTarget({
  port,
  engine = 'postgres',
  host = '127.0.0.1',
  database = engine === 'postgres' ? 'postgres' : undefined,
  uid = 'uid-of-target-1',
  name = 'orders',
  spec = {},
}: TargetOptions): Target {
  // Without TLS, MySQL's own exchange of the password must be allowed by name.
  const named =
    engine === 'postgres' ? undefined : ['caching_sha2_password', 'mysql_native_password'];
  const { tls = { mode: 'disable' }, requireAuth = named, ...rest } = spec;
  const resource = databaseTarget.manifest.parse({
    apiVersion: 'dbintel.io/v1alpha1',
    kind: 'DatabaseTarget',
    metadata: { name, namespace: 'shop' },
    spec: {
      engine,
      connection: {
        host,
        port,
        ...(database ? { database } : {}),
        credentials: { file: '/nowhere' },
        tls,
        ...(requireAuth ? { requireAuth } : {}),
      },
      ...rest,
      // Cycles follow each other without a pause here: a budget is spent only in a test that sets
      // one. A busy machine is no slow server: what was fast until now may take longer once.
      safety: {
        databaseTimeBurst: '10m',
        statementTimeout: { min: '1s' },
        ...rest.safety,
      },
    },
  });
  return { uid, namespace: 'shop', name, generation: 1, spec: resource.spec };
}

/**
 * Creates the collector's role as our documentation says, once per server; grants reading in
 * `database`.
 */
export async function prepareServer(
  server: PostgresServer,
  database = 'postgres',
  schemas = ['public'],
): Promise<void> {
  const sql = createPostgresEngine().prerequisitesSql({ role: 'dbintel', schemas, database });
  const [known] = await server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'dbintel'", database);
  await server.sql(known ? sql.replace(/^CREATE ROLE.*$/m, '') : sql, database);
  await server.sql(`ALTER ROLE dbintel PASSWORD '${collectorPassword}'`);
}

/** For `explain.via: function`: no right on tables, and a function for each of these roles. */
export async function prepareFunctions(
  server: PostgresServer,
  roles: readonly string[],
  database = 'postgres',
): Promise<void> {
  const sql = createPostgresEngine().prerequisitesSql({
    role: 'dbintel',
    schemas: [],
    database,
    via: 'function',
    roles,
  });
  const [known] = await server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'dbintel'", database);
  await server.sql(known ? sql.replace(/^CREATE ROLE.*$/m, '') : sql, database);
  await server.sql(`ALTER ROLE dbintel PASSWORD '${collectorPassword}'`);
}

/** The same for MySQL and MariaDB. */
export async function prepareMysql(
  server: MysqlServer,
  schemas: readonly string[],
  via: 'direct' | 'procedure' = 'direct',
): Promise<void> {
  await server.sql(
    createEngines()[server.engine].prerequisitesSql({
      role: 'dbintel',
      schemas,
      database: '',
      via,
    }),
  );
  await server.sql(`ALTER USER dbintel IDENTIFIED BY '${collectorPassword}';`);
}

export const limits = { timeout_ms: 500, lockTimeout_ms: 100, planBytes: 262_144 };

export function openSession(
  target: Target,
  options: { engine?: Engine; signal?: AbortSignal; epoch?: number; password?: string } = {},
): Promise<Session> {
  return (options.engine ?? createEngines()[target.spec.engine]).open({
    target,
    credentials: { username: 'dbintel', password: options.password ?? collectorPassword },
    identity: { epoch: options.epoch ?? 1, holder: 'holder-1' },
    clock: systemClock,
    random: { next: () => 0 },
    signal: options.signal ?? new AbortController().signal,
  });
}

export const noAbort = (): AbortSignal => new AbortController().signal;

/** Its statements are due again, and there is nothing to compare them with. */
export function dueAgain(state: TargetState): TargetState {
  const { baseline: _, ...rest } = state;
  return { ...rest, explained: new Map(), failures: new Map() };
}

/** Cycles of one target, each from the state that the one before it left. */
export function cyclesOf(target: Target, over: Partial<CycleDeps> = {}) {
  const { explains, databaseTime } = cycleSettings(target.spec);
  const homes = createTextHomes();
  const cycles = {
    state: freshState(systemClock.now(), explains, databaseTime),
    async run(of: Target = target, signal = noAbort()): Promise<CycleResult> {
      const result = await runCycle(cycles.state, cycleDepsFor(of, { homes, ...over }), signal);
      cycles.state = result.state;
      return result;
    },
  };
  return cycles;
}

/** The same as the program wires them: what is found is judged by what the history has. */
export const remembering = (target: Target, history: NonNullable<CycleWiring['history']>) =>
  cyclesOf(
    target,
    cycleWiring(
      {
        engines: createEngines(),
        store: { credentials: async () => ({ username: 'dbintel', password: collectorPassword }) },
        history,
        annotation: () => undefined,
        stops: () => [],
        holder: 'h',
        clock: systemClock,
        random: systemRandom,
      },
      target,
    ),
  );

export function cycleDepsFor(target: Target, over: Partial<CycleDeps> = {}): CycleDeps {
  const by = ({ timeShare }: { timeShare: number }) => ({
    mutes: target.spec.findings.mute,
    timeShare,
  });
  return {
    engine: createEngines()[target.spec.engine],
    target,
    epoch: 1,
    holder: 'holder-1',
    credentials: async () => ({ username: 'dbintel', password: collectorPassword }),
    stops: () => [],
    clock: systemClock,
    random: systemRandom,
    claimServer: async () => undefined,
    analyse: async (plan, context) => analyse(rules, plan, context, by(context)),
    analyseUnplanned: async (context) =>
      analyseUnplanned(rules, target.spec.engine, context, by(context)),
    recall: async () => new Map(),
    homes: createTextHomes(),
    ...over,
  };
}
