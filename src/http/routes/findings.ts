import type { HistoryQuestions } from '../../history/history-questions.ts';
import { page, targetPath } from '../answers/common.ts';
import { findings } from '../answers/findings.ts';
import { type Api, type FindTarget, says, targetRoute } from '../api.ts';

export interface FindingDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'findings'>;
}

export function findingRoutes(api: Api, { find, history }: FindingDeps): void {
  api.get(
    `${targetRoute}/findings`,
    says('Open findings, worst first', findings, { params: targetPath, querystring: page }),
    async ({ params, query: { limit } }) => ({
      items: await history.findings({ target: find(params).uid, limit }),
    }),
  );
  api.get(
    '/api/v1/findings',
    says('Open findings of all targets', findings, { querystring: page }),
    async ({ query: { limit } }) => ({ items: await history.findings({ limit }) }),
  );
}
