import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import type { ApiObject } from '../../src/kubernetes/api-object.ts';
import { createKubeClient, type KubeClient } from '../../src/kubernetes/kube-client.ts';
import { startReflector } from '../../src/kubernetes/reflector.ts';
import type { DatabaseTargetStatus } from '../../src/resources/kinds/database-target/status.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { openKubernetesTargetStore } from '../../src/targets/kubernetes/kubernetes-target-store.ts';
import { projectTarget } from '../../src/targets/kubernetes/projection.ts';
import { admissionPolicy } from '../support/admission-policy.ts';
import { targetManifest } from '../support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { makeTarget } from '../support/target.ts';

/**
 * The API client, the reflector and the store against a real API server that lets one request in at
 * a time and turns the rest away.
 */
const path = '/apis/dbintel.io/v1alpha1/namespaces/default/databasetargets';
let plane: ControlPlane;
const metrics = createPrometheusMetrics();
const parts = { clock: systemClock, random: systemRandom, metrics };
let client: KubeClient;
beforeAll(async () => {
  plane = await startControlPlane({
    extraArgs: [
      '--enable-priority-and-fairness=false',
      '--max-requests-inflight=2',
      '--max-mutating-requests-inflight=1',
    ],
  });
  await installCrds(plane);
  // Administrators are let in whatever the limits are.
  await plane.kubectl(['create', 'serviceaccount', 'tester', '-n', 'default']);
  await plane.kubectl([
    'create',
    'clusterrolebinding',
    'tester',
    '--clusterrole=cluster-admin',
    '--serviceaccount=default:tester',
  ]);
  client = createKubeClient({
    kubeconfig: await plane.kubeconfigFor('tester', 'default'),
    ...parts,
  });
});
afterAll(async () => {
  await client.close();
  await plane.stop();
});

const create = async (name: string): Promise<string> => {
  const body = JSON.parse(targetManifest({ name, namespace: 'default', port: 1 })) as object;
  return (await client.call<{ metadata: { uid: string } }>({ method: 'POST', path, body })).metadata
    .uid;
};
const reflect = (over: { client?: KubeClient; audit_ms?: number; clock?: Clock } = {}) => {
  const seen: string[] = [];
  const reflector = startReflector({
    client,
    path,
    kind: 'databasetargets',
    project: projectTarget,
    pageSize: 7,
    handler: {
      upsert: ({ name }, why) => void seen.push(`${why} ${name}`),
      gone: ({ name }) => void seen.push(`gone ${name}`),
      synced: () => void seen.push('synced'),
    },
    logger: silentLogger,
    ...parts,
    ...over,
  });
  return { seen, reflector };
};

/**
 * A call to a server that takes connections and does with them what `onData` says: nothing, or too
 * little.
 */
async function askSilent(
  kubeconfigFor: (port: number) => string,
  onData: (socket: Socket) => void = () => undefined,
) {
  const silent = createServer((socket) => socket.once('data', () => onData(socket))).listen(
    0,
    '127.0.0.1',
  );
  await once(silent, 'listening');
  const folder = temporaryFolder('silent');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor((silent.address() as AddressInfo).port));
  const asking = createKubeClient({ kubeconfig, ...parts });
  const began = performance.now();
  const failure: unknown = await asking
    .call({ method: 'GET', path, timeout_ms: 700 })
    .catch((error: unknown) => error);
  const took_ms = performance.now() - began;
  await asking.close();
  silent.close();
  rmSync(folder, { recursive: true });
  return { failure, took_ms };
}
const plain = (port: number) =>
  JSON.stringify({
    clusters: [
      {
        name: 'c',
        cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
      },
    ],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
    'current-context': 'c',
  });
const secured = (port: number) =>
  readFileSync(plane.kubeconfig, 'utf8').replace(
    /https:..127\.0\.0\.1:\d+/,
    `https://127.0.0.1:${port}`,
  );

