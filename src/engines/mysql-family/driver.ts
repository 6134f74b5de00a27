import { AppError } from '../../base/errors.ts';
import { parseSize } from '../../base/quantity.ts';
import { redactMysql } from '../../dialects/mysql-family/text.ts';
import type { HealthSample } from '../../model/health-sample.ts';
import { refused } from '../../model/refusal.ts';
import type { Snapshot, TableFacts } from '../../model/statistics.ts';
import type { Driver } from '../driver.ts';
import type { ExplainLimits, ExplainResult, Prerequisite, ReadyStatement } from '../engine.ts';
import { prepareHeaviest, rehearse, rehearseEach } from '../rehearsal.ts';
import { type Connection, connect } from './connection.ts';
import { readDigestTexts } from './digests.ts';
import { type ExplainJob, type SampleAnswer, tablesOfUnknownIndexes } from './explain.ts';
import { createFactsCache, createRefusedSources } from './facts-cache.ts';
import { identify, identifyWorker } from './identity.ts';
import { indexCatalog } from './index-list.ts';
import { readAgain } from './known-tables.ts';
import { type FamilyKnown, type FamilySession, viaOf } from './opened.ts';
import { prepare } from './prepare.ts';
import { readProcedures } from './procedure.ts';
import { explainSamples } from './samples.ts';
import { openSandbox } from './sandbox/sandbox.ts';
import { serverLock } from './server-lock.ts';
import { surroundings } from './surroundings.ts';
import type { Variant } from './variant.ts';
import { changesTo, freshSettings, type WorkerSettings } from './worker-settings.ts';

/** MySQL or MariaDB, as the session skeleton asks for it. One per process. */
export function familyDriver(variant: Variant): Driver<Connection, FamilyKnown> {
  const tables = createFactsCache();
  const refusals = createRefusedSources();
  return {
    together: false, // a client waits for each answer before it sends again
    connectsTo: () => '', // one connection reaches every database
    connect,
    async identify({ control, timeout_ms }) {
      const identity = await identify(control, variant, timeout_ms);
      const { version, standby, id } = identity;
      return {
        server: { version, role: standby ? 'standby' : 'primary', id },
        identity,
        variant,
        tables,
        refusals,
        settings: freshSettings(identity),
      };
    },
    async join({ known, timeout_ms }, worker) {
      await identifyWorker(worker, variant, known, timeout_ms);
      await worker.query(variant.workerSettings(known.identity), timeout_ms);
      if (known.identity.waitsForCluster) await worker.query(variant.readsAtOnceSql, timeout_ms);
      known.settings = freshSettings(known.identity);
    },
    lock: ({ control, timeout_ms }, identity) => serverLock(control, identity, timeout_ms),
    async *prerequisites(session, all) {
      yield* await checks(session);
      if (all) yield* rehearseReads(session);
    },
    health,
    snapshot,
    async texts({ control, known, timeout_ms }, statements) {
      const texts = await readDigestTexts(control, statements, known.identity, timeout_ms);
      return new Map(
        [...texts].flatMap(([key, text]) => (text === '' ? [] : [[key, redactMysql(text)]])),
      );
    },
    prepare,
    explain,
    surroundings,
    indexCatalog,
    sandbox: (session) => openSandbox(session, explain),
  };
}

const snapshot = ({ control, known: { variant, identity }, timeout_ms }: FamilySession) =>
  variant.snapshot(control, identity, timeout_ms);

async function health({ control, known, timeout_ms, clock }: FamilySession): Promise<HealthSample> {
  const { sample, countedSince } = await known.variant.health(control, timeout_ms, clock);
  known.countedSince = countedSince;
  return sample;
}

async function checks(session: FamilySession): Promise<Prerequisite[]> {
  const { control, known, target, timeout_ms, clock } = session;
  const checked = await known.variant.prerequisites(control, {
    server: known.identity,
    oldest: known.variant.oldest,
    target,
    now: clock.now(),
    timeout_ms,
  });
  if (viaOf(session) === 'direct') return checked;
  known.procedures = await readProcedures(control, timeout_ms);
  return [...checked, known.procedures.prerequisite];
}

/** The rights are those that the printed SQL grants. */
const remedy = 'run the SQL of `dbintel prerequisites --print-sql`';

async function* rehearseReads(session: FamilySession): AsyncGenerator<Prerequisite> {
  const { target } = session;
  const rehearsal = { remedyOf: async () => remedy };
  let counters: Snapshot | undefined;
  yield* rehearseEach(
    {
      health: async () => (await health(session)).role,
      counters: async () => {
        counters = await snapshot(session);
        return `${counters.statements.length} statements`;
      },
    },
    rehearsal,
  );
  if (!counters) return;
  const { statements } = counters;
  const catalogs = () =>
    prepareHeaviest(target, statements, (heaviest) => prepare(session, heaviest));
  yield await rehearse('catalogs', catalogs, rehearsal);
}

async function explain(
  session: FamilySession,
  { token, database, facts }: ReadyStatement,
  limits: ExplainLimits,
): Promise<ExplainResult> {
  const job = token as ExplainJob;
  const { control, known, target, clock, signal, timeout_ms } = session;
  const worker = await workerSetTo(session, {
    schema: database,
    timeout_ms: limits.timeout_ms,
    sqlMode: job.sqlMode,
  });
  if ('kind' in worker) return { ...worker, sent: 0 };
  const { variant, identity: server } = known;
  const context = { variant, server, control, worker, clock, signal, limits, sent: 0, took_ms: 0 };
  const bytes = parseSize(target.spec.safety.limits.queryText);
  const ask = () => explainSamples(job, context, { bytes, timeout_ms });
  let answer = await ask();
  // An index may be younger than what we know of it; or renamed or dropped since it was planned.
  if (await namesUnknown(session, answer, facts)) {
    if (limits.another?.() !== false) answer = await ask();
    if (await namesUnknown(session, answer, facts))
      answer = refused('unparsable', 'the plan names an index that its table does not have');
  }
  const { sent, took_ms } = context;
  return answer.kind === 'refused' ? { ...answer, sent } : { ...answer, sent, took_ms };
}

/** Whether the plan names an index of which neither we nor the catalog know. */
async function namesUnknown(
  session: FamilySession,
  answer: SampleAnswer,
  facts: readonly TableFacts[],
): Promise<boolean> {
  if (answer.kind === 'refused') return false;
  const strange = tablesOfUnknownIndexes(answer.plan, facts);
  if (strange.length === 0) return false;
  return tablesOfUnknownIndexes(answer.plan, await readAgain(session, strange)).length > 0;
}

/**
 * A database that our account may not enter, or that is gone, is a reason for its own statements,
 * and no failure of the cycle.
 */
async function workerSetTo(session: FamilySession, wanted: WorkerSettings) {
  const { known, timeout_ms } = session;
  const { timeoutSql } = known.variant;
  try {
    const worker = await session.workerFor(wanted.schema);
    for (const { sql, settings } of changesTo(wanted, known.settings, {
      via: viaOf(session),
      timeoutSql,
    })) {
      await worker.query(sql, timeout_ms);
      known.settings = settings;
    }
    return worker;
  } catch (error) {
    if (
      error instanceof AppError &&
      (error.code === 'insufficient_privilege' || error.code === 'undefined_relation')
    )
      return refused(error.code, `database ${wanted.schema}`);
    throw error;
  }
}
