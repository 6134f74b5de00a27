import type { ProposalPhase } from '../../../model/proposal.ts';
import type { IndexRecommendationSpec } from './spec.ts';

/** Which recommendations of a target to make, and which to take away. Pure. */
export interface Published {
  name: string;
  phase: ProposalPhase;
  server?: string | undefined;
}
interface Wanted {
  name: string;
  spec: IndexRecommendationSpec;
}

/** Of one target that nobody has decided on: more than that, nobody reads. */
export const mostOpen = 50;
/** Nobody has decided anything, or has said no more than that it may go. */
const undecided: ReadonlySet<ProposalPhase> = new Set(['Proposed', 'Withdrawn', 'Expired']);

/**
 * What the latest run does not advise any more goes, where nobody has decided on it. What expired,
 * or was for another server, is made anew.
 */
export function whatToPublish(
  there: readonly Published[],
  wanted: readonly Wanted[],
): { create: Wanted[]; remove: string[] } {
  const best = wanted
    .toSorted((a, b) => b.spec.evidence.benefitShare - a.spec.evidence.benefitShare)
    .slice(0, mostOpen);
  const servers = new Map(best.map(({ name, spec }) => [name, spec.server]));
  const isOld = ({ name, phase, server }: Published) =>
    undecided.has(phase) &&
    (!servers.has(name) ||
      phase === 'Expired' ||
      (server !== undefined && server !== servers.get(name)));
  const remove = there.filter(isOld).map(({ name }) => name);
  const kept = new Set(there.flatMap((each) => (isOld(each) ? [] : [each.name])));
  return { create: best.filter(({ name }) => !kept.has(name)), remove };
}
