import { AppError } from '../../base/errors.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { ask } from './ask.ts';
import { failedStatement, sqlState } from './errors.ts';
import { explainAlike } from './explain-alike.ts';
import {
  type ExplainAnswer,
  type ExplainContext,
  type ExplainJob,
  finish,
  type KnownTyping,
  noViews,
  ofPlanning,
  planned,
  queryIdentifier,
  refusal,
  viewsForbidden,
} from './explain-job.ts';
import { explainOpen, mayAskAgain } from './explain-open.ts';
import { withParams } from './repair.ts';

/**
 * One EXPLAIN of a text that has passed the parser and the preflight. Every statement here runs
 * read-only, under a server timeout and the watchdog, and is rolled back. The server's own Query
 * Identifier tells whether the plan is of the statement that production runs.
 */
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
    const answer =
      typing && isCurrent(typing, context)
        ? await explainKnown(job, typing, context)
        : job.seek?.alike
          ? await explainAlike(job, job.seek.alike, context)
          : await explainOpen(job, context);
    if (answer.kind === 'refused' || !answer.pruned) return answer;
    return answer.typing && mayAskAgain(context)
      ? await explainPlanned({ ...job, whole: true }, answer.typing, context)
      : refused('rate_limited', 'partitions are left out of what was answered');
  } catch (error) {
    if (!(error instanceof AppError) || context.signal.aborted) throw error;
    if (error.code === 'connection_failed') throw error;
    const state = sqlState(error.cause);
    if (error.code === 'internal' && !state) throw error;
    // A setting of the role that the server does not take from us.
    if (failedStatement(error.cause) === -1 && Object.keys(job.planner ?? {}).length)
      return explainJob(
        { ...job, planner: {}, lossiness: [...job.lossiness, 'settings_differ'] },
        context,
      );
    if (error.code === 'explain_function_missing') return refused(error.code, error.message);
    if (state === viewsForbidden) return noViews;
    return refused(ofPlanning(error.code), state ? `SQLSTATE ${state}` : undefined);
  }
}

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
  job.seek?.saw(queryIdentifier(outcome.answers[0]), []);
  const typing = { types: [], verified: true, at: context.clock.now() };
  return finish(
    outcome.answers[0] as string,
    job.sample ? 'sampled' : 'generic',
    typing,
    job,
    context,
  );
}

/**
 * What was found right is found out anew after this; what could not be found out is not tried again
 * until it fails, or after this where another kind of guess was right since.
 */
const typingValid_ms = 43_200_000;

const isCurrent = ({ verified, at }: KnownTyping, { clock, habits }: ExplainContext): boolean =>
  clock.now() - at < typingValid_ms || (!verified && habits.newKindAt < at);

async function explainKnown(
  job: ExplainJob,
  typing: KnownTyping,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const answer = await explainPlanned({ ...job, whole: typing.whole ?? false }, typing, context);
  // A table was renamed, and its name is another’s: what is counted goes with the table.
  return answer.kind === 'explained' && typing.id !== undefined && answer.typing?.id !== typing.id
    ? explainOpen(job, context)
    : answer;
}

async function explainPlanned(
  job: ExplainJob,
  typing: KnownTyping,
  context: ExplainContext,
): Promise<ExplainAnswer | Refusal> {
  const outcome = await ask(planned(typing.types, job.template), job, true, context);
  if (!outcome.answers) return refusal(outcome);
  const known = job.whole ? { ...typing, whole: true } : typing;
  return finish(outcome.answers.at(-1) as string, 'generic', known, job, context);
}
