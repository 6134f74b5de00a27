import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createKubeClient, type KubeClient } from '../../src/kubernetes/kube-client.ts';
import type { KubeError } from '../../src/kubernetes/kube-error.ts';
import { refusalOf } from '../../src/kubernetes/resource-client.ts';
import { databaseTarget } from '../../src/resources/kinds/database-target/kind.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { bad, good, minimal, type Spec } from '../support/specs.ts';

/** The CRDs as a real API server reads them: the same verdicts as zod's, and the fence. */
const group = '/apis/dbintel.io/v1alpha1';
const path = `${group}/namespaces/default/databasetargets`;
let plane: ControlPlane;
let client: KubeClient;
beforeAll(async () => {
  plane = await startControlPlane();
  await installCrds(plane);
  client = createKubeClient({
    kubeconfig: plane.kubeconfig,
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
});
afterAll(async () => {
  await client.close();
  await plane.stop();
});

interface Made {
  metadata: { uid: string; name: string; resourceVersion: string };
  spec: Spec;
  status?: { ownership?: { holder: string; epoch: number }; plans?: number };
}
const create = (spec: Spec, query: Record<string, string> = {}) =>
  client.call<Made>({
    method: 'POST',
    path,
    query: { fieldValidation: 'Strict', ...query },
    body: {
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'DatabaseTarget',
      metadata: { generateName: 't-' },
      spec,
    },
  });
const patch = (name: string, body: object[], contentType = 'application/json-patch+json') =>
  client.call<Made>({
    method: 'PATCH',
    path: `${path}/${name}/status`,
    contentType,
    body: contentType.includes('merge') ? body[0] : body,
  });

describe('specs', () => {
  it.each(Object.entries(good))('good: %s; both fill in the same defaults', async (_, spec) => {
    const made = await create(spec, { dryRun: 'All' });
    const text = stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'DatabaseTarget',
      metadata: { name: 'x' },
      spec,
    });
    expect(made.spec).toEqual(readManifests(text).resources[0]?.spec);
  });
  it.each(Object.entries(bad))('bad: %s', async (_, [spec]) => {
    await expect(create(spec, { dryRun: 'All' })).rejects.toMatchObject({ status: 422 });
  });
  it('unknown fields are refused by strict clients and pruned otherwise', async () => {
    const spec = { ...minimal, collecton: {} };
    await expect(create(spec, { dryRun: 'All' })).rejects.toMatchObject({ status: 400 });
    expect(
      (await create(spec, { dryRun: 'All', fieldValidation: 'Ignore' })).spec,
    ).not.toHaveProperty('collecton');
  });
  it('engine is immutable', async () => {
    const made = await create(minimal);
    const change = client.call({
      method: 'PATCH',
      path: `${path}/${made.metadata.name}`,
      contentType: 'application/merge-patch+json',
      body: { spec: { engine: 'mysql' } },
    });
    await expect(change).rejects.toMatchObject({ status: 422 });
  });
  it('a stop wants exactly one scope', async () => {
    const stop = (scope: object) =>
      client.call<{ spec: { reason: string } }>({
        method: 'POST',
        path: `${group}/emergencystops`,
        query: { dryRun: 'All', fieldValidation: 'Strict' },
        body: {
          apiVersion: 'dbintel.io/v1alpha1',
          kind: 'EmergencyStop',
          metadata: { generateName: 's-' },
          spec: { scope },
        },
      });
    for (const scope of [
      { all: true },
      { namespaces: ['shop'] },
      { targets: ['shop/orders'] },
      { selector: { matchLabels: { tier: 'gold' } } },
    ])
      expect((await stop(scope)).spec.reason).toBe('stopped by hand');
    for (const scope of [
      {},
      { all: false },
      { all: true, namespaces: ['shop'] },
      { namespaces: [] },
      { targets: ['orders'] },
    ])
      await expect(stop(scope)).rejects.toMatchObject({ status: 422 });
  });
});

