import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { systemRandom } from '../base/random.ts';
import { createKubeClient } from '../kubernetes/kube-client.ts';
import { type ClusterClient, createClusterClient } from '../targets/kubernetes/cluster-client.ts';

/** The cluster of a kubeconfig, for a command that asks it something and ends. */
export interface OpenCluster {
  client: ClusterClient;
  /** Of the kubeconfig's context. */
  namespace: string;
  close(): Promise<void>;
}

export interface ClusterOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

/** Throws AppError('cluster_failed') when there is no configuration. */
export function openCluster({ kubeconfig, context }: ClusterOptions): OpenCluster {
  const client = createKubeClient({
    ...(kubeconfig ? { kubeconfig } : {}),
    ...(context ? { context } : {}),
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  return {
    client: createClusterClient(client),
    namespace: client.namespace,
    close: () => client.close(),
  };
}
