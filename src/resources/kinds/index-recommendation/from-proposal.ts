import { formatTime, parseTime } from '../../../base/quantity.ts';
import type { Change, Evidence, Proposal } from '../../../model/proposal.ts';
import { type IndexRecommendationSpec, indexRecommendationSpec } from './spec.ts';

/**
 * A proposal as the resource that people approve, and its change back out of it, to the letter: the
 * hash is of that. Pure.
 */
type SpecChange = IndexRecommendationSpec['change'];
type IndexChange = Extract<Change, { kind: 'create-index' | 'drop-index' }>;

/** Of the database time: what is worth a person's look. */
export const leastBenefit = 0.01;

/** Undefined: it is not one that is recommended, by what it is or by what it gains. */
export function recommendationOf(
  proposal: Proposal,
  { autoRollback }: { autoRollback: boolean },
): { name: string; spec: IndexRecommendationSpec } | undefined {
  const { change, evidence } = proposal;
  if (change.kind !== 'create-index' && change.kind !== 'drop-index') return undefined;
  const worth = change.kind === 'drop-index' || evidence.benefitShare >= leastBenefit;
  if (!worth) return undefined;
  // What has no place in the resource (hundreds of partitions, a method of tomorrow) is not there.
  const { data } = indexRecommendationSpec.safeParse(specOf(proposal, change, autoRollback));
  return data && { name: proposal.id, spec: withinLimit(data) };
}

/** Fifty of them for each target are in etcd, and in every list. */
const mostCharacters = 16_384;
function withinLimit(spec: IndexRecommendationSpec): IndexRecommendationSpec {
  const { evidence } = spec;
  if (JSON.stringify(spec).length <= mostCharacters || evidence.statements.length === 0)
    return spec;
  const statements = evidence.statements.slice(0, -1);
  return withinLimit({ ...spec, evidence: { ...evidence, statements } });
}

function specOf(proposal: Proposal, change: IndexChange, autoRollback: boolean): object {
  const { target, evidence } = proposal;
  return {
    targetRef: { name: target.name, uid: target.uid },
    engine: proposal.engine,
    database: proposal.database,
    ...(proposal.server === undefined ? {} : { server: proposal.server }),
    id: proposal.id,
    contentHash: proposal.contentHash,
    change: specChange(change),
    apply: proposal.apply.slice(0, mostStatements).map((each) => cut(each, 1_024)),
    rollback: proposal.rollback.slice(0, mostStatements).map((each) => cut(each, 1_024)),
    reason: cut(proposal.reason, 400),
    benefit: `${(100 * evidence.benefitShare).toFixed(1)}%`,
    size: sizeOf(evidence.sizeBytes),
    evidence: evidenceOf(evidence),
    autoRollback,
    madeAt: formatTime(proposal.madeAt),
    expiresAt: formatTime(proposal.expiresAt),
  };
}
const mostStatements = 4;
const mostEvidence = 20;

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

function evidenceOf({
  statements,
  because,
  ...rest
}: Evidence): IndexRecommendationSpec['evidence'] {
  return {
    ...rest,
    because: because.slice(0, 8).map((each) => cut(each, 160)),
    statements: statements.slice(0, mostEvidence).map(({ text, ...each }) => ({
      ...each,
      ...(text === undefined ? {} : { text: cut(text, 160) }),
    })),
  };
}

/** As Kubernetes writes quantities. */
function sizeOf(bytes: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10)));
  return `${Math.round(bytes / 1_024 ** power)}${units[power]}`;
}

function specChange(change: IndexChange): object {
  const { kind, name, index } = change;
  if (kind === 'create-index')
    return { kind, name, index, ...(change.partitions ? { partitions: change.partitions } : {}) };
  const { because } = change;
  return {
    kind,
    name,
    index,
    because: because.kind === 'unused' ? { ...because, since: formatTime(because.since) } : because,
  };
}

/** Undefined: a drop whose reason lacks what it is made of. */
export function changeOf({
  kind,
  name,
  index,
  because,
  partitions,
}: SpecChange): Change | undefined {
  if (kind === 'create-index')
    return { kind, name, index, ...(partitions ? { partitions } : {}) } as IndexChange;
  switch (because?.kind) {
    case 'invalid':
      return { kind, name, index, because: { kind: 'invalid' } } as IndexChange;
    case 'redundant':
      return {
        kind,
        name,
        index,
        because: { kind: 'redundant', covered: because.covered ?? '' },
      } as IndexChange;
    case 'unused': {
      const { since, servers = [], unknownServers = false } = because;
      if (since === undefined) return undefined;
      const unused = { kind: 'unused' as const, since: parseTime(since), servers, unknownServers };
      return { kind, name, index, because: unused } as IndexChange;
    }
    default:
      return undefined;
  }
}
