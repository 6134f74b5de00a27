import { type Refusal, refused } from '../../model/refusal.ts';
import { ask } from './ask.ts';
import {
  type ExplainAnswer,
  type ExplainContext,
  type ExplainJob,
  finish,
  planned,
  queryIdentifier,
  refusal,
} from './explain-job.ts';
import type { Alike } from './readings.ts';
import { withConstants } from './repair.ts';

/**
 * Is the text with these types, as it was of another entry over other tables, this statement over
 * these? One question, and the plan where it is.
 */
export async function explainAlike(
  job: ExplainJob,
  { guess, types }: Alike,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const { template, nativeId } = job;
  const text = guess && withConstants(template, guess);
  const plan = planned(types, template);
  const probe = await ask(
    text === undefined ? plan : { text, paramCount: guess?.real ?? 0, shown: ['identity'] },
    job,
    false,
    context,
  );
  if (!probe.answers) return refusal(probe);
  const id = queryIdentifier(probe.answers.at(-1));
  job.seek?.saw(id, types);
  if (id !== nativeId) return refused('ambiguous_schema', 'of other tables');
  const outcome = text === undefined ? probe : await ask(plan, job, false, context);
  if (!outcome.answers) return refusal(outcome);
  const typing = { types, verified: true, at: context.clock.now() };
  return finish(outcome.answers.at(-1) as string, 'generic', typing, job, context);
}
