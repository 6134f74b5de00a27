import type { HistoryQuestions } from '../../history/history-questions.ts';
import { drawPlan } from '../../render/draw-plan.ts';
import { targetPath } from '../answers/common.ts';
import { document, exportOptions, plan, planFilter, planPath, plans } from '../answers/plans.ts';
import { type Api, type FindTarget, NotFound, says, targetRoute } from '../api.ts';

export interface PlanDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'findings' | 'plan' | 'plans'>;
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
  api.get(
    `${targetRoute}/plans/:fingerprint/:hash/export`,
    says('One plan as a picture, or as a page with its findings and steps', document, {
      params: planPath,
      querystring: exportOptions,
    }),
    async ({ params, query: { format, ...options } }, reply) => {
      const { fingerprint, hash, name } = params;
      const target = find(params).uid;
      const found = await history.plan({ target, fingerprint, hash });
      if (!found) throw new NotFound('there is no such plan');
      const open = await history.findings({ target, includeMuted: false, limit: mostFindings });
      const findings = open.filter(
        (each) => each.fingerprint === fingerprint && each.hash === hash,
      );
      return reply
        .type(format === 'svg' ? 'image/svg+xml' : 'text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .header('x-content-type-options', 'nosniff')
        .send(
          drawPlan({ name: `${name} ${fingerprint}`, plan: found.plan, findings }, format, options),
        );
    },
  );
}

/** Of one target; those of one plan are few. */
const mostFindings = 1_000;