it.each([
  ['never speaks', plain, () => undefined],
  [
    'begins an answer and never ends it',
    plain,
    (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
  ],
  ['never answers the greeting of TLS', secured, () => undefined],
])('a server that %s is told as that, in the time given', async (_, kubeconfigFor, onData) => {
  const { failure, took_ms } = await askSilent(kubeconfigFor, onData);
  expect(failure).toMatchObject({
    name: 'KubeError',
    status: 0,
    message: expect.stringMatching(/timeout|no answer within/i),
  });
  expect(took_ms).toBeLessThan(2_000);
});

it('429: waits as long as the server asks, and gets through', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `busy-${i}`);
  const uids = await Promise.all(names.map(create));
  expect(new Set(uids).size).toBe(40);
  expect(await metrics.expose()).toMatch(
    /rest_client_requests_total\{code="429",method="POST"[^}]*\} [1-9]/,
  );
});

it('lists in pages, then follows: what is there, what changes, what goes', async () => {
  const { seen, reflector } = reflect();
  await until(async () => reflector.synced, 30_000, 'it is synced');
  expect(seen.filter((line) => line.startsWith('list busy-')).length).toBe(40);
  expect(seen.at(-1)).toBe('synced');
  await create('later');
  await until(async () => seen.includes('event later'), 20_000, 'a new one is told');
  await client.call({ method: 'DELETE', path: `${path}/later` });
  await until(async () => seen.includes('gone later'), 20_000, 'that it is gone is told');
  expect(reflector.age_ms).toBeLessThan(5_000);
  await reflector.stop();
});

it('an answer that was given before brings nothing back, and takes nothing away', async () => {
  const { seen, reflector } = reflect();
  await until(async () => reflector.synced, 30_000, 'it is synced');
  const asked = () =>
    client.call<{ items: ApiObject[]; metadata: { resourceVersion: string } }>({
      method: 'GET',
      path,
      query: { limit: '500' },
    });
  const empty = await asked();
  await create('short-lived');
  await until(async () => seen.includes('event short-lived'), 20_000, 'it is told');
  const between = await asked();
  reflector.offer(empty.items, empty.metadata.resourceVersion, true);
  expect(seen).not.toContain('gone short-lived');
  await client.call({ method: 'DELETE', path: `${path}/short-lived` });
  await until(async () => seen.includes('gone short-lived'), 20_000, 'that it is gone is told');
  reflector.offer(between.items, between.metadata.resourceVersion, false);
  expect(seen.at(-1)).toBe('gone short-lived');
  await reflector.stop();
});

it('over a restart of the API server it goes on where it was', async () => {
  const { seen, reflector } = reflect();
  await until(async () => reflector.synced, 30_000, 'it is synced');
  await plane.haltApiServer();
  await plane.startApiServer();
  await create('after-restart');
  await until(
    async () => seen.some((line) => line.endsWith('after-restart')),
    30_000,
    'it is told',
  );
  expect(seen.filter((line) => line.endsWith(' busy-1'))).toEqual(['list busy-1']);
  await reflector.stop();
});

it('an event that never comes is found by the audit, and counted', async () => {
  const deaf: KubeClient = {
    ...client,
    // The watch of a peer that lost an event: everything comes but one.
    async *watch(...args) {
      for await (const event of client.watch(...args))
        if ((event.object as { metadata?: { name?: string } }).metadata?.name !== 'unheard')
          yield event;
    },
  };
  const { seen, reflector } = reflect({ client: deaf, audit_ms: 500 });
  await until(async () => reflector.synced, 30_000, 'it is synced');
  await create('unheard');
  await until(async () => seen.includes('list unheard'), 20_000, 'the audit tells it');
  await client.call({ method: 'DELETE', path: `${path}/unheard` });
  await until(async () => seen.includes('gone unheard'), 20_000, 'the audit tells that it is gone');
  expect(await metrics.expose()).toMatch(
    /dbintel_watch_missed_events_total\{kind="databasetargets"\} [2-9]/,
  );
  await reflector.stop();
});

const refuseStatuses = (of = 'databasetargets') =>
  plane.apply(
    admissionPolicy('refused', `${of}/status`, {
      expression: 'false',
      message: 'no team label',
    }),
  );
