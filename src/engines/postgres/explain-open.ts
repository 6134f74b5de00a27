import type { Code } from '../../base/codes.ts';
import type { Refusal } from '../../model/refusal.ts';
import { ask, askAll, type Question } from './ask.ts';
import type { Outcome } from './attempt.ts';
import { codeOfState } from './errors.ts';
import {
  type ExplainAnswer,
  type ExplainContext,
  type ExplainJob,
  finish,
  planned,
  queryIdentifier,
  refusal,
} from './explain-job.ts';
import { inferTypes } from './infer-types.ts';
import { type Candidate, type Typing, withConstants } from './repair.ts';
import {
  allParams,
  candidateTypings,
  castsNeeded,
  castsToWrite,
  guessesRight,
  guessesToTry,
  type Habits,
  learnFirst,
  learnHabit,
  startWithParams,
} from './typing.ts';

/** What another guess changes nothing about. */
const denied = new Set<Code>(['insufficient_privilege', 'undefined_relation']);

/**
 * All parameters are unknown: the types that the server infers, then those that make it the same
 * statement.
 */
export async function explainOpen(
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
    if (verified || (kind === undefined && !job.seek))
      learnHabit(habits, verified ? kind : undefined, at);
    return finish(json, 'generic', { types, verified, at }, job, context);
  };
  if (known.json !== undefined) job.seek?.saw(queryIdentifier(known.json), known.given);
  if (known.json !== undefined && queryIdentifier(known.json) === job.nativeId) {
    job.seek?.found({ types: known.given });
    return done(known.json, known.given, true, allParams);
  }
  let cut = false;
  const all = candidateTypings(known.all, template, habits).filter(
    (each) => !isSame(each, foreseen?.guess),
  );
  // over other tables all are in vain, which says nothing of the guesses
  const candidates = job.seek?.hasty
    ? all.slice(0, guessesRight(habits) ? 1 : hastyGuesses)
    : job.seek
      ? all
      : guessesToTry(all, habits, foreseen ? 1 : 0);
  for (const [i, candidate] of candidates.entries()) {
    const text = withConstants(template, candidate);
    if (text === undefined) break;
    cut = !mayAskAgain(context);
    if (cut) break;
    const needed = castsNeeded(candidate.types, known.all, template);
    const wanted = planned(needed ?? known.given, template);
    const planKnown = needed ? undefined : known.json;
    const together = !foreseen && i === 0 && planKnown === undefined && mayGoTogether(job, habits);
    const identity: Question = { text, paramCount: candidate.real, shown: ['identity'] };
    const asked = together ? [identity, wanted] : [identity];
    const { probe, plan, right } = await tryGuess(asked, job, context);
    if (!probe.answers && denied.has(codeOfState(probe.state))) return refusal(probe);
    if (i === 0 && (right || !job.seek)) learnFirst(habits, right);
    job.seek?.saw(queryIdentifier(probe.answers?.at(-1)), needed ?? known.given);
    if (!right) continue;
    job.seek?.found({ guess: candidate, types: needed ?? known.given });
    if (planKnown !== undefined) return done(planKnown, known.given, true, candidate.kind);
    const exact = plan ?? (await ask(wanted, job, false, context));
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
  job.seek?.saw(queryIdentifier(json), known.given);
  if (queryIdentifier(json) === job.nativeId) {
    job.seek?.found({ types: known.given });
    return done(json, known.given, true, allParams);
  }
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

/** Where another schema is likelier to be right than another guess. */
const hastyGuesses = 2;

/** Judged by the first question; the second, where there is one, asks for the plan. */
async function tryGuess(asked: readonly Question[], job: ExplainJob, context: ExplainContext) {
  const [probe, plan] = (await askAll(asked, job, false, context)) as [Outcome, Outcome?];
  return { probe, plan, right: queryIdentifier(probe.answers?.at(-1)) === job.nativeId };
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
  const identity: Question = { text, paramCount: candidate.real, shown: ['identity'] };
  const { probe, plan, right } = await tryGuess([identity, planned(types, template)], job, context);
  job.seek?.saw(queryIdentifier(probe.answers?.at(-1)), types);
  if (right) job.seek?.found({ guess: candidate, types });
  if (right || !job.seek) learnFirst(habits, right);
  if (!right || !plan?.answers) return { kind: 'wrong', guess: right ? undefined : candidate };
  learnHabit(habits, candidate.kind, at);
  const json = plan.answers.at(-1) as string;
  return finish(json, 'generic', { types, verified: true, at }, job, context);
}

/**
 * Whether the plan is asked for in one transaction with what tells whether the guess is right:
 * where it hardly ever is wrong, and both fit into the time of one.
 */
const mayGoTogether = ({ slow, as, seek }: ExplainJob, habits: Habits): boolean =>
  !slow && !seek && as === undefined && guessesRight(habits);

export const mayAskAgain = ({ limits }: ExplainContext): boolean => limits.another?.() ?? true;
