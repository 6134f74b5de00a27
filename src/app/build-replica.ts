import { createLifecycle, type Lifecycle } from '../base/lifecycle.ts';
import type { Config } from '../config.ts';
import type { ShardOwnership } from '../controller/shard-ownership.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import {
  addDuties,
  exportersClose_ms,
  programEnds,
  retainedByOthers,
  stopReserve_ms,
  withinDrain,
} from './duties.ts';
import type { Program } from './ports.ts';
import { addReplicaDuties, handlerOf, onStops } from './replica-duties.ts';
import { beginWhenReady, farewell } from './replica-ownership.ts';
import { served } from './replica-served.ts';
import { type ReplicaLimits, type ReplicaPorts, type Wired, wire } from './replica-wiring.ts';
import { serve } from './serve.ts';

export interface Replica extends Program {
  /** Those that run here. */
  targets(): readonly Target[];
  readonly leases: ShardOwnership['leases'];
}

const replicaLimits: ReplicaLimits = { watch_ms: 120_000 };

export function buildReplica(
  ports: ReplicaPorts,
  config: Config,
  limits: ReplicaLimits = replicaLimits,
): Replica {
  const replica = wire(ports, config, limits);
  const { collection, ownership, canceling } = replica;
  const parts = createLifecycle();
  return {
    targets: collection.controller.targets,
    get leases() {
      return ownership.leases;
    },
    start: () => start(replica, parts),
    stop: () => parts.stopWithin(config.DBINTEL_DRAIN + stopReserve_ms, ports.clock),
    cancel: () => canceling.abort(programEnds()),
  };
}

/** Each part as it begins to run, with how it stops: in the reverse order. */
async function start(wired: Wired, parts: Lifecycle): Promise<{ api: string | undefined }> {
  const { ports, config, stops, suspensions, collection, canceling } = wired;
  const { controller } = collection;
  const { store, clock } = ports;
  parts.add('state', () => ports.state.close());
  parts.add('history', () => ports.history.close());
  parts.add('exporters', () => collection.exporters.close(exportersClose_ms));
  parts.add('targets', () => store.close());
  parts.add(
    'stops',
    stops.follow(() => onStops(wired)),
  );
  parts.add('suspensions', suspensions.follow(controller.onStops));
  parts.add('collectors', () =>
    withinDrain(controller.stop, canceling, config.DBINTEL_DRAIN, clock),
  );
  parts.add('watch', store.watch(handlerOf(wired)));
  parts.add('farewell', () => farewell(wired));
  const api = await serve(served(wired), ports, config, parts);
  const isOthers = retainedByOthers(ports.state, wired.me.holder);
  addDuties(parts, ports, config, collection, config.DBINTEL_HISTORY_URL ? isOthers : undefined);
  addReplicaDuties(wired, parts);
  beginWhenReady(wired, parts, api);
  return { api };
}
