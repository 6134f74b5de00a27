import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSharedState } from '../app/shared-state.ts';
import { AppError } from '../base/errors.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { createLogger } from '../base/node/logger.ts';
import { systemRandom } from '../base/random.ts';
import { readConfig } from '../config.ts';
import { toStop } from '../controller/stops/merge-stops.ts';
import {
  liftStops,
  listStops,
  publishStop,
  type StopFlag,
} from '../controller/stops/stop-flags.ts';
import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import { createKubeClient } from '../kubernetes/kube-client.ts';
import { createResourceClient } from '../kubernetes/resource-client.ts';
import type { Stop, WhichStops } from '../model/stop.ts';
import { emergencyStop } from '../resources/kinds/emergency-stop/kind.ts';
import { isMeant } from '../safety/emergency-stop.ts';
import { projectStop } from '../targets/kubernetes/projection.ts';

/**
 * Where `dbintel stop` and `dbintel resume` put stops: beside a standalone program, into a cluster,
 * or past its API server into Redis.
 */
export interface StopPlace {
  stop(scope: Stop['scope'], reason: string): Promise<Stop>;
  list(): Promise<readonly Stop[]>;
  resume(which: WhichStops): Promise<readonly Stop[]>;
  /** Of those in force: what this place cannot lift, and why. */
  beyond(stop: Stop): string | undefined;
  close(): Promise<void>;
}

export interface StopPlaceOptions {
  data?: string | undefined;
  cluster?: boolean | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
  redis?: boolean | undefined;
}

export const placeOptions = {
  data: { type: 'string' },
  cluster: { type: 'boolean' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  redis: { type: 'boolean' },
} as const;

export const placeHelp = `  --data DIR          beside the standalone program with this data folder (DBINTEL_DATA, default .dbintel)
  --cluster           as EmergencyStop resources of the kubeconfig's cluster; --kubeconfig FILE, --context NAME
  --redis             into the Redis that replicas share (DBINTEL_REDIS_*), where the API server does not answer`;

export async function openStopPlace(options: StopPlaceOptions): Promise<StopPlace> {
  if (options.cluster || options.context || options.kubeconfig) return clusterPlace(options);
  const config = readConfig({
    DBINTEL_DATA: options.data,
    ...(options.redis ? { DBINTEL_STATE: 'redis' } : {}),
  });
  if (options.redis) {
    const state = openSharedState(config, {
      clock: systemClock,
      logger: createLogger('silent'),
      metrics: silentMetrics,
    });
    await reached(state.flags);
    return flagPlace(state);
  }
  await mkdir(config.DBINTEL_DATA, { recursive: true, mode: 0o700 });
  return flagPlace(openSqliteState(join(config.DBINTEL_DATA, 'state.db'), systemClock));
}

const connectTries = 50;
/** The connection is made in the background: a moment of patience, then the reason. */
async function reached(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries === connectTries) throw error;
      await systemClock.sleep(100);
    }
  }
}

function flagPlace(state: StateBackend): StopPlace {
  return {
    stop: (scope, reason) =>
      publishStop(state, scope, reason, systemClock.now(), systemRandom.next),
    list: () => listStops(state),
    resume: (which) => liftStops(state, which),
    beyond: (stop: StopFlag) =>
      stop.resource
        ? `${stop.id} is an EmergencyStop of the cluster: kubectl delete estop ${stop.id}`
        : undefined,
    close: () => state.close(),
  };
}

function clusterPlace({ kubeconfig, context }: StopPlaceOptions): StopPlace {
  const client = createKubeClient({
    ...(kubeconfig ? { kubeconfig } : {}),
    ...(context ? { context } : {}),
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  const stops = createResourceClient(client, emergencyStop);
  const list = async () => (await stops.readAll()).map((each) => toStop(projectStop(each)));
  return {
    list,
    beyond: () => undefined,
    stop: async (scope, reason) =>
      toStop(projectStop(await stops.create('stop-', { scope, reason }))),
    async resume(which) {
      const lifted = (await list()).filter((stop) => isMeant(stop, which));
      for (const { id } of lifted) await stops.delete({ name: id });
      return lifted;
    },
    close: () => client.close(),
  };
}

/** A label selector as kubectl writes it: `tier=gold,env=prod`. */
export function parseSelector(text: string): { matchLabels: Record<string, string> } {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.some((part) => part === '')))
    throw new AppError(
      'invalid_manifest',
      `"${text}" is not a selector such as tier=gold,env=prod`,
    );
  return { matchLabels: Object.fromEntries(pairs as [string, string][]) };
}
