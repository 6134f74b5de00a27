import type { Lifecycle } from '../base/lifecycle.ts';
import { regularly } from '../base/regularly.ts';
import { shardOf } from '../coordination/shards.ts';
import type { TargetHandler } from '../targets/target-store.ts';
import { addPhases } from './advice-phases.ts';
import { coverStopped, followSilence } from './fleet-table.ts';
import { busyTargets, sessionFacts } from './replica-facts.ts';
import type { Wired } from './replica-wiring.ts';
import { isShared } from './shared-state.ts';

export function onStops(wired: Wired): void {
  wired.tally.note(wired.stops.list, busyTargets(wired));
  wired.book.see(wired.stops.list, [sessionFacts(wired)]);
  wired.collection.controller.onStops();
  wired.ownership.announce();
  cover(wired);
}

const cover = ({ ports: { store }, stops }: Wired): void =>
  coverStopped(store.table, stops.list, store.labels);

export function handlerOf({
  collection: { controller },
  fleet,
  suspensions,
}: Wired): TargetHandler {
  return {
    ...controller.handler,
    upsert(ref, why) {
      const edited = why === 'edit' && fleet.refs.get(ref.uid)?.generation !== ref.generation;
      controller.handler.upsert(ref, why);
      if (edited) suspensions.saw(ref);
    },
  };
}

const overdueLook_ms = 10_000;
const unknownLook_ms = 5_000;
const stopsLook_ms = 1_000;

export function addReplicaDuties(wired: Wired, parts: Lifecycle): void {
  const { ports, config, collection, ownership, unknown } = wired;
  const { clock, logger, state } = ports;
  const lookForUnknown = async () => {
    if (isShared(config) && ownership.isMember)
      unknown.look(await state.survey(), clock.monotonic());
  };
  const tellOverdue = async () => collection.tellOverdue();
  parts.add('fleet', followSilence(ports.store.table, clock, logger));
  parts.add('overdue', regularly(clock, overdueLook_ms, logger, tellOverdue));
  parts.add('unknown targets', regularly(clock, unknownLook_ms, logger, lookForUnknown));
  parts.add(
    'stop statuses',
    regularly(clock, stopsLook_ms, logger, () => lookAtStops(wired)),
  );
  parts.add('past stops', regularly(clock, stopsLook_ms, logger, wired.book.write));
  addPhases(parts, ports, collection.controller.running);
}

async function lookAtStops(wired: Wired): Promise<void> {
  const { ports, ownership, stops, suspensions, book } = wired;
  stops.look();
  suspensions.look();
  if (stops.list.length === 0) return;
  ownership.announce(); // what is in flight changes by itself
  const { sessions } = await ports.state.survey();
  const others = sessions.map(({ facts }) => facts).filter(({ name }) => name !== wired.me.pod);
  book.see(stops.list, [...others, sessionFacts(wired)]);
  stops.report(sessions, (stop) => ownership.holdsShard(shardOf(stop.uid)));
}
