import { AppError } from '../../base/errors.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { includedBy } from '../../resources/pattern.ts';
import type { ConnectOptions } from '../connection.ts';
import type { Beginning, Driver } from '../driver.ts';
import type { ExplainLimits, ExplainResult, Prerequisite, ReadyStatement } from '../engine.ts';
import { type Connection, connect } from './connection.ts';
import { explainJob } from './explain.ts';
import type { ExplainContext } from './explain-job.ts';
import { factsOfPlan } from './facts-of-plan.ts';
import { functionChecks } from './functions.ts';
import { readHealth } from './health.ts';
import { identify, identifyWorker, readOrigin } from './identity.ts';
import { freshPatience } from './in-time.ts';
import { indexCatalog } from './index-list.ts';
import type { PostgresNotes } from './notes.ts';
import {
  type Kept,
  type PostgresKnown,
  type PostgresSession,
  scopeOf,
  viaFunction,
} from './opened.ts';
import { prepare, refusedByText } from './prepare.ts';
import type { Token } from './prepared.ts';
import { countedNow, judgePrerequisites, readFacts, textsCheck } from './prerequisites.ts';
import { readingsKey } from './readings.ts';
import { rehearseCounters, rehearseOthers } from './rehearsal.ts';
import { serverLock } from './server-lock.ts';
import { settingsOf } from './settings.ts';
import { snapshot } from './snapshot.ts';
import { sqlName } from './sql-names.ts';
import { surroundings } from './surroundings.ts';
import { explainWays } from './ways.ts';
import { isReadable } from './workload.ts';
import { exportWorld } from './world.ts';

/** PostgreSQL, as the session skeleton asks for it. */
export const postgresDriver = (kept: Kept): Driver<Connection, PostgresKnown> => ({
  together: true,
  connectsTo: (database) => database ?? 'postgres',
  connect: connectOrGrant,
  identify: (beginning, notes) => identifyServer(beginning, notes, kept),
  join: ({ known, timeout_ms }, worker) => identifyWorker(worker, known, timeout_ms),
  lock: ({ control, timeout_ms }, identity) => serverLock(control, identity, timeout_ms),
  prerequisites,
  health,
  snapshot,
  /** Only what was read before: the server's file of texts is dear to read. */
  async texts(session, statements) {
    const scope = scopeOf(session);
    return new Map(
      statements.flatMap(({ key }) => {
        const text = kept.statements.get(scope, key)?.redacted;
        return text === undefined ? [] : [[key, text] as const];
      }),
    );
  },
  prepare,
  refusedByText,
  explain,
  exportWorld,
  indexCatalog,
  surroundings,
});

async function health({ control, target, timeout_ms, clock, known }: PostgresSession) {
  const { exceptStandbys } = target.spec.safety.brake;
  const { limited, ...sample } = await readHealth(control, exceptStandbys, timeout_ms, clock);
  known.limited = limited;
  return sample;
}

/** Our role may log in, but not into this database. */
async function connectOrGrant(options: ConnectOptions): Promise<Connection> {
  try {
    return await connect(options);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'insufficient_privilege') throw error;
    const { database, credentials } = options;
    const [place, role] = [sqlName(database), sqlName(credentials.username)];
    throw new AppError(
      'insufficient_privilege',
      `the role may not connect to database ${database}: GRANT CONNECT ON DATABASE ${place} TO ` +
        `${role};`,
      { cause: error.cause },
    );
  }
}

async function identifyServer(
  { control, timeout_ms }: Beginning<Connection>,
  before: unknown,
  kept: Kept,
): Promise<PostgresKnown> {
  const identity = await identify(control, timeout_ms);
  const { started, address, version, standby } = identity;
  const notes = (before ?? {}) as PostgresNotes;
  const last = notes.server;
  const { extension, lineage } = await readOrigin(control, identity, last, timeout_ms);
  return {
    server: { version, role: standby ? 'standby' : 'primary', id: started },
    identity,
    extension,
    lineage,
    notes: {
      ...notes,
      server: { started, address, lineage },
      texts: notes.texts ?? { until: 0, failures: 0 },
    },
    otherServer: last !== undefined && last.started !== started && last.address !== address,
    blocks: { allowed: true },
    ahead: undefined,
    turns: { last: Promise.resolve() },
    late: new Map(),
    patience: freshPatience(),
    limited: [],
    kept,
  };
}

async function* prerequisites(
  session: PostgresSession,
  all: boolean,
): AsyncGenerator<Prerequisite> {
  const { control, known, target, timeout_ms, clock } = session;
  const { extension, notes } = known;
  const row = await readFacts(control, timeout_ms);
  const role = row['role'] ?? '';
  const counters = await rehearseCounters(session, role, all);
  const now = clock.now();
  yield* judgePrerequisites(row, {
    extension,
    tlsMode: target.spec.connection.tls.mode,
    now,
    included: includedBy(target.spec.databases),
    snapshot: known.ahead,
    counted: notes.counted,
  });
  if (known.ahead) notes.counted = countedNow(row, known.ahead, now);
  if (counters) yield counters;
  if (all && counters?.verdict === 'ok') yield* rehearseOthers(session, role);
  yield textsCheck(row, notes.texts);
  if (viaFunction(session) && isReadable(extension))
    yield* await functionChecks(session, extension);
}

const tablesOf = ({ relations }: QueryShape): string =>
  relations.map(({ schema = '', name }) => `${schema}.${name}`).join();

async function explain(
  session: PostgresSession,
  { token, shape, ...statement }: ReadyStatement,
  limits: ExplainLimits,
): Promise<ExplainResult> {
  const { database } = statement;
  const { known, ...ways } = token as Token;
  const { identity, blocks, kept } = session.known;
  const context: ExplainContext = {
    control: session.control,
    worker: () => session.workerFor(database),
    serverMajor: identity.major,
    serverVersion: identity.version,
    clock: session.clock,
    signal: session.signal,
    limits,
    habits: kept.statements.habits(scopeOf(session)),
    typesBefore: kept.statements.typesBefore(
      scopeOf(session),
      () => `${database} ${tablesOf(shape)}`,
    ),
    readPlan: kept.statements.readPlan,
    blocks,
    sent: 0,
    took_ms: 0,
  };
  const readings = () =>
    kept.statements.readings.start(
      readingsKey(scopeOf(session), statement, known.text),
      session.clock.now(),
    );
  const answer = await explainWays(
    ways,
    known,
    readings,
    (job) => explainJob(job, context),
    limits.another,
  );
  const { sent, took_ms } = context;
  if (answer.kind === 'refused') return { ...answer, sent };
  const settings = settingsOf(answer.plan, identity.major);
  const facts = await factsOfPlan(session, database, shape, answer);
  return { ...answer, facts, settings, sent, took_ms };
}
