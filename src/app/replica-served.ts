import type { Fleet } from '../controller/fleet.ts';
import { orphanedTargets, orphansRemark } from '../controller/fleet-alarms.ts';
import { whyNotReady, whyStuck } from '../controller/replica-health.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { commonGauges, replicaGauges } from './gauges.ts';
import { loadOf, sessionFacts } from './replica-facts.ts';
import { apiServerOf, createReplicaReports, lifting } from './replica-reports.ts';
import { isHeard, type Wired } from './replica-wiring.ts';
import type { Served } from './serve.ts';
import { isShared } from './shared-state.ts';
import { answerOnceSeen } from './stop-seen.ts';

/** What a replica says of itself: probes, metrics and the API. */
export function served(wired: Wired): Served {
  const { ports, config, limits, fleet, cluster, ownership, stops, suspensions } = wired;
  const { store, clock } = ports;
  const { controller } = wired.collection;
  const orphaned = () =>
    orphanedTargets(ownership.leases.orphans(), fleet.weights.members, wired.unknown.count());
  const reports = createReplicaReports({
    ...ports,
    ownership,
    fleet,
    stops: () => stops.list,
    facts: () => ({ load: loadOf(wired), ...sessionFacts(wired) }),
    shared: isShared(config),
    watchLimit_ms: limits.watch_ms,
    now: clock.now,
  });
  return {
    alone: false,
    store,
    state: ports.state,
    health: {
      stuck: () =>
        whyStuck({ queueStuck_ms: controller.stuck_ms, attemptAge_ms: store.health.attemptAge_ms }),
      notReady: () =>
        whyNotReady({
          storeProblem: store.health.problem,
          stopsRead: stops.synced,
          unidentified: cluster.problem,
          watchAge_ms: store.health.watchAge_ms,
          watchTrouble: store.health.trouble,
          unheard: config.DBINTEL_WATCH_NAMESPACES.filter(
            (each) => !isHeard(store.health, limits)(each),
          ),
          watchLimit_ms: limits.watch_ms,
          lease: ownership.leases,
        }),
      remark: () => orphansRemark(orphaned()),
    },
    gauges: {
      ...commonGauges(wired.collection, () => stops.list.length + suspensions.list.length),
      ...replicaGauges({ controller, store, fleet, ownership, orphaned }),
    },
    answers: {
      // A history of its own tells of what it collects itself.
      targets: config.DBINTEL_HISTORY_URL ? () => fleet.refs.values() : controller.targets,
      elsewhere: (wanted) => uidOf(fleet, targetLabel(wanted)),
      cycles: wired.collection.cycles,
      sources: () => ({ apiServer: apiServerOf(store.health, limits.watch_ms, clock.now()) }),
      ...reports,
      stops: () => stops.list,
      stop: answerOnceSeen(stops, ports.clock),
      resume: lifting(wired.book, () => stops.list, stops.resume),
    },
  };
}

const uidOf = ({ refs }: Fleet, label: string): string | undefined =>
  refs.values().find((ref) => targetLabel(ref) === label)?.uid;
