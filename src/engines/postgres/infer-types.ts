import { type Refusal, refused } from '../../model/refusal.ts';
import { ask, askAll, type Question } from './ask.ts';
import { type ExplainContext, type ExplainJob, planned, refusal } from './explain-job.ts';
import type { Typing } from './repair.ts';
import { guessCasts, startWithParams, subjectOf, type TypeError } from './typing.ts';

export interface InferredTypes {
  kind: 'known';
  /** Casts that had to be guessed before the server could type it at all. */
  given: Typing;
  /** Types of all parameters; `unknown`: any would do. */
  all: string[];
  /** The plan with these. */
  json?: string;
}

/**
 * The server tells the types of a prepared statement. What it cannot type gets guesses, one round
 * after the other, as long as they change what it complains of.
 */
export async function inferTypes(
  job: ExplainJob,
  context: ExplainContext,
): Promise<InferredTypes | Refusal> {
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
  const free = new Set<number>();
  const take = (guess: Typing) => {
    if (error.state === indeterminate)
      for (const [i, type] of guess.entries())
        if (type === 'text' && given[i] === undefined) free.add(i);
    given = guess;
  };
  for (let round = 0; round < guessRounds && typeErrors.has(error.state); round += 1) {
    const guesses = guessCasts(template, given, error);
    const questions = guesses.map(
      (types): Question => ({ ...planned(types, template), shown: ['types'] }),
    );
    const outcomes = await askAll(questions, job, false, context);
    const right = outcomes.findIndex(({ answers }) => answers);
    if (right >= 0) {
      take(guesses[right] as Typing);
      const all = readTypes(outcomes[right]?.answers?.[0]);
      return { kind: 'known', given, all: all.map((type, i) => (free.has(i) ? 'unknown' : type)) };
    }
    const before = subjectOf(error, template);
    const better = outcomes.findIndex(
      (each) => !each.answers && typeErrors.has(each.state) && subjectOf(each, template) !== before,
    );
    if (better < 0) break;
    take(guesses[better] as Typing);
    error = outcomes[better] as TypeError;
  }
  return typeErrors.has(error.state) ? refused('parameter_type_unknown') : refusal(error);
}

const guessRounds = 6;
/** Nothing around it has a say in its type: a string there stays of type unknown. */
const indeterminate = '42P18';
const typeErrors = new Set(['42P18', '42725', '42883', '42804', '42P08', '22P02', '22007']);

/** As casts: a bare `character` or `bit` would be one of length 1. */
const readTypes = (json = '[]'): string[] =>
  (JSON.parse(json || '[]') as string[]).map((type) =>
    type.replace(/^character(?=$|\[)/, 'bpchar').replace(/^bit(?=$|\[)/, '"bit"'),
  );
