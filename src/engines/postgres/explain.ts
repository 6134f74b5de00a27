import type { Code } from '../../base/codes.ts';
import { AppError } from '../../base/errors.ts';
import type { Fingerprint, Lossiness, Plan } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { type AskContext, type AskedAs, ask, askAll, type Question } from './ask.ts';
import type { Outcome } from './attempt.ts';
import { codeOfState, failedStatement, sqlState } from './errors.ts';
import type { PlanReader } from './plan-reader.ts';
import {
  type Candidate,
  isSquashed,
  type Template,
  type Typing,
  withConstants,
  withParams,
} from './repair.ts';
import type { TypesBefore } from './types-before.ts';
import {
  allParams,
  candidateTypings,
  castsNeeded,
  castsToWrite,
  guessCasts,
  guessesRight,
  guessesToTry,
  type Habits,
  learnFirst,
  learnHabit,
  startWithParams,
  subjectOf,
  type TypeError,
} from './typing.ts';

/**
 * One EXPLAIN of a text that has passed the parser and the preflight. Every statement here runs
 * read-only, under a server timeout and the watchdog, and is rolled back. The server's own Query
 * Identifier tells whether the plan is of the statement that production runs.
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
  /** It outstayed its time before: what is asked of it is asked alone. */
  slow: boolean;
}

export interface KnownTyping {
  types: Typing;
  verified: boolean;
  /** When it was found out: columns change their types. */
  at: number;
}

/**
 * What was found right is found out anew after this; what could not be found out is not tried again
 * until it fails, or after this where another kind of guess was right since.
 */
const typingValid_ms = 43_200_000;

export interface ExplainContext extends AskContext {
  serverVersion: string;
  habits: Habits;
  typesBefore: TypesBefore;
  readPlan: PlanReader;
}

export interface ExplainAnswer {
  kind: 'explained';
  plan: Plan;
  typing: KnownTyping | undefined;
}

export async function explainJob(
  job: ExplainJob,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const answer = await explainAsked(job, context);
  const unset =
    job.as !== undefined &&
    answer.kind === 'refused' &&
    answer.detail === `SQLSTATE ${undefinedObject}`;
  return unset ? refused('session_setting_missing', `read by what ${job.as} plans`) : answer;
}

/** What current_setting() raises; names in the text were found by then. */
const undefinedObject = '42704';

async function explainAsked(
  job: ExplainJob,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const { template, typing } = job;
  try {
    if (job.sample || template.paramCount === 0) return await explainClosed(job, context);
    if (typing && isCurrent(typing, context)) return await explainKnown(job, typing, context);
    return await explainGeneric(job, context);
  } catch (error) {
    if (!(error instanceof AppError) || context.signal.aborted) throw error;
    if (error.code === 'connection_failed' || error.code === 'internal') throw error;
    // A setting of the role that the server does not take from us.
    if (failedStatement(error.cause) === -1 && Object.keys(job.planner ?? {}).length)
      return explainJob(
        { ...job, planner: {}, lossiness: [...job.lossiness, 'settings_differ'] },
        context,
      );
    if (error.code === 'explain_function_missing') return refused(error.code, error.message);
    const state = sqlState(error.cause);
    return refused(error.code, state ? `SQLSTATE ${state}` : undefined);
  }
}

const refusal = ({ state }: TypeError): Refusal => refused(codeOfState(state), `SQLSTATE ${state}`);

/** Nothing in it is open: the identifier says whether it means the tables that production means. */
async function explainClosed(
  job: ExplainJob,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const text = job.sample ?? withParams(job.template, []);
  const outcome = await ask(
    { text, paramCount: 0, shown: ['plan'] },
    job,
    job.typing !== undefined,
    context,
  );
  if (!outcome.answers) return refusal(outcome);
  const typing = { types: [], verified: true, at: context.clock.now() };
  return finish(
    outcome.answers[0] as string,
    job.sample ? 'sampled' : 'generic',
    typing,
    job,
    context,
  );
}

const isCurrent = ({ verified, at }: KnownTyping, { clock, habits }: ExplainContext): boolean =>
  clock.now() - at < typingValid_ms || (!verified && habits.newKindAt < at);

async function explainKnown(
  job: ExplainJob,
  typing: KnownTyping,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const outcome = await ask(planned(typing.types, job.template), job, true, context);
  return outcome.answers
    ? finish(outcome.answers.at(-1) as string, 'generic', typing, job, context)
    : refusal(outcome);
}

/** What another guess changes nothing about. */
const denied = new Set<Code>(['insufficient_privilege', 'undefined_relation']);

