import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeRequest } from '../kubernetes/kube-client.ts';
import { kubeError } from '../kubernetes/kube-error.ts';
import { mostDeclared, type Verdict } from '../model/verdict.ts';
import { createClusterClient } from '../targets/kubernetes/cluster-client.ts';
import { clusterVerdicts } from './cluster-verdicts.ts';

/** An API server that has one target, shop/orders. */
const annotation = 'dbintel.io/findings';
let text: string | undefined;
beforeEach(() => {
  text = undefined;
});
const topQueries = [
  {
    fingerprint: 'f1',
    share: '9%',
    text: 'SELECT 1',
    mean: '2 ms',
    findings: ['spill', 'full-scan (accepted)'],
  },
];

async function call<T>({ method, path, body }: KubeRequest): Promise<T> {
  if (!path.endsWith('/namespaces/shop/databasetargets/orders'))
    throw kubeError(path, 404, { message: 'not found' });
  if (method === 'PATCH') {
    const { metadata } = body as { metadata: { annotations: Record<string, string | null> } };
    text = metadata.annotations[annotation] ?? undefined;
  }
  const annotations = text === undefined ? {} : { [annotation]: text };
  return { metadata: { resourceVersion: '1', annotations }, status: { topQueries } } as T;
}
const place = clusterVerdicts({
  client: createClusterClient({ call }),
  namespace: 'shop',
  close: async () => undefined,
});

const key = { rule: 'spill', fingerprint: 'f1' };
const dismissed: Verdict = {
  ...key,
  kind: 'dismissed',
  why: 'known',
  by: 'maria',
  at: 1,
  declared: false,
};

describe('in the annotation', () => {
  it('a verdict is put, changed and taken out', async () => {
    expect(await place.give('orders', dismissed)).toBe('shop/orders');
    expect(text).toBe('spill@f1: dismissed, known');
    await place.give('shop/orders', { ...dismissed, kind: 'accepted' });
    expect(text).toBe('spill@f1: accepted, known');
    expect(await place.retract('orders', key)).toBe('shop/orders');
    expect(text).toBeUndefined();
  });
  it('what nobody would understand is refused, and nothing is changed', async () => {
    text = 'full-scan@f1: accepted';
    await expect(place.give('orders', { ...dismissed, rule: 'spil' })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('did you mean "spill"?'),
    });
    await expect(place.retract('orders', key)).rejects.toMatchObject({ code: 'not_found' });
    await expect(place.give('other/orders', dismissed)).rejects.toMatchObject({
      message: 'there is no DatabaseTarget other/orders',
    });
    expect(text).toBe('full-scan@f1: accepted');
  });
  it('what would not be read any more is refused', async () => {
    const lines = Array.from({ length: mostDeclared }, (_, i) => `spill@x${i}: accepted`);
    text = lines.join('\n');
    await expect(place.give('orders', dismissed)).rejects.toMatchObject({
      code: 'verdict_refused',
    });
    expect(text).toBe(lines.join('\n'));
  });
});

it('lists what the status tells, with what the annotation says', async () => {
  text = 'spill@f1: dismissed, known\nfull-scan@f1: accepted\nspill@f9: dismissed, gone';
  const listed = async (muted: boolean) =>
    (await place.list('orders', muted)).map(({ rule, fingerprint, message, verdict }) =>
      [rule, fingerprint, message ?? '-', verdict?.kind].join(' '),
    );
  expect(await listed(false)).toEqual(['full-scan f1 SELECT 1 accepted']);
  expect(await listed(true)).toEqual([
    'spill f1 SELECT 1 dismissed',
    'full-scan f1 SELECT 1 accepted',
    'spill f9 - dismissed',
  ]);
});
