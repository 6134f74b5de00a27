import { expect, it } from 'vitest';
import { type KubeError, kubeError } from '../../kubernetes/kube-error.ts';
import type { ReflectorHandler } from '../../kubernetes/reflector.ts';
import type { StatusPatch } from '../../kubernetes/resource-client.ts';
import { createClusterStopStore, type Stops } from './cluster-stop-store.ts';
import { projectStop, type StopItem } from './projection.ts';

const stop = (name: string) =>
  projectStop({
    metadata: { uid: `u-${name}`, name, resourceVersion: '1' },
    spec: { scope: { all: true }, reason: 'incident' },
  });

/** The resources of a cluster, as far as stops need them. */
function start(failure?: KubeError) {
  const there: StopItem[] = [];
  const handlers: ReflectorHandler<StopItem>[] = [];
  const state = { synced: false };
  const patches: StatusPatch[] = [];
  const stops: Stops = {
    list: () => there,
    get synced() {
      return state.synced;
    },
    watch(handler) {
      handlers.push(handler);
      return () => void handlers.splice(handlers.indexOf(handler), 1);
    },
    create: async () => ({ metadata: { uid: 'u', name: 'stop-x', resourceVersion: '1' } }),
    async delete() {
      if (failure) throw failure;
      return true;
    },
    exists: async () => true,
    async patchStatus(_, patch) {
      patches.push(patch);
      return { kind: 'gone' };
    },
  };
  const told: string[][] = [];
  const store = createClusterStopStore(stops, () => 5, { tell: (_, __, work) => work() });
  const unwatch = store.watch((now) => told.push(now.map(({ name }) => name)));
  return { store, there, handlers, state, told, patches, unwatch };
}

it('tells nothing before all are known, then all at every change', () => {
  const { there, handlers, state, told, unwatch } = start();
  const [handler] = handlers;
  there.push(stop('a'));
  handler?.upsert(stop('a'), 'list');
  expect(told).toEqual([]);
  state.synced = true;
  handler?.synced();
  there.push(stop('b'));
  handler?.upsert(stop('b'), 'event');
  expect(told).toEqual([['a'], ['a', 'b']]);
  unwatch();
  expect(handlers).toEqual([]);
});

it('a stop that may not be deleted is told with what a person can do', async () => {
  const { store } = start(kubeError('DELETE', 403, { message: 'forbidden' }));
  await expect(store.delete('a')).rejects.toThrow(/kubectl delete estop a, or grant it/);
  const broken = start(kubeError('DELETE', 500, { message: 'broken' })).store;
  await expect(broken.delete('a')).rejects.toThrow('broken (500)');
});

it('who acknowledged is written under its former name, too: the CRD may be of before', async () => {
  const { store, patches } = start();
  await store.writeStatus(stop('a'), { acknowledged: '2/3', inFlight: 1 });
  expect(patches).toEqual([{ status: { acknowledged: '2/3', obeyed: '2/3', inFlight: 1 } }]);
});

it('a status of a stop that is gone is nobody’s business', async () => {
  await start().store.writeStatus(stop('a'), { acknowledged: '1/1' });
});
