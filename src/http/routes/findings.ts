import type { HistoryQuestions } from '../../history/history-questions.ts';
import { targetPath } from '../answers/common.ts';
import { findings, findingsPage } from '../answers/findings.ts';
import { type Api, type FindTarget, says, targetRoute } from '../api.ts';

export interface FindingDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'findings'>;
}

export function findingRoutes(api: Api, { find, history }: FindingDeps): void {
  api.get(
    `${targetRoute}/findings`,
    says('Open findings, worst first, with what people said of them', findings, {
      params: targetPath,
      querystring: findingsPage,
    }),
    async ({ params, query: { limit, muted } }) => ({
      items: await history.findings({
        target: find(params).uid,
        includeMuted: muted === 'include',
        limit,
      }),
    }),
  );
  api.get(
    '/api/v1/findings',
    says('Open findings of all targets', findings, { querystring: findingsPage }),
    async ({ query: { limit, muted } }) => ({
      items: await history.findings({ includeMuted: muted === 'include', limit }),
    }),
  );
}
