import type { HistoryQuestions } from '../../history/history-questions.ts';
import { knownCost, type Plan } from '../../model/plan.ts';
import { type ProposalPhase, proposalPhases, type StoredProposal } from '../../model/proposal.ts';
import { pack } from '../../render/pack.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import {
  advice,
  adviceQuestion,
  allAdviceQuestion,
  proposal,
  proposalPath,
  proposals,
  proposedPlan,
  proposedPlanPath,
} from '../answers/advice.ts';
import { targetPath } from '../answers/common.ts';
import { type Api, type FindTarget, NotFound, says, targetRoute } from '../api.ts';
import type { Caller } from '../caller.ts';
import { wordsOf } from '../words.ts';

/** What is advised: of a target, of all, and one proposal with the plans that it is about. */
export interface AdviceDeps {
  find: FindTarget;
  spec(uid: string): Target['spec'] | undefined;
  history: Pick<
    HistoryQuestions,
    'adviceRuns' | 'proposals' | 'proposal' | 'proposedPlan' | 'plan'
  >;
}

export function adviceRoutes(api: Api, deps: AdviceDeps): void {
  const { find, history } = deps;
  api.get(
    `${targetRoute}/advice`,
    says('What is advised, what saves most first, and the latest run', advice, {
      params: targetPath,
      querystring: adviceQuestion,
    }),
    async ({ params, query: { limit, phase } }) => {
      const { uid } = find(params);
      const [[run], found] = await Promise.all([
        history.adviceRuns({ target: uid, limit: 1 }),
        history.proposals({ target: uid, ...phasesOf(phase), limit }),
      ]);
      const mode = deps.spec(uid)?.advice.mode;
      return { items: found, ...(mode ? { mode } : {}), ...(run ? { run } : {}) };
    },
  );
  api.get(
    '/api/v1/advice',
    says('What is advised for all targets, what saves most first', proposals, {
      querystring: allAdviceQuestion,
    }),
    async ({ query: { limit, phase, ns }, caller }) => ({
      items: await history.proposals({ ...namespacesOf(ns, caller), ...phasesOf(phase), limit }),
    }),
  );
  api.get(
    '/api/v1/advice/:id',
    says('One proposal, with its SQL and on what it stands', proposal, { params: proposalPath }),
    async ({ params: { id }, caller }) => readable(deps, id, caller),
  );
  api.get(
    '/api/v1/advice/:id/plans/:fingerprint',
    says('The plan of a statement as it is, and as it would be, packed', proposedPlan, {
      params: proposedPlanPath,
    }),
    async ({ params: { id, fingerprint }, caller }) => {
      const { target, evidence } = await readable(deps, id, caller);
      const after = await history.proposedPlan({ proposal: id, fingerprint });
      if (!after) throw new NotFound(`${id} keeps no plan of ${fingerprint}`);
      const hash = evidence.statements.find((each) => each.fingerprint === fingerprint)?.planBefore;
      const before = hash && (await history.plan({ target: target.uid, fingerprint, hash }));
      return {
        id,
        fingerprint,
        ...(before ? { before: await packedOf(before.plan) } : {}),
        after: await packedOf(after),
      };
    },
  );
}

/** What the caller may not read is not there. */
async function readable(
  { history }: AdviceDeps,
  id: string,
  caller: Caller,
): Promise<StoredProposal> {
  const found = await history.proposal(id);
  if (!found || !caller.mayRead(found.target.namespace ?? ''))
    throw new NotFound(`there is no proposal ${id}`);
  return found;
}

function namespacesOf(ns: string | undefined, { readable, mayRead }: Caller) {
  const asked = wordsOf(ns);
  const namespaces = asked ? asked.filter(mayRead) : readable === 'all' ? undefined : readable;
  return namespaces ? { namespaces } : {};
}

function phasesOf(phase: string | undefined): { phases?: ProposalPhase[] } {
  const asked = wordsOf(phase);
  return asked ? { phases: proposalPhases.filter((each) => asked.includes(each)) } : {};
}

const packedOf = async (plan: Plan) => ({
  hash: plan.hash.shape,
  cost: knownCost(plan) ?? 0,
  packed: await pack(plan),
});
