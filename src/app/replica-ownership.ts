import { AppError } from '../base/errors.ts';
import type { Lifecycle } from '../base/lifecycle.ts';
import { regularly } from '../base/regularly.ts';
import { sayFarewell } from '../controller/farewell.ts';
import { withinDrain } from './duties.ts';
import { sessionFacts } from './replica-facts.ts';
import { own, type Wired } from './replica-wiring.ts';
import { isShared } from './shared-state.ts';

const readyLook_ms = 50;

/**
 * Shards are claimed when it is known what there is, what is stopped, and which cluster this is.
 */
export function beginWhenReady(wired: Wired, parts: Lifecycle, api: string | undefined): void {
  const { ports, config, me, fleet, cluster, ownership, stops, canceling } = wired;
  const { clock, logger, store } = ports;
  const endWaiting = regularly(clock, readyLook_ms, logger, async () => {
    if (!store.health.enough || !stops.synced) return undefined;
    // Alone, it shares nothing that another cluster's replicas could take.
    if (isShared(config) && !(await cluster.find())) return undefined;
    logger.info({ api, ...me, targets: fleet.refs.size }, 'dbintel operator is ready to collect');
    beginOwnership(wired);
    return 'done';
  });
  parts.add('ownership', async () => {
    await endWaiting();
    await withinDrain(ownership.stop, canceling, config.DBINTEL_DRAIN, clock);
  });
}

function beginOwnership(wired: Wired): void {
  const { ports, collection, ownership, canceling } = wired;
  const { controller } = collection;
  ownership.begin({
    facts: () => sessionFacts(wired),
    lost: (uids) =>
      void controller.drain(
        uids,
        AbortSignal.abort(new AppError('ownership_lost', 'its shard was lost')),
      ),
    gained: controller.look,
    async handOver(uids) {
      await controller.drain(uids, canceling.signal);
      await ports.store.settle(uids);
    },
  });
}

export const farewell = (wired: Wired): Promise<void> =>
  sayFarewell({
    ...wired.ports,
    ...wired.me,
    refs: wired.fleet.refs.values(),
    shared: wired.config.DBINTEL_REDIS_ENDPOINTS.length > 0,
    survey: () => wired.ports.state.survey(),
    own: (ref) => own(wired, ref),
  });
