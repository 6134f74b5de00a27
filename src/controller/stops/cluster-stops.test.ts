import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { AppError } from '../../base/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { createMemoryState } from '../../coordination/memory/memory-state.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { type ClusterStopsDeps, createClusterStops } from './cluster-stops.ts';

const clock = createFakeClock();
const settled = () => new Promise((resolve) => setImmediate(resolve));
const resource = (name: string): StopResource => ({
  uid: `uid-${name}`,
  name,
  generation: 1,
  createdAt: 7,
  spec: { scope: { all: true }, reason: 'r' },
});

/** One replica, its API server, and the state that it shares with others. */
function startReplica(state = createMemoryState(clock), over: Partial<ClusterStopsDeps> = {}) {
  const api = { there: [] as StopResource[], age_ms: 0, away: false, written: 0 };
  let tell: (stops: readonly StopResource[]) => void = () => undefined;
  const changes: number[] = [];
  const stops = createClusterStops({
    store: {
      stops: {
        watch(onStops) {
          tell = onStops;
          return () => undefined;
        },
        get age_ms() {
          return api.age_ms;
        },
        exists: async (name) => api.there.some((each) => each.name === name),
        async create() {
          if (api.away) throw new AppError('cluster_failed', 'away');
          return resource('made');
        },
        delete: async () => true,
        async writeStatus({ name }) {
          api.written += 1;
          if (name === 'refused') throw new AppError('cluster_failed', 'by a policy');
          if (name === 'kept') await new Promise(() => undefined);
        },
      },
    },
    state,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    covered: () => 1,
    mayTell: () => true,
    watchLimit_ms: 1_000,
    ...over,
  });
  stops.follow(() => changes.push(stops.list.length));
  return { stops, state, api, changes, sees: (...there: StopResource[]) => tell(there) };
}

it('a stop that one sees as a resource reaches another whose watch is broken', async () => {
  const one = startReplica();
  const blind = startReplica(one.state);
  expect([one.stops.synced, blind.stops.synced]).toEqual([false, false]);
  one.sees(resource('a'));
  await settled();
  expect([one.changes, blind.changes]).toEqual([[1], [1]]);
});

it('its absence in the API server lifts it, an old or unproven view of it does not', async () => {
  const one = startReplica();
  const late = startReplica(one.state);
  const a = resource('a');
  one.api.there.push(a);
  late.api.there.push(a);
  one.sees(a);
  late.sees();
  await settled();
  expect(late.stops.list).toHaveLength(1); // the API server says that it is there
  late.api.there.pop();
  late.api.age_ms = 2_000;
  late.stops.look();
  await settled();
  expect(late.stops.list).toHaveLength(1); // what is seen may be old
  late.api.age_ms = 0;
  one.api.there.pop();
  one.sees();
  await settled();
  expect([one.stops.list, late.stops.list]).toEqual([[], []]);
});

it('of another cluster’s state nothing is told and nothing lifted there', async () => {
  const foreign = startReplica(undefined, { mayTell: () => false });
  await foreign.state.publish('stop/theirs', {
    ...resource('theirs').spec,
    since: 1,
    id: 'theirs',
  });
  foreign.sees(resource('a'));
  await settled();
  expect([...(await foreign.state.flags()).keys()]).toEqual(['stop/theirs']);
});

it('where the API server is away, a stop is told through the shared state, and resumed there', async () => {
  const { stops, state, api } = startReplica();
  api.away = true;
  const stop = await stops.stop({ namespaces: ['shop'] }, 'now');
  expect([...(await state.flags()).keys()]).toEqual([`stop/${stop.id}`]);
  expect(await stops.resume({ id: stop.id })).toEqual([stop]);
  expect((await state.flags()).size).toBe(0);
});

it('a status is written when it says something new, by who may', async () => {
  const { stops, api, sees } = startReplica();
  sees(resource('a'));
  const sessions = [{ facts: { scope: 'all', load: 0, name: 'one', stops: { a: 1 } } }];
  stops.report(sessions, () => false);
  expect(api.written).toBe(0);
  stops.report(sessions, () => true);
  await settled();
  stops.report(sessions, () => true);
  expect(api.written).toBe(1);
});

it('a status that is refused, or waits for a webhook, keeps no other, and is told once', async () => {
  const told: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void told.push(fields) };
  const { stops, api, sees } = startReplica(undefined, { logger });
  sees(resource('kept'), resource('refused'), resource('a'));
  stops.report([], () => true);
  await settled();
  expect(api.written).toBe(3);
  stops.report([], () => true);
  await settled();
  expect(api.written).toBe(4);
  expect(told).toEqual([expect.objectContaining({ stop: 'refused' })]);
});
