import type { Logger } from '../base/logger.ts';
import type { Config } from '../config.ts';
import { createKubeClient } from '../kubernetes/kube-client.ts';
import { createReviews } from '../kubernetes/reviews.ts';
import { openDecisionStore } from '../targets/kubernetes/decisions.ts';
import { openKubernetesTargetStore } from '../targets/kubernetes/kubernetes-target-store.ts';
import { createRecommendationPublisher } from '../targets/kubernetes/recommendations.ts';
import { buildReplica } from './build-replica.ts';
import type { ClusterOptions } from './open-cluster.ts';
import type { Ports, Program } from './ports.ts';
import { openPorts } from './real-ports.ts';
import { openSharedState } from './shared-state.ts';

/** A replica on the real cluster, Redis and databases that the configuration names. */
export async function openReplica(
  config: Config,
  { kubeconfig, context }: ClusterOptions,
): Promise<{ program: Program; logger: Logger }> {
  const opened = await openPorts(config);
  const client = createKubeClient({
    ...opened,
    ...(kubeconfig ? { kubeconfig } : {}),
    ...(context ? { context } : {}),
  });
  const { listen } = opened;
  const ports =
    listen && config.DBINTEL_TOKEN_REVIEW
      ? { ...opened, listen: { ...listen, reviews: createReviews(client) } }
      : opened;
  const namespaces = config.DBINTEL_WATCH_NAMESPACES;
  const decisions = () => openDecisionStore({ ...ports, client, namespaces });
  const store = openKubernetesTargetStore({
    ...ports,
    client,
    namespaces,
    instance: ports.name,
    events: config.DBINTEL_EVENTS,
  });
  const state = openSharedState(config, ports);
  const { publish } = createRecommendationPublisher(client);
  const recommend: Ports['recommend'] = async (target, { proposals }) => {
    const { autoRollback } = target.spec.advice;
    await publish(target, proposals, { autoRollback });
  };
  const replica = buildReplica({ ...ports, store, state, recommend, decisions }, config);
  return { program: replica, logger: ports.logger };
}
