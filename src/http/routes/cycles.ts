import type { HistoryQuestions } from '../../history/history-questions.ts';
import { page, targetPath } from '../answers/common.ts';
import { cycles } from '../answers/cycles.ts';
import { type Api, type FindTarget, says, targetRoute } from '../api.ts';

export interface CycleDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'cycles'>;
  now(): number;
}

const day_ms = 86_400_000;

export function cycleRoutes(api: Api, { find, history, now }: CycleDeps): void {
  api.get(
    `${targetRoute}/cycles`,
    says('Reports of the last day’s cycles, newest first', cycles, {
      params: targetPath,
      querystring: page,
    }),
    async ({ params, query: { limit } }) => ({
      items: await history.cycles({ target: find(params).uid, since: now() - day_ms, limit }),
    }),
  );
}
