import { AppError } from '../../base/errors.ts';
import { assemblePostgresPlan } from '../../plans/assemble.ts';
import type { Unexplained } from '../../plans/batch.ts';
import type { Fingerprint, Lossiness, Plan } from '../../plans/plan.ts';
import { type AskContext, type AskedAs, askPlan, askTypesAndPlan, preparePrefix } from './ask.ts';
import { errorParam, errorPosition, failedStatement, sqlState } from './errors.ts';
import { candidateTypings, fallbackTypes, openParam, type Template, type Typing, withConstants, withParams } from './repair.ts';

/**
 * One EXPLAIN of a text that has passed the parser and the preflight. Every statement here runs read-only, under a server timeout and the watchdog, and is rolled back.
 * The server's own Query Identifier tells whether the plan is of the statement that production runs.
 */
export interface ExplainJob extends AskedAs {
  template: Template;
  /** A text of the same statement with its real values, seen running; preferred. */
  sample?: string;
  nativeId: string;
  lossiness: Lossiness[];
  fingerprint: Fingerprint;
  queryText?: string;
  namespace: string;
  /** What an earlier EXPLAIN of this text found out; kept between cycles. */
  typing: KnownTyping | undefined;
}

export interface KnownTyping {
  types: Typing;
  verified: boolean;
  /** When it was found out: columns change their types. */
  at: number;
}

const typingValid_ms = 43_200_000;

export interface ExplainContext extends AskContext {
  serverVersion: string;
  /** How many parameters of the last statement that was recognised were the application's own. */
  habit: { real: number };
}

export interface ExplainAnswer {
  plan: Plan;
  typing: KnownTyping | undefined;
}

export async function explainJob(job: ExplainJob, context: ExplainContext): Promise<ExplainAnswer | Unexplained> {
  try {
    if (job.sample) return finish(await askPlan(job.sample, 0, 'plan', job, context), 'sampled', undefined, job, context);
    if (job.template.paramCount === 0)
      return finish(await askPlan(withParams(job.template, []), 0, 'plan', job, context), 'generic', undefined, job, context);
    return await explainGeneric(job, context);
  } catch (error) {
    return refusal(error, context.signal);
  }
}

function refusal(error: unknown, signal: AbortSignal): Unexplained {
  if (!(error instanceof AppError) || signal.aborted) throw error;
  if (error.code === 'connection_failed' || error.code === 'internal') throw error;
  if (error.code === 'explain_function_missing') return { code: error.code, detail: error.message };
  return { code: error.code, ...(sqlState(error.cause) ? { detail: `SQLSTATE ${sqlState(error.cause)}` } : {}) };
}

/** All parameters are unknown. First with the types that the server infers, then with those that make it the same statement. */
async function explainGeneric(job: ExplainJob, context: ExplainContext): Promise<ExplainAnswer | Unexplained> {
  const at = context.clock.now();
  if (job.typing && context.clock.now() - job.typing.at < typingValid_ms)
    return finish(await askGeneric(job.typing.types, job, context), 'generic', job.typing, job, context);
  const inferred = await explainInferred(job, context);
  if ('code' in inferred) return inferred;
  const { json } = inferred;
  if (queryIdentifier(json) === job.nativeId) return finish(json, 'generic', { types: inferred.types, verified: true, at }, job, context);
  for (const candidate of candidateTypings(inferred.all, job.template, context.habit.real)) {
    const { types } = candidate;
    const text = withConstants(job.template, candidate);
    if (text === undefined) break;
    const same =
      queryIdentifier(await askPlan(text, candidate.real, 'identity', job, context).catch(unlessFatal(context.signal))) === job.nativeId;
    if (!same) continue;
    context.habit.real = candidate.real;
    const needed = castsNeeded(types, inferred.all, job.template);
    const exact = needed ? await askGeneric(needed, job, context) : json;
    return finish(exact, 'generic', { types: needed ?? inferred.types, verified: true, at }, job, context);
  }
  return finish(json, 'generic', { types: inferred.types, verified: false, at }, job, context);
}