interface Known {
  kind: 'known';
  /** Casts that had to be guessed before the server could type it at all. */
  given: Typing;
  /** Types of all parameters. */
  all: string[];
  /** The plan with these. */
  json?: string;
}

/**
 * All parameters are unknown: the types that the server infers, then those that make it the same
 * statement.
 */
async function explainGeneric(
  job: ExplainJob,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const { template } = job;
  const { habits, clock } = context;
  const at = clock.now();
  const foreseen = await explainForeseen(job, context);
  if (foreseen && foreseen.kind !== 'wrong') return foreseen;
  const known = await inferTypes(job, context);
  if (known.kind === 'refused') return known;
  context.typesBefore.learn(template, known.all);
  const done = (json: string, types: Typing, verified: boolean, kind?: string) => {
    if (verified || kind === undefined) learnHabit(habits, verified ? kind : undefined, at);
    return finish(json, 'generic', { types, verified, at }, job, context);
  };
  if (known.json !== undefined && queryIdentifier(known.json) === job.nativeId)
    return done(known.json, known.given, true, allParams);
  let cut = false;
  const candidates = guessesToTry(
    candidateTypings(known.all, template, habits).filter((each) => !isSame(each, foreseen?.guess)),
    habits,
    foreseen ? 1 : 0,
  );
  for (const [i, candidate] of candidates.entries()) {
    const text = withConstants(template, candidate);
    if (text === undefined) break;
    cut = !mayAskAgain(context);
    if (cut) break;
    const identity: Question = { text, paramCount: candidate.real, shown: ['identity'] };
    const needed = castsNeeded(candidate.types, known.all, template);
    const wanted = planned(needed ?? known.given, template);
    const planKnown = needed ? undefined : known.json;
    const together = !foreseen && i === 0 && planKnown === undefined && mayGoTogether(job, habits);
    const asked = together ? [identity, wanted] : [identity];
    const [probe, planToo] = (await askAll(asked, job, false, context)) as [Outcome, Outcome?];
    if (!probe.answers && denied.has(codeOfState(probe.state))) return refusal(probe);
    const right = queryIdentifier(probe.answers?.at(-1)) === job.nativeId;
    if (i === 0) learnFirst(habits, right);
    if (!right) continue;
    if (planKnown !== undefined) return done(planKnown, known.given, true, candidate.kind);
    const exact = planToo ?? (await ask(wanted, job, false, context));
    return exact.answers
      ? done(exact.answers.at(-1) as string, needed ?? known.given, true, candidate.kind)
      : refusal(exact);
  }
  const last: Outcome =
    known.json === undefined
      ? await ask(planned(known.given, template), job, false, context)
      : { answers: [known.json] };
  if (!last.answers) return refusal(last);
  const json = last.answers.at(-1) as string;
  if (queryIdentifier(json) === job.nativeId) return done(json, known.given, true, allParams);
  if (cut)
    return finish(
      json,
      'generic',
      undefined,
      { ...job, lossiness: [...job.lossiness, 'typing_unverified'] },
      context,
    );
  return done(json, known.given, false);
}

interface WrongGuess {
  kind: 'wrong';
  /** Undefined: it was right, and its plan is not to be had with casts. */
  guess: Candidate | undefined;
}

const isSame = (one: Candidate, other: Candidate | undefined): boolean =>
  one.real === other?.real && one.types.join() === other.types.join();

/**
 * The plan and what tells whether it is of the right types, both at once, without asking which
 * types those are: they are known of other statements. Undefined where they are not.
 */
