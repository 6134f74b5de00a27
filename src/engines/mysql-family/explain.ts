import type { Clock } from '../../base/clock.ts';
import type { Code } from '../../base/codes.ts';
import { AppError } from '../../base/errors.ts';
import { dialectOf } from '../../dialects/index.ts';
import { literalWords } from '../../dialects/mysql-family/known-literals.ts';
import { isDegenerate } from '../../model/degenerate.ts';
import { type Fingerprint, type Lossiness, type Plan, preorder } from '../../model/plan.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { ExplainLimits } from '../engine.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { isExhausted, serverErrno } from './errors.ts';
import { callExplain, caughtCodes, procedureKiller } from './procedure.ts';
import type { Server, Variant } from './variant.ts';
import { directKiller, watchStatement } from './watchdog.ts';

/**
 * One EXPLAIN of a text that has passed the guard: under the server's limit, which it may ignore,
 * and under the watchdog, which it cannot.
 */
export interface ExplainJob {
  sql: string;
  /** Of the session that runs it. */
  sqlMode: string;
  /** The statement as the server normalised it. */
  digestText: string;
  write: boolean;
  via: 'direct' | 'procedure';
  fingerprint: Fingerprint;
  queryText?: string;
  /** The database in which its names are looked up; '' for none. */
  schema: string;
  shape: QueryShape;
  /** What is known of its tables. */
  facts: readonly TableFacts[];
  /** Those behind the views that it names. */
  behind: QueryShape['relations'];
  lossiness: Lossiness[];
  /**
   * It names what is no table that we see: planning a view may run GET_LOCK(), and the lock would
   * stay.
   */
  mayTakeLocks: boolean;
}

export interface ExplainContext {
  variant: Variant;
  server: Server;
  control: Connection;
  worker: Connection;
  clock: Clock;
  signal: AbortSignal;
  limits: ExplainLimits;
  /** EXPLAINs sent so far, and the milliseconds that they took. */
  sent: number;
  took_ms: number;
}

export type SampleAnswer = { kind: 'explained'; plan: Plan } | Refusal;

export async function explainJob(job: ExplainJob, context: ExplainContext): Promise<SampleAnswer> {
  try {
    const [row] = await ask(job, context);
    const caught = row?.['error'];
    if (caught !== undefined)
      return refused(caughtCodes[caught as keyof typeof caughtCodes] ?? 'internal');
    const answer = toPlan(row, job, context);
    if (
      answer.kind === 'refused' ||
      job.via === 'procedure' ||
      !readsWhole.test(Object.values(row ?? {})[0] ?? '')
    )
      return answer;
    const unusableIndexes = await readConversions(context);
    return unusableIndexes.length
      ? { ...answer, plan: { ...answer.plan, unusableIndexes } }
      : answer;
  } catch (error) {
    return refusal(error, context.signal);
  } finally {
    if ((job.mayTakeLocks || job.via === 'procedure') && context.worker.usable)
      await context.worker.query(releaseSql, context.limits.timeout_ms);
  }
}

/** Named locks outlive the statement that took them. Ours are held by the other connection. */
export const releaseSql = 'DO RELEASE_ALL_LOCKS()';

/**
 * Only where something is read from end to end is it worth asking whether an index could not be
 * used.
 */
const readsWhole = /"access_type": "(?:ALL|index|table)"/;
const warningsSql = 'SHOW WARNINGS';

async function readConversions({
  worker,
  variant,
  limits,
}: ExplainContext): Promise<NonNullable<Plan['unusableIndexes']>> {
  const rows = await worker.query(warningsSql, limits.timeout_ms);
  const found = rows
    .map((row) => variant.conversion(row['Code'] ?? '', row['Message'] ?? ''))
    .filter((each) => each !== undefined);
  return [...new Map(found.map((each) => [`${each.index} ${each.column}`, each])).values()];
}

/**
 * What a server says of itself or of a login, and in answer to an EXPLAIN of that statement alone:
 * 1105 of a value that a function does not take, 1045 of a view whose definer is gone.
 */
const ofStatement: Partial<Record<Code, Code>> = {
  internal: 'unparsable',
  authentication_failed: 'insufficient_privilege',
};

/** So is a temporary table that has no room: that of this statement. */
const codeOf = ({ code, cause }: AppError): Code =>
  isExhausted(cause) ? 'unparsable' : (ofStatement[code] ?? code);

function refusal(error: unknown, signal: AbortSignal): Refusal {
  if (!(error instanceof AppError) || signal.aborted) throw error;
  const errno = serverErrno(error.cause);
  const code = errno === undefined ? error.code : codeOf(error);
  if (code === 'connection_failed' || code === 'internal') throw error;
  if (errno === undefined) return refused(code);
  const why = ofViews[errno];
  return refused(code, `error ${errno}${why ? `: ${why}` : ''}`);
}

/** Whose right is missing: none that the collector is granted helps. */
const ofViews: Partial<Record<number, string>> = {
  1045: 'the definer of a view in it, as SHOW CREATE VIEW names it, is gone',
  1356:
    'a view in it reads what is gone, or what its definer, as SHOW CREATE VIEW names it, may not ' +
    'read',
};

