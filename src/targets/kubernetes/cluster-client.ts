import { AppError } from '../../base/errors.ts';
import { formatTime } from '../../base/quantity.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';
import { createResourceClient } from '../../kubernetes/resource-client.ts';
import type { ObjectRef } from '../../kubernetes/resource-path.ts';
import { whoAmI } from '../../kubernetes/reviews.ts';
import type { Kind } from '../../resources/kind.ts';
import { adviseAnnotation } from '../../resources/kinds/database-target/advise-annotation.ts';
import { findingsAnnotation } from '../../resources/kinds/database-target/findings-annotation.ts';
import { parseStatus } from '../../resources/kinds/database-target/former-names.ts';
import { databaseTarget } from '../../resources/kinds/database-target/kind.ts';
import { databaseTargetSpec } from '../../resources/kinds/database-target/spec.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { emergencyStop } from '../../resources/kinds/emergency-stop/kind.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { indexApproval } from '../../resources/kinds/index-approval/kind.ts';
import type { IndexApprovalSpec } from '../../resources/kinds/index-approval/spec.ts';
import { indexRecommendation } from '../../resources/kinds/index-recommendation/kind.ts';
import {
  type IndexRecommendationSpec,
  indexRecommendationSpec,
} from '../../resources/kinds/index-recommendation/spec.ts';
import type { IndexRecommendationStatus } from '../../resources/kinds/index-recommendation/status.ts';
import { projectStop } from './projection.ts';

/** What people ask of a cluster beside the operator: nothing is followed or kept. */
export interface ClusterClient {
  /** Throws AppError('not_found'). */
  status(namespace: string, name: string): Promise<DatabaseTargetStatus>;
  /** What is said of its findings. Throws AppError('not_found'). */
  findingsAnnotation(namespace: string, name: string): Promise<string | undefined>;
  /** With the rights of who asks. Throws AppError('not_found'), and what `change` throws. */
  annotateFindings(
    namespace: string,
    name: string,
    change: (before: string | undefined) => string | undefined,
  ): Promise<void>;
  /** Of the first targets of a namespace, as many as a person reads. */
  statuses(namespace: string): Promise<{ name: string; status: DatabaseTargetStatus }[]>;
  /** Why the API server would not take the manifest; undefined: it would. Nothing is changed. */
  refusal(kind: Kind, manifest: { metadata: ObjectRef }): Promise<string | undefined>;
  readonly changes: {
    /** Of a namespace, or of one target; as many as a person reads. */
    recommendations(namespace: string, target: string | undefined): Promise<Recommended[]>;
    /**
     * Asks for a run of the advisor, with the rights of who asks. Throws AppError('not_found'), and
     * where the target does not want advice.
     */
    advise(namespace: string, target: string, at: number): Promise<void>;
    /** Throws AppError('not_found'). */
    recommendation(
      namespace: string,
      name: string,
    ): Promise<{ spec: IndexRecommendationSpec; status?: IndexRecommendationStatus }>;
    /** As the API server knows who asks. */
    whoAmI(): Promise<string>;
    /** The name of what was made. */
    approve(namespace: string, spec: IndexApprovalSpec): Promise<string>;
  };
  readonly stops: {
    list(): Promise<StopResource[]>;
    create(spec: StopResource['spec']): Promise<StopResource>;
    /** False: there is none of that name. */
    delete(name: string): Promise<boolean>;
  };
}

export interface Recommended {
  name: string;
  spec: IndexRecommendationSpec;
  status?: IndexRecommendationStatus;
}

/** What a person reads at most. */
const shownTargets = 500;

export function createClusterClient(client: Pick<KubeClient, 'call'>): ClusterClient {
  const targets = createResourceClient(client, databaseTarget);
  const stops = createResourceClient(client, emergencyStop);
  const recommendations = createResourceClient(client, indexRecommendation);
  const approvals = createResourceClient(client, indexApproval);
  return {
    status: async (namespace, name) =>
      parseStatus((await there(namespace, name, targets.read({ namespace, name }))).status ?? {}),
    async findingsAnnotation(namespace, name) {
      const { metadata } = await there(namespace, name, targets.read({ namespace, name }));
      return metadata.annotations?.[findingsAnnotation];
    },
    annotateFindings: (namespace, name, change) =>
      there(namespace, name, targets.annotate({ namespace, name }, findingsAnnotation, change)),
    async statuses(namespace) {
      const found = await targets.readAll({ namespace, most: shownTargets });
      return found.map(({ metadata: { name }, status }) => ({
        name,
        status: parseStatus(status ?? {}),
      }));
    },
    refusal: (kind, manifest) => createResourceClient(client, kind).refusal(manifest),
    changes: {
      async recommendations(namespace, target) {
        const fields = target === undefined ? {} : { fields: `spec.targetRef.name=${target}` };
        const most = shownTargets;
        const found = await recommendations.readAll({ namespace, most, ...fields });
        return found.flatMap(({ metadata: { name }, spec, status }) => {
          // A newer version may have written it.
          const { data } = indexRecommendationSpec.safeParse(spec);
          return data ? [{ name, spec: data, ...(status ? { status } : {}) }] : [];
        });
      },
      async advise(namespace, name, at) {
        const ref = { namespace, name };
        const { spec } = await there(namespace, name, targets.read(ref));
        const { data } = databaseTargetSpec.safeParse(spec);
        if (data?.advice.mode === 'disabled')
          throw new AppError('not_found', `${namespace}/${name} has no advice: ${enable}`);
        await there(
          namespace,
          name,
          targets.annotate(ref, adviseAnnotation, () => formatTime(at)),
        );
      },
      async recommendation(namespace, name) {
        const found = await recommendations.readIfThere({ namespace, name });
        const message = `there is no IndexRecommendation ${namespace}/${name}`;
        if (!found) throw new AppError('not_found', message);
        const { status } = found;
        const spec = indexRecommendationSpec.parse(found.spec);
        return { spec, ...(status ? { status } : {}) };
      },
      whoAmI: () => whoAmI(client),
      async approve(namespace, spec) {
        const name = `${spec.recommendation}-${spec.decision.toLowerCase()}`;
        await approvals.createNamed({ namespace, name }, spec);
        return name;
      },
    },
    stops: {
      list: async () => (await stops.readAll()).map(projectStop),
      create: async (spec) => projectStop(await stops.create('stop-', spec)),
      delete: (name) => stops.delete({ name }),
    },
  };
}

const enable = 'set spec.advice: { mode: propose } first';

/** What was asked of a target; that there is none is said by its name. */
const there = <T>(namespace: string, name: string, asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    if (!(error instanceof KubeError) || error.status !== 404) throw error;
    const message = `there is no DatabaseTarget ${namespace}/${name}`;
    throw new AppError('not_found', message, { cause: error });
  });
