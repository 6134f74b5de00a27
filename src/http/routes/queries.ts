import type { HistoryQuestions } from '../../history/history-questions.ts';
import { page, targetPath } from '../answers/common.ts';
import { queries } from '../answers/queries.ts';
import { type Api, type FindTarget, says, targetRoute } from '../api.ts';

export interface QueryDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'queries'>;
  now(): number;
}

const day_ms = 86_400_000;

export function queryRoutes(api: Api, { find, history, now }: QueryDeps): void {
  api.get(
    `${targetRoute}/queries`,
    says('Statements of the last day, most database time first', queries, {
      params: targetPath,
      querystring: page,
    }),
    async ({ params, query: { limit } }) => ({
      items: await history.queries({ target: find(params).uid, since: now() - day_ms, limit }),
    }),
  );
}
