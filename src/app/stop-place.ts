import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asAppError } from '../base/errors.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { isHeld } from '../base/node/held-folder.ts';
import { createLogger } from '../base/node/logger.ts';
import { systemRandom } from '../base/random.ts';
import { readConfig } from '../config.ts';
import { specOf, toStop } from '../controller/stops/merge-stops.ts';
import {
  liftStops,
  listStops,
  publishStop,
  type StopFlag,
} from '../controller/stops/stop-flags.ts';
import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { Stop, WhichStops } from '../model/stop.ts';
import { isMeant } from '../safety/emergency-stop.ts';
import { statusFile } from '../targets/files/status-files.ts';
import type { ClusterClient } from '../targets/kubernetes/cluster-client.ts';
import { openCluster } from './open-cluster.ts';
import { openSharedState } from './shared-state.ts';

/**
 * Where `dbintel stop` and `dbintel resume` put stops: beside a standalone program, into a cluster,
 * or past its API server into Redis.
 */
export interface StopPlace {
  stop(scope: Stop['scope'], reason: string): Promise<Stop>;
  /** What a scope names and nobody here has: a mistyped name stops nothing. */
  missing(scope: Stop['scope']): Promise<readonly string[]>;
  list(): Promise<readonly Stop[]>;
  resume(which: WhichStops): Promise<readonly Stop[]>;
  /** Of those in force: what this place cannot lift, and why. */
  beyond(stop: Stop): string | undefined;
  /** Stops that may be in force and are not listed here; for people. */
  readonly unlisted?: string;
  /** Why nobody hears what is said here; for people. */
  readonly unheard?: string;
  close(): Promise<void>;
}

export interface StopPlaceOptions {
  data?: string | undefined;
  cluster?: boolean | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
  redis?: boolean | undefined;
}

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
  const folder = config.DBINTEL_DATA;
  return {
    ...flagPlace(flagsIn(folder)),
    missing: (scope) => missingOf(scope, inFolder(join(folder, 'status'))),
    unlisted: amongManifests,
    ...(isHeld(folder) ? {} : { unheard: nobodyOn(folder) }),
  };
}

/** Who only asks makes nothing, where a folder is mistyped or no program has run yet. */
function flagsIn(folder: string): Flags {
  const file = join(folder, 'state.db');
  let state: StateBackend | undefined;
  const open = () => (state ??= openSqliteState(file, systemClock));
  return {
    flags: async () => ((await exists(file)) ? open().flags() : new Map()),
    async publish(flag, value) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await open().publish(flag, value);
    },
    close: async () => state?.close(),
  };
}

/** What cannot be asked may be there, and stops in it: that is thrown. */
async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

const nobodyOn = (folder: string) =>
  `no program runs with the data folder ${folder}, and of one that runs with another nothing is ` +
  'said or changed here: name its folder with --data';

const amongManifests =
  'EmergencyStops among the manifests are not listed here: each is in force until its file is ' +
  'removed (GET /api/v1/stops tells of all)';

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

/** Whether there is a target of that name, or one in that namespace. */
type IsThere = (namespace: string, name?: string) => Promise<boolean>;

export async function missingOf(scope: Stop['scope'], isThere: IsThere): Promise<string[]> {
  const named = 'targets' in scope ? scope.targets : 'namespaces' in scope ? scope.namespaces : [];
  const found = await Promise.all(
    named.map(async (each) => {
      const [namespace = '', name] = each.split('/');
      return (await isThere(namespace, name)) ? [] : [each];
    }),
  );
  return found.flat();
}

/** Each target has a status there from its first cycle on; where none has, nothing is known. */
function inFolder(folder: string): IsThere {
  const asked = readdir(folder).catch((): string[] => []);
  return async (namespace, name) => {
    const files = await asked;
    if (files.length === 0) return true;
    return name === undefined
      ? files.some((file) => file.startsWith(`${namespace}.`))
      : files.includes(statusFile({ namespace, name }));
  };
}

/** Who may not ask is told nothing. */
export const inCluster =
  (client: Pick<ClusterClient, 'status' | 'statuses'>): IsThere =>
  async (namespace, name) => {
    try {
      if (name === undefined) return (await client.statuses(namespace)).length > 0;
      await client.status(namespace, name);
      return true;
    } catch (error) {
      return asAppError(error).code !== 'not_found';
    }
  };

type Flags = Pick<StateBackend, 'flags' | 'publish' | 'close'>;

function flagPlace(state: Flags): StopPlace {
  return {
    missing: async () => [],
    stop: (scope, reason) =>
      publishStop(state, { scope, reason, since: systemClock.now() }, systemRandom.next),
    list: () => listStops(state),
    resume: (which) => liftStops(state, which),
    beyond: (stop: StopFlag) =>
      stop.resource
        ? `${stop.id} is an EmergencyStop of the cluster: kubectl delete estop ${stop.id}`
        : undefined,
    close: () => state.close(),
  };
}

function clusterPlace(options: StopPlaceOptions): StopPlace {
  const { client, close } = openCluster(options);
  const list = async () => (await client.stops.list()).map(toStop);
  return {
    list,
    beyond: () => undefined,
    missing: (scope) => missingOf(scope, inCluster(client)),
    stop: async (scope, reason) => toStop(await client.stops.create(specOf(scope, reason))),
    async resume(which) {
      const lifted = (await list()).filter((stop) => isMeant(stop, which));
      for (const stop of lifted) await client.stops.delete(stop.id);
      return lifted;
    },
    close,
  };
}