/** A candidate that the server refuses is not the one; whatever else goes wrong is. */
const unlessFatal = (signal: AbortSignal) => (error: unknown) => {
  if (
    error instanceof AppError &&
    !signal.aborted &&
    error.code !== 'connection_failed' &&
    error.code !== 'internal' &&
    error.code !== 'statement_timeout'
  )
    return '';
  throw error;
};

/** The casts to write, or undefined where the server infers the same types anyway. Row counts need none. */
function castsNeeded(types: readonly string[], inferred: readonly string[], { gaps }: Template): string[] | undefined {
  const counts = new Set(gaps.filter(({ count }) => count).map(({ number }) => number - 1));
  return types.some((type, i) => !counts.has(i) && type !== inferred[i])
    ? types.map((type, i) => (counts.has(i) ? (inferred[i] as string) : type))
    : undefined;
}

/**
 * With the types that the server infers: it tells them of a prepared statement. A parameter that it cannot type gets one type after the other, within a limit;
 * whether the guess was right, the Query Identifier tells.
 */
async function explainInferred(
  job: ExplainJob,
  context: ExplainContext,
): Promise<{ types: Typing; all: string[]; json: string } | Unexplained> {
  const types: (string | undefined)[] = Array.from({ length: job.template.paramCount });
  let guessed: number | undefined;
  for (let attempt = 0; attempt < typeAttempts; attempt += 1) {
    try {
      const text = withParams(job.template, types);
      const [all, json] = await askTypesAndPlan(text, job.template.paramCount, job, context);
      return { types: [...types], all: JSON.parse(all || '[]') as string[], json };
    } catch (error) {
      const cause = error instanceof AppError ? error.cause : undefined;
      const state = sqlState(cause);
      if (failedStatement(cause) !== 0 || !state || !typeErrors.has(state)) throw error;
      const position = errorPosition(cause);
      const open =
        errorParam(cause) ?? openParam(job.template, types, position === undefined ? undefined : position - preparePrefix.length);
      const fresh = open !== undefined && types[open - 1] === undefined && (guessed === undefined || state === '42P18');
      if (fresh) guessed = open;
      const next = guessed === undefined ? undefined : nextFallback(types[guessed - 1]);
      if (guessed === undefined || next === undefined) break;
      types[guessed - 1] = next;
    }
  }
  return { code: 'parameter_type_unknown' };
}

const typeAttempts = 12;
const typeErrors = new Set(['42P18', '42725', '42883', '42804', '42P08', '22P02', '22007']);

const nextFallback = (type: string | undefined): string | undefined =>
  fallbackTypes[(fallbackTypes as readonly (string | undefined)[]).indexOf(type) + 1];

const askGeneric = (types: Typing, job: ExplainJob, context: ExplainContext): Promise<string> =>
  askPlan(withParams(job.template, types), job.template.paramCount, 'plan', job, context);

const queryIdentifier = (json: string): string | undefined => /"Query Identifier":\s*(-?\d+)/.exec(json)?.[1];

function finish(
  json: string,
  parameters: 'generic' | 'sampled',
  typing: KnownTyping | undefined,
  job: ExplainJob,
  { limits, serverVersion, clock }: ExplainContext,
): ExplainAnswer | Unexplained {
  const bytes = Buffer.byteLength(json);
  if (bytes > limits.planBytes) return { code: 'too_large', detail: `plan of ${bytes} bytes, limit ${limits.planBytes}` };
  const unverified = parameters === 'generic' && typing?.verified === false;
  const plan = assemblePostgresPlan(json, {
    engineVersion: serverVersion,
    namespace: job.namespace,
    collectedAt: clock.now(),
    parameters,
    fingerprint: job.fingerprint,
    ...(job.queryText === undefined ? {} : { queryText: job.queryText }),
    lossiness: [...job.lossiness, ...(unverified ? (['typing_unverified'] as const) : [])],
  });
  return { plan, typing };
}
