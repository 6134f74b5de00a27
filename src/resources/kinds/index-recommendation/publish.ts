import type { ProposalPhase } from '../../../model/proposal.ts';
import type { IndexRecommendationSpec } from './spec.ts';

/** Which recommendations of a target to make, and which to take away. Pure. */
export interface Published {
  name: string;
  phase: ProposalPhase;
}
interface Wanted {
  name: string;
  spec: IndexRecommendationSpec;
}

/** Of one target that nobody has decided on: more than that, nobody reads. */
export const mostOpen = 50;
/** Nobody has decided anything, or has said no more than that it may go. */
const undecided: ReadonlySet<ProposalPhase> = new Set(['Proposed', 'Withdrawn', 'Expired']);

/** What the latest run does not advise any more goes, where nobody has decided on it. */
export function whatToPublish(
  there: readonly Published[],
  wanted: readonly Wanted[],
): { create: Wanted[]; remove: string[] } {
  const known = new Map(there.map(({ name, phase }) => [name, phase]));
  const best = wanted
    .toSorted((a, b) => b.spec.evidence.benefitShare - a.spec.evidence.benefitShare)
    .slice(0, mostOpen);
  const names = new Set(best.map(({ name }) => name));
  return {
    create: best.filter(({ name }) => !known.has(name)),
    remove: there.flatMap(({ name, phase }) =>
      undecided.has(phase) && (!names.has(name) || phase === 'Expired') ? [name] : [],
    ),
  };
}
