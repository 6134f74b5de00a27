import type { Controller } from '../controller/controller.ts';
import type { LeaseKeeper } from '../coordination/lease-keeper.ts';
import { leaseStates } from '../coordination/lease-state.ts';
import type { Weights } from '../coordination/weights.ts';
import type { ClusterTargetStore } from '../targets/target-store.ts';
import type { gauges } from './service.ts';

/**
 * What every replica tells about the whole fleet: nobody owns a target, nobody writes its status,
 * the watch is silent.
 */
export interface OperatorFigures {
  controller: Controller;
  store: ClusterTargetStore;
  weights: Weights;
  keeper(): LeaseKeeper | undefined;
  /** Targets whose shard's holder does not know them. */
  unknown(): number;
}

/** A free shard is claimed within seconds; after so long something is wrong. */
const orphanedAfter_ms = 30_000;
/** A heartbeat comes every ten minutes and may wait for the budget. */
const silentAfter_ms = 900_000;

/** Of all the fleet: nobody has their shard, or who has it does not know them. */
export function orphanedTargets({
  weights,
  keeper,
  unknown,
}: Pick<OperatorFigures, 'weights' | 'keeper' | 'unknown'>): number {
  let targets = unknown();
  for (const [shard, ms] of keeper()?.orphans() ?? [])
    if (ms > orphanedAfter_ms) targets += weights.members(shard).size;
  return targets;
}

export function operatorGauges(figures: OperatorFigures): Parameters<typeof gauges>[1] {
  const { controller, store, weights, keeper } = figures;
  const dueLag = () => {
    let worst = 0;
    for (const { dueIn_ms } of controller.running()) worst = Math.max(worst, -dueIn_ms);
    return worst / 1_000;
  };
  return {
    workqueue_depth: ['Targets that wait to be looked at.', () => controller.depth],
    workqueue_longest_running_processor_seconds: [
      'How long the queue has not moved.',
      () => controller.stuck_ms / 1_000,
    ],
    dbintel_ownership_shards: ['Shards that this replica holds.', () => keeper()?.held.size ?? 0],
    dbintel_ownership_load: [
      'Weight of what it holds: collection seconds a minute.',
      () => [...(keeper()?.held ?? [])].reduce((sum, shard) => sum + weights.of(shard), 0),
    ],
    dbintel_ownership_sessions: [
      'Replicas that live, as this one last saw.',
      () => keeper()?.survey()?.sessions.length ?? 0,
    ],
    dbintel_ownership_state: [
      `Of the session: ${leaseStates.map((name, i) => `${i} ${name}`).join(', ')}.`,
      () => leaseStates.indexOf(keeper()?.state ?? 'none'),
    ],
    dbintel_ownership_orphaned_targets: [
      'Targets of all the fleet whose shard nobody has had for 30 s, or whose shard’s holder does not know them.',
      () => orphanedTargets(figures),
    ],
    dbintel_ownership_silent_targets: [
      'Targets of all the fleet whose status nobody has written for 15 minutes.',
      () => store.silentFor(silentAfter_ms),
    ],
    dbintel_known_targets: ['Targets of all the fleet.', () => controller.refs.size],
    dbintel_watch_age_seconds: [
      'Since something last came from the API server.',
      () => store.watchAge_ms / 1_000,
    ],
    dbintel_due_lag_seconds: ['How long the most overdue cycle waits.', dueLag],
  };
}
