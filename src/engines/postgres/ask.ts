import type { Clock } from '../../base/clock.ts';
import { abortReason } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import { NotBegun, type Watch } from '../connection.ts';
import type { ExplainLimits } from '../engine.ts';
import { type AttemptOptions, attemptEach, type Outcome, type Step } from './attempt.ts';
import type { Connection } from './connection.ts';
import { callSql } from './function-check.ts';
import { pruning } from './partitions.ts';
import { quotedName } from './sql-names.ts';
import type { StatementLimits } from './transaction.ts';
import { watchStatement } from './watchdog.ts';

/**
 * How a text gets its plan from the server: sent after the word EXPLAIN, or handed to the function
 * of its role. Both in a read-only transaction with limits, rolled back. A plan for unknown
 * parameters is GENERIC_PLAN from 16 on; before, a prepared statement that must be planned
 * generically.
 */
export type Shown = 'plan' | 'identity' | 'types';

export interface Question {
  text: string;
  paramCount: number;
  /**
   * `identity`: only the Query Identifier is of interest. `types`: those that the server infers for
   * its parameters, which is analysis and plans nothing.
   */
  shown: readonly Shown[];
}

export interface AskedAs {
  searchPath: readonly string[];
  /** The role in whose function it is planned; else it is sent as it is. */
  as?: string;
  /** Planning it with our rights may run code that is no built-in’s. */
  runs?: boolean;
  /** Of the statement's role; a function sets them itself. */
  planner?: Readonly<Record<string, string>>;
  /** Without leaving out partitions: see `partitions.ts`. */
  whole?: boolean;
}

export interface AskContext {
  control: Connection;
  /** Another one after the last was lost. */
  worker: () => Promise<Connection>;
  serverMajor: number;
  clock: Clock;
  signal: AbortSignal;
  limits: ExplainLimits;
  blocks: AttemptOptions['blocks'];
  /** EXPLAINs that the server came to so far, and the milliseconds that they took. */
  sent: number;
  took_ms: number;
}

/**
 * Answers are JSON. All run in one transaction, under one timeout.
 * `proven`: the same text had an answer before. What stood in the line behind a statement with
 * which the connection went is sent anew, where the budget still allows it.
 */
export async function askAll(
  questions: readonly Question[],
  job: AskedAs,
  proven: boolean,
  context: AskContext,
): Promise<Outcome[]> {
  const { limits, signal, blocks } = context;
  const { timeout_ms, lockTimeout_ms } = limits;
  const under: StatementLimits = {
    timeout_ms,
    lockTimeout_ms,
    // in a function the path is the function's to set
    ...(job.as === undefined ? { searchPath: job.searchPath } : {}),
    planner: {
      ...(job.as === undefined ? job.planner : {}),
      ...(job.whole ? { [pruning]: 'off' } : {}),
    },
    ...(plansUnknown(context) ? {} : { planCacheMode: 'force_generic_plan' }),
  };
  const steps = questions.map((question) =>
    job.as === undefined ? sentSteps(question, context) : calledSteps(question, job.as, job),
  );
  const prepares = questions.some((question) => isPrepared(question, context));
  const after = job.as !== undefined || job.runs ? forget : prepares ? ['DEALLOCATE ALL'] : [];
  for (;;) {
    if (signal.aborted) throw abortReason(signal);
    const worker = await context.worker();
    const watch = watchOver(questions, worker, context);
    try {
      const outcomes = await attemptEach(steps, {
        worker,
        limits: under,
        proven,
        after,
        watch,
        blocks,
      });
      if (job.as !== undefined && outcomes.some(({ answers }) => answers?.includes('')))
        throw new AppError(
          'explain_function_missing',
          `the function of ${job.as} is not as it should be any more`,
        );
      return outcomes;
    } catch (error) {
      if (!(error instanceof NotBegun)) throw error;
      if (limits.anew?.() === false) throw new AppError('budget_spent', 'database time');
    }
  }
}

