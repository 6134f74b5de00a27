import { parseTime } from '../../base/quantity.ts';
import type { ApiObject } from '../../kubernetes/api-object.ts';
import type { Item } from '../../kubernetes/object-cache.ts';
import { openResourceStore, type ResourceStoreDeps } from '../../kubernetes/resource-store.ts';
import type { ProposalPhase } from '../../model/proposal.ts';
import { indexRecommendation } from '../../resources/kinds/index-recommendation/kind.ts';
import { indexRecommendationSpec } from '../../resources/kinds/index-recommendation/spec.ts';
import { indexRecommendationStatus } from '../../resources/kinds/index-recommendation/status.ts';

/**
 * What has become of the IndexRecommendations of a cluster: those that the executor has written a
 * phase of, as they were last told. What nobody has said anything of is not even listed.
 */
export interface Decision extends Item {
  namespace: string;
  /** Uid of its target, as the recommendation says. */
  target: string;
  /** Of the proposal. */
  id: string;
  contentHash: string;
  phase: ProposalPhase;
  since: number;
  reason: string | undefined;
  detail: string | undefined;
  approvedBy: string | undefined;
}

export interface DecisionStore {
  /** Also those that have gone lately: their last word may not have been read yet. */
  list(): Decision[];
  stop(): Promise<void>;
}

/** Set means decided: the field is empty until the executor writes. */
const decided = 'status.phase!=';
/** A last word is read within seconds; so many cannot come in that time. */
const goneLimit = 500;

export type DecisionStoreDeps = Omit<
  ResourceStoreDeps<typeof indexRecommendation, Item>,
  'kind' | 'fields' | 'project'
>;

export function openDecisionStore(deps: DecisionStoreDeps): DecisionStore {
  const gone: Kept[] = [];
  const store = openResourceStore({ ...deps, kind: indexRecommendation, fields: decided, project });
  store.watch({
    upsert: () => undefined,
    gone(item) {
      gone.push(item);
      if (gone.length > goneLimit) gone.shift();
    },
    synced: () => undefined,
  });
  return {
    list: () => [...store.list(), ...gone].flatMap(({ decision }) => decision ?? []),
    stop: store.stop,
  };
}

/** Undefined: a newer version wrote it, or nobody has written a phase. */
type Kept = Item & { decision: Decision | undefined };

function project(object: ApiObject): Kept {
  const { uid, resourceVersion } = object.metadata;
  return { uid, resourceVersion, decision: decisionOf(object) };
}

export function decisionOf({ metadata, spec, status }: ApiObject): Decision | undefined {
  const { data: said } = indexRecommendationSpec.safeParse(spec);
  const { data: now } = indexRecommendationStatus.safeParse(status);
  if (!said || !now?.phase) return undefined;
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    namespace: metadata.namespace ?? 'default',
    target: said.targetRef.uid,
    id: said.id,
    contentHash: said.contentHash,
    phase: now.phase,
    since: parseTime(now.phaseSince ?? said.madeAt),
    reason: now.reason,
    detail: now.detail,
    approvedBy: now.approvedBy,
  };
}
