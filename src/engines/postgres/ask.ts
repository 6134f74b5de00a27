import type { Clock } from '../../base/clock.ts';
import { abortReason } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import type { ExplainLimits } from '../engine.ts';
import type { Connection, Row, Statement } from './connection.ts';
import { callSql } from './function-check.ts';
import { quotedName } from './sql-names.ts';
import { runTogether, type StatementLimits } from './transaction.ts';
import { watchStatement } from './watchdog.ts';

/**
 * How a text gets its plan from the server: sent after the word EXPLAIN, or handed to the function of its role. Both are one statement in a
 * read-only transaction with limits, rolled back. A plan for unknown parameters is GENERIC_PLAN from 16 on; before, a prepared statement that must be planned generically.
 */
export type Shown = 'plan' | 'identity';

export interface AskedAs {
  searchPath: readonly string[];
  /** The role in whose function it is planned; else it is sent as it is. */
  as?: string;
}

export interface AskContext {
  control: Connection;
  worker: Connection;
  serverMajor: number;
  clock: Clock;
  signal: AbortSignal;
  limits: ExplainLimits;
}

/** `identity`: only the Query Identifier is of interest. */
const options: Record<Shown, string> = {
  plan: 'FORMAT JSON, VERBOSE, SETTINGS, SUMMARY',
  identity: 'FORMAT JSON, VERBOSE, COSTS OFF',
};
const prepared = 'dbintel_statement';
export const preparePrefix = `PREPARE ${prepared} AS `;

/** JSON. Parameters are unknown; without any, the text is planned as it stands. */
export async function askPlan(text: string, paramCount: number, shown: Shown, job: AskedAs, context: AskContext): Promise<string> {
  if (job.as !== undefined) return answerOf(await call([functionCall(job.as, text, paramCount, shown, job)], job, context), 0);
  if (paramCount === 0) return answerOf(await send([{ sql: `EXPLAIN (${options[shown]}) ${text}` }], job, context), 0);
  const sql = unknownSql(text, paramCount, shown, context);
  if (plansUnknown(context)) return answerOf(await send([{ sql }], job, context), 0);
  return answerOf(await sendPrepared(text, [sql], job, context), 1);
}

const typesSql = `SELECT pg_catalog.to_json(parameter_types::text[])::text AS types FROM pg_catalog.pg_prepared_statements WHERE name = '${prepared}' /* dbintel */`;

/** The types that the server infers for its parameters, as JSON, and the plan. An error of the first statement is one of analysis: nothing was planned yet. */
export async function askTypesAndPlan(text: string, paramCount: number, job: AskedAs, context: AskContext): Promise<[string, string]> {
  if (job.as !== undefined) {
    const calls = [functionCall(job.as, text, paramCount, 'describe', job), functionCall(job.as, text, paramCount, 'plan', job)];
    const answers = await call(calls, job, context);
    return [answerOf(answers, 0), answerOf(answers, 1)];
  }
  const answers = await sendPrepared(text, [typesSql, unknownSql(text, paramCount, 'plan', context)], job, context);
  return [answerOf(answers, 1), answerOf(answers, 2)];
}

/** Preparing is parse analysis only. It outlives ROLLBACK, so it is forgotten after it; this connection has no others. */
function sendPrepared(text: string, questions: readonly string[], job: AskedAs, context: AskContext): Promise<Row[][]> {
  const statements = [preparePrefix + text, ...questions].map((sql) => ({ sql }));
  const generic: Partial<StatementLimits> = plansUnknown(context) ? {} : { planCacheMode: 'force_generic_plan' };
  return send(statements, job, context, generic, ['DEALLOCATE ALL']);
}

const plansUnknown = ({ serverMajor }: AskContext): boolean => serverMajor >= 16;

function unknownSql(text: string, paramCount: number, shown: Shown, context: AskContext): string {
  if (plansUnknown(context)) return `EXPLAIN (${options[shown]}, GENERIC_PLAN) ${text}`;
  return `EXPLAIN (${options[shown]}) EXECUTE ${prepared}(${Array.from({ length: paramCount }, () => 'NULL').join(', ')})`;
}

const functionCall = (role: string, text: string, paramCount: number, shown: Shown | 'describe', { searchPath }: AskedAs): Statement => ({
  sql: callSql(role),
  values: [text, searchPath.map(quotedName).join(', '), String(paramCount), String(shown !== 'identity'), String(shown === 'describe')],
});

/** What code of that role may leave behind in the session, and ROLLBACK does not take back: the next statement is another role's. */
const forget = ['DEALLOCATE ALL', 'SELECT pg_catalog.pg_advisory_unlock_all()'];

async function call(calls: readonly Statement[], job: AskedAs, context: AskContext): Promise<Row[][]> {
  const answers = await send(calls, { searchPath: undefined }, context, {}, forget); // the path is the function's to set
  if (answers.some((rows) => rows[0]?.['answer'] == null))
    throw new AppError('explain_function_missing', `the function of ${job.as} is not as it should be any more`);
  return answers;
}

function send(
  statements: readonly Statement[],
  { searchPath }: { searchPath: readonly string[] | undefined },
  { worker, limits, signal, ...context }: AskContext,
  more: Partial<StatementLimits> = {},
  after: readonly string[] = [],
): Promise<Row[][]> {
  if (signal.aborted) throw abortReason(signal);
  const { timeout_ms, lockTimeout_ms } = limits;
  const under: StatementLimits = { timeout_ms, lockTimeout_ms, ...(searchPath ? { searchPath } : {}), ...more };
  return watchStatement(runTogether(worker, under, statements, after), { ...context, worker, signal, timeout_ms });
}

const answerOf = (answers: readonly Row[][], statement: number): string => Object.values(answers[statement]?.[0] ?? {})[0] ?? '';
