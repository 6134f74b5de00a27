import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { readConfig } from '../config.ts';
import { historyBackends } from '../history/backends.ts';
import { clusterVerdicts } from './cluster-verdicts.ts';
import { historyVerdicts } from './history-verdicts.ts';
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
  const { DBINTEL_DATA: data, DBINTEL_HISTORY_URL: url } = readConfig({
    DBINTEL_DATA: options.data,
  });
  if (url) return historyVerdicts(await historyBackends.postgres(url, silentLogger));
  const file = join(data, 'history.db');
  if (!existsSync(file))
    throw new AppError('not_found', `there is no history of a standalone program in ${data}`);
  return historyVerdicts(await historyBackends.sqlite(file, silentLogger));
}
