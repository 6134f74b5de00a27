import { AppError } from '../../base/errors.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';
import type { ResourceStore } from '../../kubernetes/resource-store.ts';
import { withFormerNames } from '../../resources/kinds/emergency-stop/former-names.ts';
import type { emergencyStop } from '../../resources/kinds/emergency-stop/kind.ts';
import { stoppedByAnnotation } from '../../resources/kinds/emergency-stop/spec.ts';
import type { ClusterStopStore } from '../target-store.ts';
import { projectStop, type StopItem } from './projection.ts';
import type { RefusalTeller } from './status-refused.ts';

export type Stops = Pick<
  ResourceStore<typeof emergencyStop, StopItem>,
  'list' | 'watch' | 'synced' | 'create' | 'delete' | 'exists' | 'patchStatus'
>;

const notShown = 'It is in force, and who has acknowledged it is not shown';

/** Stops as EmergencyStops of the cluster. `age_ms`: since they were last known to be so. */
export function createClusterStopStore(
  stops: Stops,
  age_ms: () => number,
  refusals: Pick<RefusalTeller, 'tell'>,
): ClusterStopStore {
  return {
    watch(onStops) {
      const tell = () => {
        if (stops.synced) onStops(stops.list());
      };
      return stops.watch({ upsert: tell, gone: tell, synced: tell });
    },
    create: async (spec, by) =>
      projectStop(
        await stops.create('stop-', spec, by ? { [stoppedByAnnotation]: by } : undefined),
      ),
    delete: (name) => stops.delete({ name }).catch((error: unknown) => explain(error, name)),
    exists: (name) => stops.exists({ name }),
    async writeStatus({ name, uid }, status) {
      const stop = { name, uid };
      await refusals.tell(stop, notShown, () =>
        stops.patchStatus(stop, { status: withFormerNames(status) }),
      );
    },
    get age_ms() {
      return age_ms();
    },
  };
}

function explain(error: unknown, name: string): never {
  if (!(error instanceof KubeError) || error.status !== 403) throw error;
  const grant = 'grant it (emergencyStop.resumeThroughApi of the chart)';
  throw new AppError(
    'cluster_failed',
    `this replica may not delete EmergencyStops: kubectl delete estop ${name}, or ${grant}`,
    { cause: error },
  );
}
