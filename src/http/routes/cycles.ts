import type { HistoryQuestions } from '../../history/history-questions.ts';
import type { CycleReport } from '../../model/batch.ts';
import { targetPath } from '../answers/common.ts';
import { coverageAnswer, coverageQuestion } from '../answers/coverage.ts';
import { cycles, cyclesQuestion } from '../answers/cycles.ts';
import { type Api, type FindTarget, says, targetRoute } from '../api.ts';
import { coverageOver } from '../coverage-over.ts';
import { rangeOf } from '../range.ts';

export interface CycleDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'cycles'>;
  now(): number;
}

/** A day of cycles, one a minute; a report is some kilobytes. */
const mostCycles = 1_500;

export function cycleRoutes(api: Api, { find, history, now }: CycleDeps): void {
  api.get(
    `${targetRoute}/cycles`,
    says('Reports of cycles, newest first; of the last day where nothing else is said', cycles, {
      params: targetPath,
      querystring: cyclesQuestion,
    }),
    async ({ params, query: { limit, cursor, ...range } }) => {
      const target = find(params).uid;
      const before = cursor === undefined ? {} : { before: readCursor(cursor) };
      const asked = { target, ...rangeOf(range, now()), ...before, limit: limit + 1 };
      const found = await history.cycles(asked);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && found.length > limit ? { next: cursorOf(last) } : {}) };
    },
  );
  api.get(
    `${targetRoute}/coverage`,
    says('Which share of the database time has a plan, or why not', coverageAnswer, {
      params: targetPath,
      querystring: coverageQuestion,
    }),
    async ({ params, query }) => {
      const { since, until } = rangeOf(query, now());
      const target = find(params).uid;
      const found = await history.cycles({ target, since, until, limit: mostCycles });
      return coverageOver(found, { from: since, to: until });
    },
  );
}

const cursorOf = ({ startedAt, number }: CycleReport): string => `${startedAt}-${number}`;

function readCursor(cursor: string): { startedAt: number; number: number } {
  const [, startedAt, number] = /^(\d{1,15})-(\d{1,9})$/.exec(cursor) ?? [];
  if (startedAt !== undefined) return { startedAt: Number(startedAt), number: Number(number) };
  throw Object.assign(new Error('the cursor is none of ours'), { statusCode: 400 });
}
