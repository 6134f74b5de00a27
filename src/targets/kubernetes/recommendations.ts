import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';
import { createResourceClient } from '../../kubernetes/resource-client.ts';
import type { Proposal } from '../../model/proposal.ts';
import { recommendationOf } from '../../resources/kinds/index-recommendation/from-proposal.ts';
import { indexRecommendation } from '../../resources/kinds/index-recommendation/kind.ts';
import {
  type Published,
  whatToPublish,
} from '../../resources/kinds/index-recommendation/publish.ts';

/**
 * Puts what a run of the advisor found beside its target, as IndexRecommendations. One list and a
 * write for each that is new or gone: a run a day, so the API server hardly notices.
 */
export interface RecommendationPublisher {
  /** Of one target: all that the run proposes. Throws KubeError. */
  publish(
    target: { namespace: string; name: string },
    proposals: readonly Proposal[],
    options: { autoRollback: boolean },
  ): Promise<{ created: number; deleted: number }>;
}

export function createRecommendationPublisher(
  client: Pick<KubeClient, 'call'>,
): RecommendationPublisher {
  const recommendations = createResourceClient(client, indexRecommendation);
  return {
    async publish({ namespace, name }, proposals, options) {
      const fields = `spec.targetRef.name=${name}`;
      const there: Published[] = (await recommendations.readAll({ namespace, fields })).map(
        ({ metadata, spec, status }) => ({
          name: metadata.name,
          phase: status?.phase ?? 'Proposed',
          server: (spec as { server?: string } | undefined)?.server,
        }),
      );
      const wanted = proposals.flatMap((each) => recommendationOf(each, options) ?? []);
      const { create, remove } = whatToPublish(there, wanted);
      for (const each of remove) await recommendations.delete({ namespace, name: each });
      let created = 0;
      for (const each of create)
        if (await madeNow(recommendations.createNamed({ namespace, name: each.name }, each.spec)))
          created += 1;
      return { created, deleted: remove.length };
    },
  };
}

/** The same advice has the same name: whoever made it first, it is there. */
async function madeNow(making: Promise<unknown>): Promise<boolean> {
  try {
    await making;
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 409) return false;
    throw error;
  }
}
