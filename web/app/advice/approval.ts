import { endedBadly } from '../../../src/model/proposal.ts';
import type { ProposalAnswer } from '../../data/advice.ts';
import { type Folders, named } from '../commands.ts';

/** What a person runs to approve a proposal: of the same hash, or of none. Pure. */
export function approvalCommand(
  { id, contentHash, target }: Pick<ProposalAnswer, 'id' | 'contentHash' | 'target'>,
  alone: Folders | undefined,
): string {
  if (alone) return `dbintel approve ${id} --hash ${contentHash}${named(alone, 'data')}`;
  const place = target.namespace ?? 'default';
  return `kubectl dbintel approve ${id} -n ${place} --hash ${contentHash}`;
}

/** What a person runs to have once more what is over; in a cluster the next run makes it anew. */
export function againCommand(
  { id, contentHash, target, state }: ProposalAnswer,
  alone: Folders | undefined,
): string {
  if (alone)
    return (
      approvalCommand({ id, contentHash, target }, alone) +
      (endedBadly(state.phase) ? ' --again' : '')
    );
  const place = target.namespace ?? 'default';
  // As the manifest names it, and as the plugin does.
  const approvals = [id, `${id}-approve`, `${id}-reject`].join(' ');
  return [
    `kubectl delete indexapproval ${approvals} -n ${place} --ignore-not-found`,
    `kubectl delete idxrec ${id} -n ${place}`,
  ].join('\n');
}

/** The same without the plugin, as a resource. */
export function approvalManifest({
  id,
  contentHash,
  target,
}: Pick<ProposalAnswer, 'id' | 'contentHash' | 'target'>): string {
  return [
    'kubectl apply -f - <<END',
    'apiVersion: dbintel.io/v1alpha1',
    'kind: IndexApproval',
    `metadata: { name: ${id}, namespace: ${target.namespace ?? 'default'} }`,
    'spec:',
    `  recommendation: ${id}`,
    `  contentHash: ${contentHash}`,
    "  approvedBy: $(kubectl auth whoami -o jsonpath='{.status.userInfo.username}')",
    'END',
  ].join('\n');
}

export const applyCommand = ({ id }: Pick<ProposalAnswer, 'id'>, alone: Folders): string =>
  `dbintel apply ${id} --credentials FOLDER${named(alone, 'targets', 'data')}`;
