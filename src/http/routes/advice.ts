import { AppError } from '../../base/errors.ts';
import type { HistoryQuestions } from '../../history/history-questions.ts';
import { knownCost, type Plan } from '../../model/plan.ts';
import { type ProposalPhase, proposalPhases, type StoredProposal } from '../../model/proposal.ts';
import { pack } from '../../render/pack.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import {
  advice,
  adviceQuestion,
  allAdviceQuestion,
  approvalRequest,
  proposalPath,
  proposalShown,
  proposals,
  proposedPlan,
  proposedPlanPath,
} from '../answers/advice.ts';
import { targetPath } from '../answers/common.ts';
import { type Api, type FindTarget, NotFound, says, type TargetName, targetRoute } from '../api.ts';
import { type Caller, tokenHolder } from '../caller.ts';
import { asListed } from '../excerpt.ts';
import { wordsOf } from '../words.ts';
import { uidsOf } from './findings.ts';

/** What is advised: of a target, of all, and one proposal with the plans that it is about. */
export interface AdviceDeps {
  find: FindTarget;
  /** Those that there are: of others the history may still know something. */
  targets(): Iterable<TargetName>;
  spec(uid: string): Target['spec'] | undefined;
  /**
   * Takes a person's word on a proposal. Absent: not here, since it is the API server of a cluster
   * that vouches for people, or since it is not only this machine that asks. Throws AppError.
   */
  decide?: ((said: Decided) => Promise<void>) | undefined;
  history: Pick<
    HistoryQuestions,
    'adviceRuns' | 'proposals' | 'proposal' | 'proposedPlan' | 'plan'
  >;
}

export interface Decided {
  id: string;
  contentHash: string;
  decision: 'Approve' | 'Reject';
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
      return { items: found.map(listed), ...(mode ? { mode } : {}), ...(run ? { run } : {}) };
    },
  );
  api.get(
    '/api/v1/advice',
    says('What is advised for all targets, what saves most first', proposals, {
      querystring: allAdviceQuestion,
    }),
    async ({ query: { limit, phase, ns }, caller }) => ({
      items: (
        await history.proposals({
          targets: uidsOf(within(deps.targets(), ns), caller),
          ...phasesOf(phase),
          limit,
        })
      ).map(listed),
    }),
  );
  api.get(
    '/api/v1/advice/:id',
    says('One proposal, with its SQL and on what it stands', proposalShown, {
      params: proposalPath,
    }),
    async ({ params: { id }, caller }) => shown(deps, id, caller),
  );
  api.post(
    '/api/v1/advice/:id/approval',
    says('Approves or rejects a change of an index; nothing runs by it', proposalShown, {
      params: proposalPath,
      body: approvalRequest,
      config: { right: 'judge' },
    }),
    async ({ params: { id }, body, caller }) => {
      const { state, mayApprove } = await shown(deps, id, caller);
      if (!deps.decide || !mayApprove) throw elsewhere();
      if (!undecided.has(state.phase))
        throw new AppError('verdict_refused', `${id} is ${state.phase} by now`);
      await deps.decide({ id, ...body });
      return shown(deps, id, caller);
    },
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

/** Of each of its statements, the beginning of the text. */
const listed = (proposal: StoredProposal): StoredProposal => {
  const { evidence } = proposal;
  return { ...proposal, evidence: { ...evidence, statements: evidence.statements.map(asListed) } };
};

/** Until something runs by it, and once it is over: whether it begins anew `decide` says. */
const undecided: ReadonlySet<ProposalPhase> = new Set([
  'Proposed',
  'Approved',
  'Withdrawn',
  'RolledBack',
  'Failed',
  'Rejected',
  'Expired',
  'Gone',
]);

const elsewhere = () =>
  Object.assign(
    new Error('it is not approved here: in a cluster by an IndexApproval, else on its machine'),
    { statusCode: 403 },
  );

async function shown(deps: AdviceDeps, id: string, caller: Caller) {
  const found = await readable(deps, id, caller);
  const { kind } = found.change;
  const ofIndex = kind === 'create-index' || kind === 'drop-index';
  return { ...found, mayApprove: ofIndex && deps.decide !== undefined && caller === tokenHolder };
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

function within(targets: Iterable<TargetName>, ns: string | undefined): Iterable<TargetName> {
  const asked = wordsOf(ns);
  return Iterator.from(targets).filter(({ namespace }) => asked?.includes(namespace) ?? true);
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