describe('the fence', () => {
  const own = (holder: string, epoch: number) => [
    { op: 'add', path: '/status', value: { ownership: { holder, epoch } } },
  ];
  const outcome = (work: Promise<Made>): Promise<string> =>
    work.then(
      ({ status }) => `${status?.ownership?.holder}${status?.ownership?.epoch}`,
      (error: KubeError) => {
        const refusal = refusalOf(databaseTarget, error);
        if (!refusal) return `error ${error.status}`;
        return refusal.kind === 'refused' ? refusal.rule : refusal.kind;
      },
    );
  it('one holder after the other, each by one', async () => {
    const { name } = (await create(minimal)).metadata;
    const say: [object[], string][] = [
      [own('a', 2), 'fenced'],
      [own('a', 1), 'a1'],
      [own('b', 1), 'fenced'],
      [own('b', 3), 'fenced'],
      [own('b', 2), 'b2'],
      [own('b', 2), 'b2'],
      [own('a', 1), 'fenced'],
      [own('a', 2), 'fenced'],
      [[{ op: 'add', path: '/status', value: {} }], 'fenced'],
      [[{ op: 'remove', path: '/status' }], 'fenced'],
      [[{ op: 'remove', path: '/status/ownership' }], 'fenced'],
      [own('b', 9_007_199_254_740_992), 'fenced'],
      [own('c', 3), 'c3'],
    ];
    for (const [body, expected] of say)
      expect([body, await outcome(patch(name, body))]).toEqual([body, expected]);
    for (const status of [null, { ownership: null }])
      expect(await outcome(patch(name, [{ status }], 'application/merge-patch+json'))).toBe(
        'fenced',
      );
    const whole = client.call<Made>({
      method: 'GET',
      path: `${path}/${name}`,
    });
    expect((await whole).status?.ownership).toEqual({ holder: 'c', epoch: 3 });
  });
  it('a recreated resource is another one', async () => {
    const first = await create(minimal);
    const { name, uid } = first.metadata;
    await patch(name, own('a', 1));
    await client.call({ method: 'DELETE', path: `${path}/${name}` });
    await client.call({
      method: 'POST',
      path,
      body: {
        apiVersion: 'dbintel.io/v1alpha1',
        kind: 'DatabaseTarget',
        metadata: { name },
        spec: minimal,
      },
    });
    const onto = [{ op: 'test', path: '/metadata/uid', value: uid }, ...own('a', 1)];
    expect(await outcome(patch(name, onto))).toBe('gone');
    await client.call({ method: 'DELETE', path: `${path}/${name}` });
    expect(await outcome(patch(name, onto))).toBe('gone');
  });
  it('of four that raise at once, one wins, round after round', async () => {
    const { name } = (await create(minimal)).metadata;
    for (let epoch = 1; epoch <= 25; epoch += 1) {
      const results = await Promise.all(
        ['a', 'b', 'c', 'd'].map((holder) => outcome(patch(name, own(holder, epoch)))),
      );
      expect(results.filter((each) => each !== 'fenced').length).toBe(1);
    }
  });
  it('a user who edits the spec is not held up by the fence', async () => {
    const { name } = (await create(minimal)).metadata;
    await patch(name, own('a', 1));
    const edited = await client.call<Made>({
      method: 'PATCH',
      path: `${path}/${name}`,
      contentType: 'application/merge-patch+json',
      body: { spec: { suspend: true } },
    });
    expect(edited.spec['suspend']).toBe(true);
  });
});

describe('what kubectl shows', () => {
  it('columns, and fields to select by', async () => {
    const { name } = (
      await create({
        ...minimal,
        connection: { ...(minimal['connection'] as object), host: 'columns-db' },
        suspend: true,
      })
    ).metadata;
    await patch(name, [
      {
        op: 'add',
        path: '/status',
        value: {
          ownership: { holder: 'h', pod: 'pod-a', epoch: 1 },
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              reason: 'Collecting',
              message: '',
              lastTransitionTime: '2026-01-01T00:00:00Z',
            },
          ],
          coverage: { explained: '93%', accountedFor: '98%' },
          plans: 412,
          findings: 7,
          safety: {
            statementTimeout: '240ms',
            circuit: 'closed',
            brake: 'none',
            databaseTimeUsed: '0.02%',
          },
          updatedAt: '2026-01-01T00:00:00Z',
        },
      },
    ]);
    const short = await plane.kubectl([
      'get',
      'dbt',
      '--field-selector=spec.suspend=true,spec.engine=postgres,spec.connection.host=columns-db',
    ]);
    expect(short.split('\n')[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'ENGINE',
      'READY',
      'REASON',
      'COVERAGE',
      'PLANS',
      'FINDINGS',
      'CIRCUIT',
      'UPDATED',
      'AGE',
    ]);
    expect(short).toMatch(
      new RegExp(`${name}\\s+postgres\\s+True\\s+Collecting\\s+93%\\s+412\\s+7\\s+closed`),
    );
    expect(short.trim().split('\n').length).toBe(2);
    expect(await plane.kubectl(['get', 'dbt', '-o', 'wide'])).toContain('pod-a');
    expect(await plane.kubectl(['explain', 'dbt.spec.safety.databaseTimeBudget'])).toContain(
      'Share of wall time',
    );
  });
});

it('an older CRD under a newer operator: what it does not know is pruned, the rest is written', async () => {
  const crd = parse(
    readFileSync(new URL('../../crds/databasetargets.dbintel.io.yaml', import.meta.url), 'utf8'),
  ) as {
    spec: {
      versions: {
        schema: {
          openAPIV3Schema: { properties: { status: { properties: Record<string, unknown> } } };
        };
      }[];
    };
  };
  delete crd.spec.versions[0]?.schema.openAPIV3Schema.properties.status.properties['topQueries'];
  await plane.apply(JSON.stringify(crd));
  const { name } = (await create(minimal)).metadata;
  const value = { ownership: { holder: 'h', epoch: 1 }, plans: 3, topQueries: [] };
  // The server takes a moment to serve a changed schema.
  const status = await until(
    async () => {
      const { status: written = {} } = await patch(name, [{ op: 'add', path: '/status', value }]);
      return !('topQueries' in written) && written;
    },
    30_000,
    'it is pruned',
  );
  expect(status).toEqual({ ownership: { holder: 'h', epoch: 1 }, plans: 3 });
});
