import { isFinal, type Observed } from '../advice/machine-state.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { parseTime } from '../base/quantity.ts';
import type { ApiObject } from '../kubernetes/api-object.ts';
import type { KubeClient } from '../kubernetes/kube-client.ts';
import { isForbidden } from '../kubernetes/kube-error.ts';
import { createResourceClient } from '../kubernetes/resource-client.ts';
import { type ProposalPhase, proposalPhases } from '../model/proposal.ts';
import { indexApproval } from '../resources/kinds/index-approval/kind.ts';
import { indexApprovalSpec } from '../resources/kinds/index-approval/spec.ts';
import { changeOf } from '../resources/kinds/index-recommendation/from-proposal.ts';
import { indexRecommendation } from '../resources/kinds/index-recommendation/kind.ts';
import { indexRecommendationSpec } from '../resources/kinds/index-recommendation/spec.ts';
import type { IndexRecommendationStatus } from '../resources/kinds/index-recommendation/status.ts';
import { openHeld } from './cluster-held.ts';
import { stateOf, statusOf } from './cluster-status.ts';
import { createFinished } from './finished.ts';
import type { Recommendation, RecommendationStore } from './ports.ts';
import { fingerprintsOf, hidesFirst, indexChangeOf } from './recommendation.ts';

/**
 * Recommendations and approvals as resources of a cluster. What nobody has said anything of is not
 * read at all: approvals lead to their recommendations, and phases to those that are under way.
 */
export interface ClusterStoreOptions {
  client: Pick<KubeClient, 'call'>;
  /** Empty: the whole cluster. */
  namespaces: readonly string[];
  /** Since when the API server vouches for who approves; what is older counts for nothing. */
  guardedSince(signal?: AbortSignal): Promise<number>;
  clock: Clock;
  logger: Logger;
}

/** Those before an approval only where an executor has written them, and holds them. */
const underWay = proposalPhases.filter((phase) => !isFinal({ phase }));
type Stored = ApiObject<IndexRecommendationStatus>;
type Said = ApiObject;

/** Those that the policy that is there now has let through begin something; any goes on with it. */
interface Approvals {
  all: readonly Said[];
  guarded: readonly Said[];
  /** Nobody vouches for any: what has not begun waits. */
  unvouched: boolean;
}

const nothingSaid: Approvals = { all: [], guarded: [], unvouched: false };

/**
 * What has begun was approved under the policy of that time: one that is made anew since then, with
 * a chart that was installed again, takes no index away.
 */
const hasBegun: ReadonlySet<ProposalPhase> = new Set([
  'Applying',
  'Cleaning',
  'Hidden',
  'Observing',
  'RollingBack',
]);

const notReleased =
  'a recommendation that is over keeps its finalizer, which could not be taken off; tried again';
const notVouched =
  'nothing is begun; what has begun is brought to its end, watched, and taken back where it harms';
const notRead = 'what is recommended and approved there cannot be read; tried again';

