import type { Metrics } from '../base/metrics.ts';
import type { Controller } from '../controller/controller.ts';
import type { Fleet } from '../controller/fleet.ts';
import { mostOverdue_ms } from '../controller/fleet-alarms.ts';
import type { ShardOwnership } from '../controller/shard-ownership.ts';
import { leaseStates } from '../coordination/lease-state.ts';
import { silentAfter_ms } from '../fleet/table.ts';
import type { ClusterTargetStore } from '../targets/target-store.ts';
import type { Collection } from './build-collection.ts';

/** Gauges that are read when they are scraped: name → what it tells, how to read it. */
export type Gauges = Record<string, [help: string, read: () => number]>;

/** Makes them; the answer brings them up to date. */
export function registerGauges(metrics: Metrics, all: Gauges): () => void {
  const made = Object.entries(all).map(([name, [help, read]]) => ({
    gauge: metrics.gauge(name, help),
    read,
  }));
  return () => {
    for (const { gauge, read } of made) gauge.set(read());
  };
}

/** Of standalone and operator alike. */
export const commonGauges = (
  { controller, quota, exporters }: Collection,
  stops: () => number,
): Gauges => ({
  dbintel_targets: ['Targets that are collected here.', () => controller.targets().length],
  dbintel_cycles_running: ['Cycles running now.', () => quota.running],
  dbintel_cycles_waiting: ['Cycles that wait for the quota.', () => quota.waiting],
  dbintel_stops: ['Emergency stops in force.', stops],
  dbintel_export_dropped_batches: [
    'Batches that exporters dropped for lack of room.',
    () => exporters.stats().reduce((sum, each) => sum + each.dropped, 0),
  ],
});

/**
 * What every replica tells about the whole fleet: nobody owns a target, nobody writes its status,
 * the watch is silent.
 */
export interface ReplicaFigures {
  controller: Controller;
  store: Pick<ClusterTargetStore, 'health'>;
  fleet: Fleet;
  ownership: ShardOwnership;
  /** Targets of the fleet that nobody collects. */
  orphaned(): number;
}

export const replicaGauges = (figures: ReplicaFigures): Gauges => ({
  ...queueGauges(figures),
  ...ownershipGauges(figures),
  ...fleetGauges(figures),
});

const queueGauges = ({ controller }: ReplicaFigures): Gauges => ({
  workqueue_depth: ['Targets that wait to be looked at.', () => controller.depth],
  workqueue_longest_running_processor_seconds: [
    'How long the queue has not moved.',
    () => controller.stuck_ms / 1_000,
  ],
  dbintel_due_lag_seconds: [
    'How long the most overdue cycle waits.',
    () =>
      mostOverdue_ms([...controller.running()].map(({ collector }) => collector.dueIn_ms)) / 1_000,
  ],
});

const ownershipGauges = ({ fleet, ownership }: ReplicaFigures): Gauges => ({
  dbintel_ownership_shards: ['Shards that this replica holds.', () => ownership.leases.held.size],
  dbintel_ownership_load: [
    'Weight of what it holds: collection seconds a minute.',
    () => [...ownership.leases.held].reduce((sum, shard) => sum + fleet.weights.of(shard), 0),
  ],
  dbintel_ownership_sessions: [
    'Replicas that live, as this one last saw.',
    () => ownership.leases.survey()?.sessions.length ?? 0,
  ],
  dbintel_ownership_state: [
    `Of the session: ${leaseStates.map((name, i) => `${i} ${name}`).join(', ')}.`,
    () => leaseStates.indexOf(ownership.leases.state),
  ],
});

const fleetGauges = ({ store, fleet, orphaned }: ReplicaFigures): Gauges => ({
  dbintel_ownership_orphaned_targets: [
    'Targets of all the fleet whose shard nobody has had for 30 s, ' +
      'or whose shard’s holder does not know them.',
    orphaned,
  ],
  dbintel_ownership_silent_targets: [
    'Targets of all the fleet whose status nobody has written for 15 minutes.',
    () => store.health.silentFor(silentAfter_ms),
  ],
  dbintel_known_targets: ['Targets of all the fleet.', () => fleet.refs.size],
  dbintel_watch_age_seconds: [
    'Since something last came from the API server.',
    () => store.health.watchAge_ms / 1_000,
  ],
});
