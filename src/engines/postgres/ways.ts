import type { Plan } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { isNotFound, refusedFor } from './direct.ts';
import type { ExplainAnswer, ExplainJob } from './explain-job.ts';
import type { KnownStatement } from './statement-cache.ts';
import type { Doubts } from './trust.ts';

/**
 * A statement's names may mean the tables of several schemas: an application sets its search path
 * after login, and nobody else sees it. Up to 17 the Query Identifier is made of the tables
 * themselves, and tells which are meant; so each schema that has all the names is tried, the role's
 * own path first.
 */
export interface Way {
  kind: 'way';
  /** Production's search path in it. */
  meaning: string;
  job: Omit<ExplainJob, 'typing' | 'slow'>;
  doubts: Doubts;
  facts: TableFacts[];
}

export type WayAnswer = { kind: 'explained'; plan: Plan; facts: TableFacts[] } | Refusal;

export async function explainWays(
  ways: readonly Way[],
  ambiguous: boolean,
  known: KnownStatement,
  explain: (job: ExplainJob) => Promise<ExplainAnswer | Refusal>,
): Promise<WayAnswer> {
  const settled = ways.find((way) => way.meaning === known.way);
  let fallback: WayAnswer | undefined;
  for (const way of settled ? [settled] : ways) {
    const learned = () => ({
      typing: known.way === way.meaning ? known.typing : undefined,
      slow: known.slow ?? false,
    });
    let answer = await explain({ ...way.job, ...learned() });
    if (way.job.sample && (isNotFound(answer) || isUnreadable(answer))) {
      // its literals may hold names that only production's path finds, or mean something only there
      const { sample: _, ...generic } = way.job;
      answer = await explain({ ...generic, ...learned() });
    }
    if (answer.kind === 'refused' && answer.code === 'statement_timeout') known.slow = true;
    const doubtful = refusedFor(answer, way.doubts);
    if (!doubtful && answer.kind === 'explained' && !differs(answer.plan)) return keep(way, answer);
    const result: WayAnswer =
      doubtful ??
      (answer.kind === 'explained'
        ? { kind: 'explained', plan: answer.plan, facts: way.facts }
        : answer);
    if (settled || ways.length === 1)
      return !doubtful && answer.kind === 'explained' ? keep(way, answer) : forget(result);
    if (answer.kind === 'refused' && !isNotFound(answer)) return result;
    fallback ??=
      !doubtful && answer.kind === 'explained' && !ambiguous ? keep(way, answer) : result;
  }
  if (ambiguous)
    return refused('ambiguous_schema', 'of none of them is the statement that was counted');
  return fallback as WayAnswer;

  function keep(way: Way, { plan, typing }: ExplainAnswer): WayAnswer {
    if (known.way !== way.meaning) known.typing = undefined;
    known.way = way.meaning;
    if (typing && !way.job.sample) known.typing = typing;
    return { kind: 'explained', plan, facts: way.facts };
  }

  function forget(result: WayAnswer): WayAnswer {
    if (isNotFound(result)) {
      known.typing = undefined; // a column may have changed its type
      delete known.way;
    }
    return result;
  }
}

/** Class 22: a value that is none, such as `'31.12.2024'` where the month comes first. */
const isUnreadable = (answer: ExplainAnswer | Refusal): boolean =>
  answer.kind === 'refused' && answer.detail?.startsWith('SQLSTATE 22') === true;

const differs = ({ lossiness }: Plan): boolean =>
  lossiness.includes('typing_unverified') || lossiness.includes('identifier_differs');
