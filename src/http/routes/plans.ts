import type { HistoryQuestions } from '../../history/history-questions.ts';
import { targetPath } from '../answers/common.ts';
import { plan, planFilter, planPath, plans } from '../answers/plans.ts';
import { type Api, type FindTarget, NotFound, says, targetRoute } from '../api.ts';

export interface PlanDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'plan' | 'plans'>;
}

export function planRoutes(api: Api, { find, history }: PlanDeps): void {
  api.get(
    `${targetRoute}/plans`,
    says('Distinct plans, newest first', plans, { params: targetPath, querystring: planFilter }),
    async ({ params, query: { limit, fingerprint } }) => ({
      items: await history.plans({
        target: find(params).uid,
        limit,
        ...(fingerprint ? { fingerprint } : {}),
      }),
    }),
  );
  api.get(
    `${targetRoute}/plans/:fingerprint/:hash`,
    says('One plan with its tree', plan, { params: planPath }),
    async ({ params }) => {
      const { fingerprint, hash } = params;
      const found = await history.plan({ target: find(params).uid, fingerprint, hash });
      if (!found) throw new NotFound('there is no such plan');
      return found;
    },
  );
}