export function openClusterStore(options: ClusterStoreOptions): RecommendationStore {
  const { client, namespaces, clock, logger } = options;
  const recommendations = createResourceClient(client, indexRecommendation);
  const approvals = createResourceClient(client, indexApproval);
  const places: (string | undefined)[] = namespaces.length ? [...namespaces] : [undefined];

  /** Since when somebody vouches for them; of one recommendation, where it is named. */
  const approvalsIn = async (
    since: number | undefined,
    namespace: string | undefined,
    signal: AbortSignal | undefined,
    name?: string,
  ): Promise<Approvals> => {
    const all = await approvals.readAll({
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { fields: `spec.recommendation=${name}` }),
      ...(signal ? { signal } : {}),
    });
    const guarded = all.filter(({ metadata: { creationTimestamp } }) =>
      creationTimestamp && since !== undefined ? parseTime(creationTimestamp) > since : false,
    );
    return { all, guarded, unvouched: since === undefined };
  };
  const inPhase = (phase: ProposalPhase, namespace: string | undefined, signal: AbortSignal) =>
    recommendations.readAll({
      ...(namespace === undefined ? {} : { namespace }),
      fields: `status.phase=${phase}`,
      signal,
    });
  /** Undefined: nobody vouches for approvals now. Who takes back, or deletes, needs none. */
  const vouchedSince = async (signal: AbortSignal): Promise<number | undefined> => {
    try {
      const since = await options.guardedSince(signal);
      unvouched = false;
      return since;
    } catch (error) {
      if (signal.aborted) throw error;
      if (!unvouched) logger.error({ error }, notVouched);
      unvouched = true;
      return undefined;
    }
  };
  const listPlace = async (
    since: number | undefined,
    namespace: string | undefined,
    signal: AbortSignal,
  ): Promise<Recommendation[]> => {
    const said = await approvalsIn(since, namespace, signal);
    const found = new Map<string, Stored>();
    for (const phase of underWay)
      for (const each of await inPhase(phase, namespace, signal))
        if (!said.unvouched || hasBegun.has(phase) || each.metadata.deletionTimestamp)
          found.set(each.metadata.uid, each);
    const known = new Set([...found.values()].map(({ metadata }) => keyOf(metadata)));
    for (const [key, words] of Map.groupBy(said.guarded.flatMap(wordOf), (each) => each.key)) {
      const [{ namespace: within, name }] = words as [Word];
      const text = words.map(({ version }) => version).join();
      if (known.has(key) || finished.has(key, text)) continue;
      const each = await readIfThere(within, name, signal);
      const over = each ? isFinal(stateOf(each.status, 0)) : true;
      if (over) finished.note(key, text, each ? 'done' : 'gone');
      if (each) found.set(each.metadata.uid, each);
    }
    return [...found.values()].flatMap((each) => recommendationOf(each, said, logger) ?? []);
  };
  const held = openHeld({ client, clock });
  const finished = createFinished(clock);
  /** Told once. */
  const unread = new Set<string | undefined>();
  let keeps = false;
  let unvouched = false;
  const readIfThere = (namespace: string, name: string, signal?: AbortSignal) =>
    recommendations.readIfThere({ namespace, name }, signal ? { signal } : {});

  return {
    async list(signal) {
      const all: Recommendation[] = [];
      const failures: unknown[] = [];
      const since = await vouchedSince(signal);
      for (const place of places)
        try {
          all.push(...(await listPlace(since, place, signal)));
          unread.delete(place);
        } catch (error) {
          if (!isForbidden(error)) throw error;
          failures.push(error);
          if (!unread.has(place)) logger.warn({ namespace: place, error }, notRead);
          unread.add(place);
        }
      // One that is gone, with its rights, keeps nothing elsewhere from being judged or taken back.
      if (failures.length === places.length) throw failures[0];
      const read = places.filter((place) => !unread.has(place));
      // Nor does one that cannot be released.
      const [kept] = await held.releaseOver(read, signal);
      if (kept && !keeps) logger.warn({ error: kept }, notReleased);
      keeps = kept !== undefined;
      return all;
    },
    async read(given, { signal, alone = false, begins = false } = {}) {
      const { uid, target, label } = given;
      const { namespace } = target;
      const name = nameOf(label);
      // Whether the policy is in force may take long: who deletes it meanwhile is heard.
      const said = alone
        ? nothingSaid
        : await approvalsIn(await options.guardedSince(signal), namespace, signal, name);
      const found = await readIfThere(namespace, name, signal);
      if (found?.metadata.uid !== uid) return undefined;
      return recommendationOf(found, begins ? { ...said, all: said.guarded } : said, logger);
    },
    async write(recommendation, state) {
      const { label, target } = recommendation;
      const ref = { namespace: target.namespace, name: nameOf(label) };
      const version = await held.hold(ref, recommendation);
      if (version === undefined) return undefined;
      const before = await readIfThere(ref.namespace, ref.name);
      if (before?.metadata.resourceVersion !== version) return undefined;
      const { status: old, metadata } = before;
      const status = statusOf(state, old, metadata.generation ?? 1, clock.now());
      const written = await recommendations.mergeStatus(
        { ...ref, resourceVersion: version },
        withoutAbsent(status, old),
      );
      return written && { ...recommendation, state, version: written.metadata.resourceVersion };
    },
    release: ({ label, target: { namespace } }) => held.release({ namespace, name: nameOf(label) }),
  };
}

