import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createKubeClient, type KubeClient } from '../../src/kubernetes/kube-client.ts';
import type { DatabaseTargetStatus } from '../../src/resources/kinds/database-target/status.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { openKubernetesTargetStore } from '../../src/targets/kubernetes/kubernetes-target-store.ts';
import { targetManifest } from '../support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';

/**
 * Statuses with the names that fields had before (`seen`, `mend`, `withReason`), on a real API
 * server: the former program and this one, under the former CRD and the present one.
 */
const path = '/apis/dbintel.io/v1alpha1/namespaces/default/databasetargets';
const parts = { clock: systemClock, random: systemRandom, metrics: silentMetrics };
const written = {
  former: {
    coverage: { explained: '93%', withReason: '98%' },
    prerequisites: [{ name: 'tls', verdict: 'warning', seen: 'not encrypted', mend: 'tls: …' }],
  },
  present: {
    coverage: { explained: '93%', accountedFor: '98%' },
    prerequisites: [
      { name: 'tls', verdict: 'warning', observed: 'not encrypted', remediation: 'tls: …' },
    ],
  } satisfies DatabaseTargetStatus,
};
let plane: ControlPlane;
let client: KubeClient;
let store: ReturnType<typeof openKubernetesTargetStore>;

interface Schema {
  properties: Record<string, Schema>;
  items: Schema;
  required?: string[];
}
/** The CRD as it was: the former names in the place of the present ones, and required. */
function formerCrd(): object {
  const file = new URL('../../crds/databasetargets.dbintel.io.yaml', import.meta.url);
  const crd = parse(readFileSync(file, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const status = crd.spec.versions[0]?.schema.openAPIV3Schema.properties['status'] as Schema;
  const rename = (schema: Schema | undefined, names: Record<string, string>, needed: string) => {
    if (!schema) throw new Error('the status has another shape than this test knows');
    for (const [present, former] of Object.entries(names)) {
      schema.properties[former] = schema.properties[present] as Schema;
      delete schema.properties[present];
    }
    schema.required = [...(schema.required ?? []), needed];
  };
  const { prerequisites, coverage } = status.properties;
  rename(prerequisites?.items, { observed: 'seen', remediation: 'mend' }, 'seen');
  rename(coverage, { accountedFor: 'withReason' }, 'withReason');
  return crd;
}

beforeAll(async () => {
  plane = await startControlPlane();
  await installCrds(plane);
  client = createKubeClient({ kubeconfig: plane.kubeconfig, ...parts });
  store = openKubernetesTargetStore({
    client: createKubeClient({ kubeconfig: plane.kubeconfig, ...parts }),
    namespaces: ['default'],
    instance: 'test',
    logger: silentLogger,
    ...parts,
  });
  store.watch({
    upsert: () => undefined,
    gone: () => undefined,
    synced: () => undefined,
    refused: () => undefined,
  });
});
afterAll(async () => {
  await store.close();
  await client.close();
  await plane.stop();
});

async function create(name: string): Promise<Target> {
  const body = JSON.parse(targetManifest({ name, namespace: 'default', port: 1 })) as object;
  const { metadata } = await client.call<{ metadata: { uid: string } }>({
    method: 'POST',
    path,
    body,
  });
  await until(async () => store.get(metadata.uid) !== undefined, 30_000, 'it is known');
  return store.get(metadata.uid) as Target;
}
const raw = async (name: string) =>
  (
    await client.call<{ status: Record<string, unknown> }>({
      method: 'GET',
      path: `${path}/${name}`,
    })
  ).status;
/** As the former program writes it. */
const writeFormer = (name: string, epoch: number) =>
  client.call({
    method: 'PATCH',
    path: `${path}/${name}/status`,
    contentType: 'application/json-patch+json',
    body: [
      {
        op: 'add',
        path: '/status',
        value: { ownership: { holder: 'was', epoch }, ...written.former },
      },
    ],
  });
const writePresent = async (target: Target, reason: string) => {
  store.writeStatus(target, {
    ownership: { holder: 'is', epoch: 2 },
    ...written.present,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason,
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  });
  await store.settle([target.uid]);
};
async function serve(crd: object, field: string): Promise<void> {
  await plane.apply(JSON.stringify(crd));
  const probe = async () => {
    await plane.kubectl(['delete', 'dbt', 'probe', '--ignore-not-found']);
    await plane.apply(targetManifest({ name: 'probe', namespace: 'default', port: 1 }));
    await client.call({
      method: 'PATCH',
      path: `${path}/probe/status`,
      contentType: 'application/json-patch+json',
      body: [
        {
          op: 'add',
          path: '/status',
          value: { coverage: { explained: '1%', accountedFor: '1%', withReason: '1%' } },
        },
      ],
    });
    return field in ((await raw('probe'))['coverage'] as object);
  };
  await until(probe, 60_000, `the CRD with ${field} is served`);
}

it('a status of the former program outlives the upgrade of CRD and program, in either order', async () => {
  await serve(formerCrd(), 'withReason');
  const [taken, left] = [await create('taken'), await create('left')];
  for (const { name } of [taken, left]) await writeFormer(name, 1);
  expect(await raw('taken')).toMatchObject(written.former);

  // This program under the former CRD: it reads, takes over and writes.
  expect(await store.readStatus(taken)).toMatchObject(written.present);
  expect(await store.raise(taken, { holder: 'is', epoch: 2 })).toMatchObject({
    kind: 'raised',
    status: written.present,
  });
  await writePresent(taken, 'Collecting');
  expect(await raw('taken')).toMatchObject({ ...written.former, ownership: { holder: 'is' } });

  // The present CRD: what stands under former names is not shown until it is written again, but
  // nothing is in its way: not an edit of the spec, not a new owner, not the former program.
  const present = new URL('../../crds/databasetargets.dbintel.io.yaml', import.meta.url);
  await serve(parse(readFileSync(present, 'utf8')) as object, 'accountedFor');
  expect(await raw('left')).toMatchObject({
    coverage: { explained: '93%' },
    prerequisites: [{ name: 'tls', verdict: 'warning' }],
  });
  const merge = ['--type=merge', '-p', '{"spec":{"suspend":true}}'];
  await plane.kubectl(['patch', 'dbt', 'left', ...merge]);
  await writeFormer('left', 1);
  expect((await store.raise(left, { holder: 'is', epoch: 2 })).kind).toBe('raised');
  await writePresent(left, 'Collecting');
  await writePresent(taken, 'CircuitOpen');
  for (const name of ['left', 'taken']) {
    expect(await raw(name)).toMatchObject(written.present);
    const described = await plane.kubectl(['describe', 'dbt', name]);
    expect(described).toMatch(/Observed: +not encrypted\n +Remediation: +tls: …/);
    expect(described).toMatch(/Accounted For: +98%/);
    expect(described).not.toMatch(/^ *(Seen|Mend|With Reason):/m);
  }
});
