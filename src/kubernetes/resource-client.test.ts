import { describe, expect, it } from 'vitest';
import { databaseTarget } from '../resources/kinds/database-target/kind.ts';
import { emergencyStop } from '../resources/kinds/emergency-stop/kind.ts';
import type { KubeRequest } from './kube-client.ts';
import { kubeError } from './kube-error.ts';
import { createResourceClient } from './resource-client.ts';
import { collectionPath, crdPath, objectPath } from './resource-path.ts';

function ask(answer: (request: KubeRequest) => unknown) {
  const requests: KubeRequest[] = [];
  const client = {
    async call<T>(request: KubeRequest) {
      requests.push(request);
      return answer(request) as T;
    },
  };
  return {
    requests,
    targets: createResourceClient(client, databaseTarget),
    stops: createResourceClient(client, emergencyStop),
  };
}
const fail =
  (status: number, causes: { field: string; message: string }[] = []) =>
  () => {
    const reason = status === 404 ? 'NotFound' : '';
    throw kubeError('PATCH', status, { message: 'no', reason, details: { causes } });
  };
/** Whoever asks for the object itself has it, or that. */
const patchFails = (status: number, found: object | (() => void)) => (request: KubeRequest) =>
  request.method === 'PATCH' ? fail(status)() : typeof found === 'function' ? found() : found;
const orders = { namespace: 'shop', name: 'orders', uid: 'u1' };
const status = { plans: 1 };

it('spells the paths of the API', () => {
  const path = '/apis/dbintel.io/v1alpha1';
  expect(collectionPath(databaseTarget)).toBe(`${path}/databasetargets`);
  expect(collectionPath(databaseTarget, 'shop')).toBe(`${path}/namespaces/shop/databasetargets`);
  expect(objectPath(emergencyStop, { name: 's' })).toBe(`${path}/emergencystops/s`);
  expect(crdPath(emergencyStop)).toMatch(/\/emergencystops\.dbintel\.io$/);
});

describe('a status', () => {
  it('is written onto the very object that is meant', async () => {
    const { requests, targets } = ask(() => ({ metadata: {}, status }));
    expect(await targets.patchStatus(orders, { status })).toMatchObject({
      kind: 'written',
      object: { status },
    });
    expect(requests).toMatchObject([
      {
        method: 'PATCH',
        path: '/apis/dbintel.io/v1alpha1/namespaces/shop/databasetargets/orders/status',
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: '/metadata/uid', value: 'u1' },
          { op: 'add', path: '/status', value: status },
        ],
      },
    ]);
  });
  it.each([
    ['that is not there', fail(404), { kind: 'gone' }],
    ['that is another by now', patchFails(422, { metadata: { uid: 'u2' } }), { kind: 'gone' }],
    ['that went meanwhile', patchFails(422, fail(404)), { kind: 'gone' }],
    [
      'that another holder owns',
      fail(422, [{ field: 'status.ownership', message: 'Invalid value: fenced: another holder' }]),
      { kind: 'refused', rule: 'fenced' },
    ],
  ])('of a resource %s is told', async (_, answer, result) => {
    expect(await ask(answer).targets.patchStatus(orders, { status })).toEqual(result);
  });
  it.each([
    ['a field that is wrong', fail(422, [{ field: 'status.plans', message: 'not an integer' }])],
    ['a rule that is nobody’s', fail(422, [{ field: 'status.ownership', message: 'required' }])],
    ['a right that is missing', fail(403)],
    ['what a webhook refuses', patchFails(422, { metadata: { uid: 'u1' } })],
    ['a kind that has no status', patchFails(404, { metadata: { uid: 'u1' } })],
  ])('%s is an error', async (_, answer) => {
    await expect(ask(answer).targets.patchStatus(orders, { status })).rejects.toThrow('PATCH: no');
  });
});

describe('an annotation', () => {
  const key = 'dbintel.io/findings';
  const object = (resourceVersion: string, annotations?: object) => ({
    metadata: { resourceVersion, annotations },
  });
  it('is changed anew where the object was changed meanwhile', async () => {
    const answers = [
      object('1', { [key]: 'a', other: 'x' }),
      fail(409),
      object('2', { [key]: 'b' }),
      object('3'),
    ];
    const { requests, targets } = ask(() => {
      const answer = answers.shift();
      return typeof answer === 'function' ? answer() : answer;
    });
    await targets.annotate(orders, key, (before) => `${before}!`);
    expect(requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body)).toEqual([
      { metadata: { resourceVersion: '1', annotations: { [key]: 'a!' } } },
      { metadata: { resourceVersion: '2', annotations: { [key]: 'b!' } } },
    ]);
  });
  it('goes where nothing is left in it; a right that is missing is an error', async () => {
    const { requests, targets } = ask(() => object('1', { [key]: 'a' }));
    await targets.annotate(orders, key, () => undefined);
    expect(requests[1]).toMatchObject({
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { [key]: null } } },
    });
    await expect(ask(fail(403)).targets.annotate(orders, key, () => 'a')).rejects.toThrow(/no/);
  });
});

it('what is not there is neither found nor deleted; other failures are errors', async () => {
  const { stops } = ask(fail(404));
  expect([await stops.exists({ name: 's' }), await stops.delete({ name: 's' })]).toEqual([
    false,
    false,
  ]);
  await expect(ask(fail(500)).stops.exists({ name: 's' })).rejects.toThrow('no (500)');
});

it('a page of a proxy, or of a server that does not serve the kind, takes nothing away', async () => {
  const { stops, targets } = ask(() => {
    throw kubeError('GET', 404, '404 page not found');
  });
  await expect(stops.exists({ name: 's' })).rejects.toThrow('page not found (404)');
  await expect(stops.delete({ name: 's' })).rejects.toThrow('page not found');
  await expect(targets.readIfThere(orders)).rejects.toThrow('page not found');
  await expect(targets.patchStatus(orders, { status })).rejects.toThrow('page not found');
});

it('creates once, under a name that the API server chooses', async () => {
  const { requests, stops } = ask(() => ({}));
  await stops.create('stop-', { scope: { all: true }, reason: 'incident' });
  expect(requests).toMatchObject([
    {
      method: 'POST',
      once: true,
      body: {
        apiVersion: 'dbintel.io/v1alpha1',
        kind: 'EmergencyStop',
        metadata: { generateName: 'stop-' },
      },
    },
  ]);
});

it('asks whether a manifest would be taken, and changes nothing', async () => {
  const manifest = { metadata: { name: 'orders', namespace: 'shop' } };
  const { requests, targets } = ask(() => ({}));
  expect(await targets.refusal(manifest)).toBeUndefined();
  expect(requests[0]?.query).toMatchObject({ dryRun: 'All' });
  expect(await ask(fail(422)).targets.refusal(manifest)).toContain('no (422)');
  await expect(ask(fail(0)).targets.refusal(manifest)).rejects.toThrow('no answer');
});
