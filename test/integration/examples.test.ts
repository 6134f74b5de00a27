import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcesOf } from '../../src/resources/kinds/index.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import {
  type ControlPlane,
  controlPlaneBinary,
  installCrds,
  run,
  startControlPlane,
} from '../support/control-plane.ts';
import { manifestFiles, overlays, pathOf } from '../support/examples.ts';

/** What people copy from examples/, as kubectl applies it to a real API server. */
let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  await installCrds(plane);
  for (const namespace of ['shop', 'shop-staging'])
    await plane.kubectl(['create', 'namespace', namespace]);
});
afterAll(() => plane.stop());

const apply = (args: string[]) =>
  plane.kubectl(['apply', '--validate=strict', '--dry-run=server', ...args]);

describe('examples', () => {
  it.each(manifestFiles)('%s is accepted', async (path) => {
    const applied = await apply(['-f', pathOf(path)]);
    expect(applied).toMatch(/^(databasetarget|emergencystop)\.dbintel\.io\//);
  });
  it.each(overlays)('%s is accepted, and has no mistake either', async (overlay) => {
    expect((await apply(['-k', pathOf(overlay)])).trim().split('\n')).toHaveLength(3);
    const made = await run(controlPlaneBinary('kubectl'), ['kustomize', pathOf(overlay)]);
    const { mistakes, resources } = readManifests(made);
    expect(mistakes).toEqual([]);
    expect(resources.map(({ metadata }) => metadata.name)).toEqual([
      'billing',
      'catalog',
      'orders',
    ]);
  });
  it('the overlays differ where they say so', async () => {
    const [production = [], staging = []] = await Promise.all(
      overlays.map(async (overlay) => {
        const made = await run(controlPlaneBinary('kubectl'), ['kustomize', pathOf(overlay)]);
        return resourcesOf(readManifests(made).resources, 'DatabaseTarget');
      }),
    );
    expect(production.map(({ spec }) => spec.collection.interval)).toEqual(['30s', '60s', '30s']);
    expect(production.map(({ spec }) => spec.connection.tls.secretRef?.name)).toEqual(
      production.map(() => 'company-ca'),
    );
    expect(staging.map(({ spec }) => spec.collection.interval)).toEqual(['5m', '5m', '5m']);
    expect(staging.map(({ spec }) => spec.suspend)).toEqual([false, true, false]);
  });
});
