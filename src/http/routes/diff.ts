import type { HistoryQuestions, PlanSummary, StoredPlan } from '../../history/history-questions.ts';
import { differenceOf } from '../../render/difference.ts';
import { pack } from '../../render/pack.ts';
import { diff, diffQuestion } from '../answers/diff.ts';
import { packedPlan, planKey } from '../answers/plans.ts';
import { type Api, type FindUid, NotFound, says } from '../api.ts';
import type { Caller } from '../caller.ts';

/** Plans by the key that history has for them: one as small as it gets, and two compared. */
export interface DiffDeps {
  findUid: FindUid;
  history: Pick<HistoryQuestions, 'plan'>;
}

export function diffRoutes(api: Api, deps: DiffDeps): void {
  api.get(
    '/api/v1/plans/:uid/:fingerprint/:hash',
    says('One plan, packed: `unpack` of the page’s element reads it', packedPlan, {
      params: planKey,
    }),
    async ({ params: { uid, fingerprint, hash }, caller }) => {
      const { namespace, name } = deps.findUid(uid, caller);
      const found = await planOf(deps, { target: uid, fingerprint, hash });
      return { ...found, namespace, name, packed: await pack(found.plan) };
    },
  );
  api.get(
    '/api/v1/diff',
    says('What changed from one plan to another, in words and step by step', diff, {
      querystring: diffQuestion,
    }),
    async ({ query, caller }) => {
      const [a, b] = await Promise.all([
        named(deps, query.a, caller),
        named(deps, query.b, caller),
      ]);
      return { a, b, ...differenceOf(a.plan, b.plan) };
    },
  );
}

async function named(deps: DiffDeps, text: string, caller: Caller): Promise<StoredPlan> {
  const [target = '', fingerprint = '', hash = ''] = text.split('/');
  deps.findUid(target, caller);
  return planOf(deps, { target, fingerprint, hash });
}

async function planOf(
  { history }: DiffDeps,
  id: Pick<PlanSummary, 'target' | 'fingerprint' | 'hash'>,
): Promise<StoredPlan> {
  const found = await history.plan(id);
  if (!found) throw new NotFound(`there is no plan ${id.fingerprint}/${id.hash}`);
  return found;
}