/**
 * A SELECT runs in a read-only transaction of its own (autocommit). A write may not: it gets one
 * that is rolled back at once.
 */
async function ask(
  { sql, write, via, schema }: ExplainJob,
  context: ExplainContext,
): Promise<Row[]> {
  const { control, worker, limits, clock, signal } = context;
  context.sent += 1;
  const statement = via === 'procedure' ? callExplain(schema, sql) : `EXPLAIN FORMAT=JSON ${sql}`;
  const killer = via === 'procedure' ? procedureKiller : directKiller;
  const watched = async (work: Promise<Row[]>) => {
    const began = clock.monotonic();
    const under = { control, worker, timeout_ms: limits.timeout_ms, clock, signal };
    try {
      return await watchStatement(work, under, { killer, write });
    } finally {
      context.took_ms += clock.monotonic() - began;
    }
  };
  // Longer than the watchdog needs to do its work.
  const wait_ms = limits.timeout_ms + 1_000;
  if (!write) return watched(worker.query(statement, wait_ms));
  await worker.query('START TRANSACTION READ WRITE', wait_ms);
  try {
    return await watched(worker.query(statement, wait_ms));
  } finally {
    if (worker.usable) await worker.query('ROLLBACK', wait_ms);
  }
}

function toPlan(
  row: Row | undefined,
  job: ExplainJob,
  { variant, server, clock, limits }: ExplainContext,
): SampleAnswer {
  const json = Object.values(row ?? {})[0] ?? '';
  const bytes = Buffer.byteLength(json);
  if (bytes > limits.planBytes)
    return refused('too_large', `plan of ${bytes} bytes, limit ${limits.planBytes}`);
  const flags = {
    ansiQuotes: hasMode(job, 'ANSI_QUOTES'),
    noBackslashEscapes: hasMode(job, 'NO_BACKSLASH_ESCAPES'),
  };
  const source = {
    engineVersion: server.version,
    namespace: job.schema,
    collectedAt: clock.now(),
    parameters: 'sampled' as const,
    fingerprint: job.fingerprint,
    ...(job.queryText === undefined ? {} : { queryText: job.queryText }),
    literals: literalWords(job.sql, job.facts.flatMap(namesOf), flags),
    ansiQuotes: flags.ansiQuotes,
    lossiness: job.lossiness,
    resolve: resolver(job),
  };
  const plan = dialectOf(variant.name).readPlan(json, source);
  return isDegenerate(plan.root) ? refused('degenerate_plan') : { kind: 'explained', plan };
}

/** Procedures have no mode. */
const hasMode = ({ sqlMode, via }: ExplainJob, mode: string) =>
  via === 'direct' && sqlMode.split(',').includes(mode);
const namesOf = ({ indexes, invisibleIndexes = [], columns = [] }: TableFacts): string[] =>
  [...indexes, ...invisibleIndexes, ...columns].map(({ name }) => name);

/**
 * Plans name aliases; the statement says whose they are, and what stands behind its views where two
 * of them do not name different tables alike.
 */
export function resolver({
  shape,
  behind,
  schema,
}: Pick<ExplainJob, 'shape' | 'behind' | 'schema'>) {
  const byAlias = (relations: QueryShape['relations']) =>
    Map.groupBy(relations, (relation) => relation.alias ?? relation.name);
  const [named, below] = [byAlias(shape.relations), byAlias(behind)];
  return (alias: string) => {
    const [relation, another] = named.get(alias)?.slice(-1) ?? distinct(below.get(alias));
    if (!relation || another) return schema ? { schema, name: alias } : undefined;
    const home = relation.schema ?? schema;
    return { ...(home ? { schema: home } : {}), name: relation.name };
  };
}

const distinct = (relations: QueryShape['relations'] = []): QueryShape['relations'] => [
  ...new Map(relations.map((each) => [`${each.schema} ${each.name}`, each])).values(),
];

/**
 * Tables of which the plan names an index that they are not known to have: a new one, or what a
 * text that was printed as it stands made look like one.
 */
export function tablesOfUnknownIndexes({ root }: Plan, facts: readonly TableFacts[]): TableFacts[] {
  return preorder(root).flatMap(({ relation, index }) => {
    if (relation?.kind !== 'table' || !index || index.name === '<auto_key>') return [];
    const table = facts.find(
      ({ schema, name }) => name === relation.name && schema === relation.schema,
    );
    const known = new Set(
      [...(table?.indexes ?? []), ...(table?.invisibleIndexes ?? [])].map(({ name }) => name),
    );
    // `seq_1_to_10` has a key of which the catalog says nothing.
    return table &&
      table.engine !== 'SEQUENCE' &&
      indexNames(index.name).some((name) => !known.has(name))
      ? [table]
      : [];
  });
}

/** `sort_union(a,intersect(b,c))` → a, b, c. */
const indexNames = (name: string) =>
  /^(?:sort_)?(?:union|intersect)\(/.test(name)
    ? name.split(/[(),]+/).filter((part) => part && !/^(?:sort_)?(?:union|intersect)$/.test(part))
    : [name];