/** What somebody said of one recommendation. */
interface Word {
  key: string;
  namespace: string;
  name: string;
  version: string;
}

const keyOf = ({ namespace = 'default', name }: Stored['metadata']): string =>
  `${namespace}/${name}`;

function wordOf({ metadata, spec }: Said): Word[] {
  const name = indexApprovalSpec.safeParse(spec).data?.recommendation;
  const { namespace = 'default', uid, resourceVersion = '' } = metadata;
  return name === undefined
    ? []
    : [
        {
          key: keyOf({ ...metadata, name }),
          namespace,
          name,
          version: `${uid} ${resourceVersion}`,
        },
      ];
}

const nameOf = (label: string) => label.slice(label.indexOf('/') + 1);

/** A merge keeps what it is not told of. */
const withoutAbsent = (
  status: IndexRecommendationStatus,
  before: IndexRecommendationStatus = {},
): object => ({
  ...Object.fromEntries(Object.keys(before).map((key) => [key, null])),
  ...status,
});

function recommendationOf(
  { metadata, spec, status }: Stored,
  said: Approvals,
  logger: Logger,
): Recommendation | undefined {
  const { namespace = 'default', name, uid } = metadata;
  const label = `${namespace}/${name}`;
  const { data } = indexRecommendationSpec.safeParse(spec);
  const read = data && changeOf(data.change);
  const change =
    data && read && indexChangeOf({ ...data, targetUid: data.targetRef.uid, change: read });
  if (!data || !change) {
    logger.warn({ recommendation: label }, 'its content is not that of its hash');
    return undefined;
  }
  const counted =
    status?.phase && hasBegun.has(status.phase)
      ? said.all
      : said.guarded.filter((each) => !isReplayed(each, metadata));
  const approval = approvalOf(name, namespace, data.contentHash, counted);
  return {
    uid,
    label,
    target: { uid: data.targetRef.uid, namespace, name: data.targetRef.name },
    engine: data.engine,
    database: data.database,
    advisedFor: data.server,
    change,
    bytes: data.evidence.sizeBytes,
    evidence: fingerprintsOf(data.evidence.statements),
    subject: {
      kind: change.kind,
      contentHash: data.contentHash,
      expiresAt: parseTime(data.expiresAt),
      autoRollback: data.autoRollback,
      hides: hidesFirst(data.engine),
    },
    state: stateOf(status, parseTime(metadata.creationTimestamp ?? data.madeAt)),
    deleted: metadata.deletionTimestamp !== undefined,
    approval,
    ...(said.unvouched ? { unvouched: true } : {}),
    version: metadata.resourceVersion,
  };
}

/** It was for another of that name, on other evidence. A rejection stays one. */
const isReplayed = ({ metadata, spec }: Said, made: Stored['metadata']): boolean =>
  indexApprovalSpec.safeParse(spec).data?.decision === 'Approve' &&
  parseTime(metadata.creationTimestamp ?? '') < parseTime(made.creationTimestamp ?? '');

/** Of several words the rejection counts, then the approval of this very content. */
function approvalOf(
  name: string,
  namespace: string,
  contentHash: string,
  said: readonly Said[],
): Observed['approval'] {
  const words = said
    .filter(({ metadata }) => (metadata.namespace ?? 'default') === namespace)
    .flatMap(({ spec }) => indexApprovalSpec.safeParse(spec).data ?? [])
    .filter(({ recommendation }) => recommendation === name)
    .map((each) => ({
      contentHash: each.contentHash,
      by: each.approvedBy,
      rejects: each.decision === 'Reject',
    }));
  const meant = words.filter((each) => each.contentHash === contentHash);
  return meant.find(({ rejects }) => rejects) ?? meant[0] ?? words[0];
}