/** Over what is sent for these questions; together it has one timeout. */
function watchOver(questions: readonly Question[], worker: Connection, context: AskContext): Watch {
  const { control, clock, signal, limits } = context;
  const explains = questions.flatMap(({ shown }) => shown).filter((each) => each !== 'types');
  let took_ms: number | undefined;
  return async (work) => {
    if (took_ms === undefined) context.sent += explains.length;
    took_ms ??= 0;
    const timeout_ms = Math.max(1, limits.timeout_ms - took_ms);
    const began = clock.monotonic();
    try {
      return await watchStatement(work, { control, worker, timeout_ms, clock, signal });
    } finally {
      const passed_ms = clock.monotonic() - began;
      took_ms += passed_ms;
      context.took_ms += passed_ms;
    }
  };
}

export async function ask(
  question: Question,
  job: AskedAs,
  proven: boolean,
  context: AskContext,
): Promise<Outcome> {
  const [outcome] = await askAll([question], job, proven, context);
  return outcome as Outcome;
}

const explainOptions = {
  plan: 'FORMAT JSON, VERBOSE, SETTINGS, SUMMARY',
  identity: 'FORMAT JSON, VERBOSE, COSTS OFF',
};
const prepared = 'dbintel_statement';
const typesSql = `SELECT pg_catalog.to_json(parameter_types::pg_catalog.text[])::pg_catalog.text
  AS types FROM pg_catalog.pg_prepared_statements
    WHERE name OPERATOR(pg_catalog.=) '${prepared}' /* dbintel */`;
/**
 * A prepared statement outlives ROLLBACK: it is forgotten before the next and after the last; this
 * connection has no others.
 */
const deallocate: Step = { sql: 'DEALLOCATE ALL', answers: false };

const isPrepared = ({ paramCount, shown }: Question, context: AskContext): boolean =>
  shown.includes('types') || (paramCount > 0 && !plansUnknown(context));

function sentSteps(question: Question, context: AskContext): Step[] {
  const { text, paramCount, shown } = question;
  return [
    ...(isPrepared(question, context)
      ? [deallocate, { sql: `PREPARE ${prepared} AS ${text}`, answers: false }]
      : []),
    ...shown.map((each) => ({
      ...(each === 'types' ? { sql: typesSql } : explainStep(text, paramCount, each, context)),
      answers: true,
    })),
  ];
}

function explainStep(
  text: string,
  paramCount: number,
  shown: 'plan' | 'identity',
  context: AskContext,
): Omit<Step, 'answers'> {
  if (paramCount === 0) return { sql: `EXPLAIN (${explainOptions[shown]}) ${text}` };
  if (plansUnknown(context))
    return { sql: `EXPLAIN (${explainOptions[shown]}, GENERIC_PLAN) ${text}` };
  const nulls = Array.from({ length: paramCount }, () => 'NULL').join(', ');
  return {
    sql: `EXPLAIN (${explainOptions[shown]}) EXECUTE ${prepared}`,
    followedBy: nullsSql,
    otherwise: `(${nulls})`,
  };
}

/**
 * The server evaluates what a prepared statement is given, and a bare NULL for a domain is put to
 * its checks, which may call functions or refuse it. An element of an array that is NULL is a NULL
 * of the domain that nobody looks at.
 */
const nullsSql = `(SELECT pg_catalog.concat('(', pg_catalog.string_agg(
  CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'd'
    THEN pg_catalog.concat('(NULL::', pg_catalog.format_type(t.oid, NULL), '[])[1]')
    ELSE 'NULL' END, ', ' ORDER BY a.place), ')')
  FROM pg_catalog.pg_prepared_statements p
  CROSS JOIN LATERAL pg_catalog.unnest(p.parameter_types) WITH ORDINALITY AS a(type, place)
  JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.type::pg_catalog.oid
  WHERE p.name OPERATOR(pg_catalog.=) '${prepared}')`;

const plansUnknown = ({ serverMajor }: AskContext): boolean => serverMajor >= 16;

function calledSteps(
  { text, paramCount, shown }: Question,
  role: string,
  { searchPath }: AskedAs,
): Step[] {
  const path = searchPath.map(quotedName).join(', ');
  return shown.flatMap((each) => [
    deallocate,
    {
      sql: callSql(role),
      values: [
        text,
        path,
        String(paramCount),
        String(each !== 'identity'),
        String(each === 'types'),
      ],
      answers: true,
    },
  ]);
}

/**
 * What code may leave behind in the session, and ROLLBACK does not take back: the next statement is
 * another's, and whoever wants the lock would wait for the rest of the cycle.
 */
const forget = ['DEALLOCATE ALL', 'SELECT pg_catalog.pg_advisory_unlock_all()'];