async function explainForeseen(
  job: ExplainJob,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal | WrongGuess | undefined> {
  const { template } = job;
  const { habits, clock, typesBefore } = context;
  if (!mayGoTogether(job, habits) || startWithParams(template, habits)) return undefined;
  const inferred = typesBefore.of(template);
  const [candidate] = inferred ? candidateTypings(inferred, template, habits) : [];
  const text = candidate && withConstants(template, candidate);
  if (!candidate || text === undefined || !mayAskAgain(context)) return undefined;
  const at = clock.now();
  const types = castsToWrite(candidate, template);
  const [probe, plan] = (await askAll(
    [{ text, paramCount: candidate.real, shown: ['identity'] }, planned(types, template)],
    job,
    false,
    context,
  )) as [Outcome, Outcome];
  const right = queryIdentifier(probe.answers?.at(-1)) === job.nativeId;
  learnFirst(habits, right);
  if (!right || !plan.answers) return { kind: 'wrong', guess: right ? undefined : candidate };
  learnHabit(habits, candidate.kind, at);
  const json = plan.answers.at(-1) as string;
  return finish(json, 'generic', { types, verified: true, at }, job, context);
}

/**
 * Whether the plan is asked for in one transaction with what tells whether the guess is right:
 * where it hardly ever is wrong, and both fit into the time of one.
 */
const mayGoTogether = ({ slow, as }: ExplainJob, habits: Habits): boolean =>
  !slow && as === undefined && guessesRight(habits);

const mayAskAgain = ({ limits }: ExplainContext): boolean => limits.another?.() ?? true;

/**
 * The server tells the types of a prepared statement. What it cannot type gets guesses, one round
 * after the other, as long as they change what it complains of.
 */
async function inferTypes(job: ExplainJob, context: ExplainContext): Promise<Known | Refusal> {
  const { template } = job;
  let given: Typing = Array.from({ length: template.paramCount });
  const withPlan = startWithParams(template, context.habits);
  const outcome = await ask(
    { ...planned(given, template), shown: withPlan ? ['types', 'plan'] : ['types'] },
    job,
    false,
    context,
  );
  if (outcome.answers)
    return {
      kind: 'known',
      given,
      all: readTypes(outcome.answers[0]),
      ...(withPlan ? { json: outcome.answers[1] as string } : {}),
    };
  let error: TypeError = outcome;
  for (let round = 0; round < guessRounds && typeErrors.has(error.state); round += 1) {
    const guesses = guessCasts(template, given, error);
    const questions = guesses.map(
      (types): Question => ({ ...planned(types, template), shown: ['types'] }),
    );
    const outcomes = await askAll(questions, job, false, context);
    const right = outcomes.findIndex(({ answers }) => answers);
    if (right >= 0)
      return {
        kind: 'known',
        given: guesses[right] as Typing,
        all: readTypes(outcomes[right]?.answers?.[0]),
      };
    const before = subjectOf(error, template);
    const better = outcomes.findIndex(
      (each) => !each.answers && typeErrors.has(each.state) && subjectOf(each, template) !== before,
    );
    if (better < 0) break;
    given = guesses[better] as Typing;
    error = outcomes[better] as TypeError;
  }
  return typeErrors.has(error.state) ? refused('parameter_type_unknown') : refusal(error);
}

const guessRounds = 6;
const typeErrors = new Set(['42P18', '42725', '42883', '42804', '42P08', '22P02', '22007']);

/** As casts: a bare `character` or `bit` would be one of length 1. */
const readTypes = (json = '[]'): string[] =>
  (JSON.parse(json || '[]') as string[]).map((type) =>
    type.replace(/^character(?=$|\[)/, 'bpchar').replace(/^bit(?=$|\[)/, '"bit"'),
  );

const planned = (types: Typing, template: Template): Question => ({
  text: withParams(template, types),
  paramCount: template.paramCount,
  shown: ['plan'],
});

const identifierLabel = '"Query Identifier":';
const identifier = /\s*(-?\d+)/y;

/** It stands near the end of what may be long. */
function queryIdentifier(json = ''): string | undefined {
  const at = json.lastIndexOf(identifierLabel);
  if (at < 0) return undefined;
  identifier.lastIndex = at + identifierLabel.length;
  return identifier.exec(json)?.[1];
}

function finish(
  json: string,
  parameters: 'generic' | 'sampled',
  typing: KnownTyping | undefined,
  job: ExplainJob,
  { limits, serverVersion, clock, readPlan }: ExplainContext,
): ExplainAnswer | Refusal {
  // no character takes more than three bytes
  const bytes = 3 * json.length > limits.planBytes ? Buffer.byteLength(json) : 0;
  if (bytes > limits.planBytes)
    return refused('too_large', `plan of ${bytes} bytes, limit ${limits.planBytes}`);
  const marks: Lossiness[] = [];
  if (parameters === 'generic' && typing?.verified === false) marks.push('typing_unverified');
  if (parameters === 'generic' && isSquashed(job.template)) marks.push('list_length_unknown');
  // A policy that reads a setting of the session, whose value there is not known.
  if (job.as !== undefined && json.includes('current_setting(')) marks.push('rls_differs');
  const id = queryIdentifier(json);
  const closed = parameters === 'sampled' || job.template.paramCount === 0;
  if (
    closed &&
    !job.lossiness.includes('typing_unverified') &&
    id !== undefined &&
    id !== job.nativeId
  )
    marks.push('identifier_differs');
  const source = {
    engineVersion: serverVersion,
    namespace: job.namespace,
    collectedAt: clock.now(),
    parameters,
    fingerprint: job.fingerprint,
    ...(job.queryText === undefined ? {} : { queryText: job.queryText }),
    lossiness: [...job.lossiness, ...marks],
  };
  const plan = readPlan(json, source, job.template);
  return { kind: 'explained', plan, typing };
}
