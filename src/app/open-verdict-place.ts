import { clusterVerdicts } from './cluster-verdicts.ts';
import { historyVerdicts } from './history-verdicts.ts';
import { openKeptHistory } from './kept-history.ts';
import { openCluster } from './open-cluster.ts';
import type { VerdictPlace } from './verdict-place.ts';

/** The place that the options of a command name: a cluster, or a standalone program's history. */
export interface VerdictPlaceOptions {
  data?: string | undefined;
  cluster?: boolean | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
  /** Of a target that is named without one, in a cluster. */
  namespace?: string | undefined;
}

export async function openVerdictPlace(options: VerdictPlaceOptions): Promise<VerdictPlace> {
  if (options.cluster || options.context || options.kubeconfig) {
    const cluster = openCluster(options);
    return clusterVerdicts({ ...cluster, namespace: options.namespace ?? cluster.namespace });
  }
  return historyVerdicts(await openKeptHistory(options.data));
}