/** A CRD whose schema keeps only that of a status: of another release, or cut by hand. */
function crdThatKeeps(plural: string, fields: readonly string[]): string {
  const file = new URL(`../../crds/${plural}.dbintel.io.yaml`, import.meta.url);
  const crd = parse(readFileSync(file, 'utf8'));
  for (const version of crd.spec.versions) {
    const { type, properties } = version.schema.openAPIV3Schema;
    const kept = fields.map((name) => [name, properties.status.properties[name]]);
    const status = { type: 'object', properties: Object.fromEntries(kept) };
    version.schema.openAPIV3Schema = { type, properties: { ...properties, status } };
    version.additionalPrinterColumns = [];
  }
  return JSON.stringify(crd);
}
const openStore = (metrics = createPrometheusMetrics()) =>
  openKubernetesTargetStore({
    client: createKubeClient({ kubeconfig: plane.kubeconfig, ...parts }),
    namespaces: ['default'],
    instance: 'test',
    logger: silentLogger,
    ...parts,
    metrics,
  });

describe('the store', () => {
  it('writes transitions at once, figures not at all for now, and tells of a refusal', async () => {
    const own = createPrometheusMetrics();
    const store = openStore(own);
    const refused: string[] = [];
    store.watch({
      upsert: () => undefined,
      gone: () => undefined,
      synced: () => undefined,
      refused: (uid) => void refused.push(uid),
    });
    await until(async () => store.health.problem === undefined, 30_000, 'it is synced');
    const uid = await create('written');
    await until(async () => store.get(uid) !== undefined, 20_000, 'it is known');
    const target = store.get(uid) as Target;
    const raised = await store.raise(target, { holder: 'me', epoch: 1 });
    expect(raised.kind).toBe('raised');
    const status = (
      over: Partial<DatabaseTargetStatus> = {},
      reason = 'Collecting',
    ): DatabaseTargetStatus => ({
      observedGeneration: 1,
      ownership: { holder: 'me', epoch: 1 },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason,
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
      ...over,
    });
    store.writeStatus(target, status());
    await store.settle([uid]);
    store.writeStatus(target, status({ plans: 5 }));
    await store.settle([uid]);
    expect((await store.readStatus(target))?.plans).toBeUndefined();
    store.writeStatus(target, status({ plans: 6 }, 'CircuitOpen'));
    await store.settle([uid]);
    expect((await store.readStatus(target))?.plans).toBe(6);
    expect(await own.expose()).toMatch(/dbintel_status_writes_total\{kind="transition"\} 2/);
    // Somebody else takes over: what we still say is refused, and we are told.
    expect((await store.raise(target, { holder: 'you', epoch: 2 })).kind).toBe('raised');
    store.writeStatus(target, status({ plans: 7 }));
    store.writeStatus(target, status({}, 'Suspended'));
    await until(async () => refused.includes(uid), 20_000, 'the refusal is told');
    expect((await store.readStatus(target))?.ownership).toEqual({ holder: 'you', epoch: 2 });
    expect((await store.raise(target, { holder: 'me', epoch: 2 })).kind).toBe('fenced');
    store.event(target, {
      type: 'Warning',
      reason: 'CircuitOpened',
      message: 'three cycles in a row failed',
    });
    store.event(target, {
      type: 'Warning',
      reason: 'CircuitOpened',
      message: 'three cycles in a row failed',
    });
    await until(
      async () =>
        (await plane.kubectl([
          'get',
          'events',
          '--field-selector=reason=CircuitOpened',
          '-o',
          'jsonpath={.items[*].count}',
        ])) === '2',
      30_000,
      'the event is there once, counted twice',
    );
    await client.call({ method: 'DELETE', path: `${path}/written` });
    expect((await store.raise(target, { holder: 'me', epoch: 3 })).kind).toBe('gone');
    await store.close();
  });
  it('tells beside the target that a policy of others refuses its status', async () => {
    const store = openStore();
    await until(async () => store.health.problem === undefined, 30_000, 'it is synced');
    const uid = await create('refused');
    await until(async () => store.get(uid) !== undefined, 20_000, 'it is known');
    const target = store.get(uid) as Target;
    await refuseStatuses();
    const shown = async () =>
      plane.kubectl(['get', 'events', '--field-selector=involvedObject.name=refused']);
    await until(
      async () => {
        await store.raise(target, { holder: 'me', epoch: 1 }).catch(() => undefined);
        return /Warning +StatusRefused .*nothing is collected.*no team label/.test(await shown());
      },
      20_000,
      'it is told that nothing is collected',
    );
    await plane.kubectl([
      'delete',
      'validatingadmissionpolicy,validatingadmissionpolicybinding',
      'refused',
    ]);
    await client.call({ method: 'DELETE', path: `${path}/refused` });
    await store.close();
  });
  it('tells beside a stop, which is of no namespace, that its status is refused', async () => {
    const store = openStore();
    const stop = await store.stops.create({ scope: { all: true }, reason: 'incident' });
    await refuseStatuses('emergencystops');
    const shown = () =>
      plane.kubectl(['get', 'events', `--field-selector=involvedObject.name=${stop.name}`]);
    await until(
      async () => {
        await store.stops.writeStatus(stop, { acknowledged: '1/1' }).catch(() => undefined);
        return /Warning +StatusRefused +emergencystop.*is not shown.*no team label/.test(
          await shown(),
        );
      },
      20_000,
      'it is told that nobody sees who has acknowledged it',
    );
    await plane.kubectl([
      'delete',
      'validatingadmissionpolicy,validatingadmissionpolicybinding',
      'refused',
    ]);
    await store.stops.delete(stop.name);
    await store.close();
  });
  it.each([
    ['emergencystops', []],
    // Without an owner no fence would hold.
    ['databasetargets', ['updatedAt']],
  ])(
    'tells beside a resource that its CRD keeps nothing of what counts: %s',
    async (plural, fields) => {
      const store = openStore();
      await until(async () => store.health.problem === undefined, 30_000, 'it is synced');
      const stop = await store.stops.create({ scope: { all: true }, reason: 'incident' });
      const target = { uid: await create('pruned'), namespace: 'default', name: 'pruned' };
      const [{ name }, write] =
        plural === 'emergencystops'
          ? [stop, () => store.stops.writeStatus(stop, { acknowledged: '1/1' })]
          : [target, () => store.raise(target, { holder: 'me', epoch: 1 })];
      const taken = () =>
        write().then(
          () => true,
          () => false,
        );
      // What another test refused is let through a moment after that ended.
      await until(taken, 30_000, 'it is written');
      await plane.apply(crdThatKeeps(plural, fields));
      try {
        await until(
          async () => {
            await taken();
            const shown = plane.kubectl([
              'get',
              'events',
              `--field-selector=involvedObject.name=${name}`,
            ]);
            return /StatusRefused .*keeps nothing of .*install the CRDs/.test(await shown);
          },
          30_000,
          'it is told',
        );
      } finally {
        await installCrds(plane);
        await client.call({ method: 'DELETE', path: `${path}/pruned` });
        await store.stops.delete(stop.name);
        await store.close();
      }
    },
  );
  it('reads a Secret by name, keeps it, and reads it again when asked to', async () => {
    const apply = (password: string) =>
      plane.apply(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 's' },
          stringData: { username: 'u', password },
        }),
      );
    await apply('one');
    const store = openStore();
    const target = (credentials: Target['spec']['connection']['credentials']) => {
      const made = { ...makeTarget({ port: 1 }), namespace: 'default' };
      const connection = { ...made.spec.connection, credentials };
      return { ...made, spec: { ...made.spec, connection } };
    };
    const read = (fresh: boolean, name = 's') =>
      store.credentials(target({ secretRef: { name } }), fresh);
    expect(await read(false)).toEqual({ username: 'u', password: 'one' });
    await apply('two');
    expect([
      (await read(false)).password,
      (await read(true)).password,
      (await read(false)).password,
    ]).toEqual(['one', 'two', 'two']);
    await expect(read(false, 'none')).rejects.toMatchObject({
      code: 'secret_unavailable',
      message: expect.stringContaining('does not exist'),
    });
    await expect(store.credentials(target({ file: '/etc/x' }), false)).rejects.toMatchObject({
      code: 'secret_unavailable',
    });
    await store.close();
  });
});
