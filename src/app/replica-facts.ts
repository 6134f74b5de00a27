import { describeKnown } from '../coordination/known-targets.ts';
import type { SessionFacts } from '../coordination/lease-store.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { version } from '../version.ts';
import { busyFacts } from './replica-reports.ts';
import { silent_ms, type Wired } from './replica-wiring.ts';

export const busyTargets = ({ collection }: Pick<Wired, 'collection'>): Target[] =>
  [...collection.controller.running()]
    .filter(({ collector }) => collector.busy)
    .map(({ target }) => target);

export const loadOf = ({ fleet, ownership }: Wired): number =>
  [...ownership.leases.held].reduce((sum, shard) => sum + fleet.weights.of(shard), 0);

export function sessionFacts(wired: Wired): Omit<SessionFacts, 'load' | 'targetLoad'> {
  const { config, ports, me, fleet, cluster, stops, tally, since } = wired;
  return {
    scope: config.DBINTEL_WATCH_NAMESPACES.toSorted().join(',') || 'all',
    ...(config.DBINTEL_INSTALL ? { install: config.DBINTEL_INSTALL } : {}),
    ...(cluster.known ? { cluster: cluster.known } : {}),
    known: describeKnown(fleet.weights.members),
    name: me.pod,
    ...busyFacts(stops.list, busyTargets(wired), tally),
    version,
    since,
    silentMs: Math.round(silent_ms(ports.store.health, config)),
  };
}
