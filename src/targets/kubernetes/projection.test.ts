import { expect, it } from 'vitest';
import { makeTarget } from '../../../test/support/target.ts';
import { projectStop, projectTarget, toTarget } from './projection.ts';

const { spec } = makeTarget({ port: 5432 });
const metadata = {
  uid: 'u1',
  resourceVersion: '7',
  namespace: 'shop',
  name: 'orders',
  generation: 3,
  labels: { tier: 'gold' },
  creationTimestamp: '2026-01-01T00:00:00Z',
};

it('a target comes out of what is kept of it as it went in', () => {
  const item = projectTarget({ metadata, spec });
  expect(toTarget(item)).toEqual({
    uid: 'u1',
    namespace: 'shop',
    name: 'orders',
    generation: 3,
    spec,
    labels: { tier: 'gold' },
  });
});

it('what is the same in a fleet’s specs is kept once', () => {
  const read = (host: string) => {
    const text = JSON.stringify({ ...spec, connection: { ...spec.connection, host } });
    return projectTarget({ metadata, spec: JSON.parse(text) as object });
  };
  const bytes = (items: readonly { spec: readonly string[] }[]) =>
    [...new Set(items.flatMap((item) => item.spec))].join('').length;
  const [one, two] = [read('a.example'), read('b.example')];
  expect(toTarget(two).spec.connection.host).toBe('b.example');
  expect(bytes([one, two]) - bytes([one])).toBeLessThan(bytes([one]) / 3);
});

it('what is said of its findings comes along, and no other annotation', () => {
  const annotations = {
    'dbintel.io/findings': 'spill@f1: accepted',
    'dbintel.io/advise': '2026-01-01T00:00:00Z',
    other: 'x'.repeat(99),
  };
  const item = projectTarget({ metadata: { ...metadata, annotations }, spec });
  expect(toTarget(item).findingsAnnotation).toBe('spill@f1: accepted');
  expect(item.adviseAsked).toBe(1_767_225_600_000);
  expect(JSON.stringify(item)).not.toContain('xxx');
});

it('who writes its status, and when, is told', () => {
  const ownership = { holder: 'me', epoch: 4, pod: 'p' };
  const status = { ownership, updatedAt: '2026-01-01T00:00:01Z' };
  expect(projectTarget({ metadata, spec, status })).toMatchObject({
    owner: { holder: 'me', epoch: 4 },
    glance: { owner: 'p', updatedAt: 1_767_225_601_000 },
    hasStatus: true,
  });
  expect(projectTarget({ metadata, spec })).toMatchObject({ hasStatus: false });
});

it('that somebody has deleted it is told, though a finalizer keeps it', () => {
  const deletionTimestamp = '2026-01-02T00:00:00Z';
  expect(projectTarget({ metadata: { ...metadata, deletionTimestamp }, spec }).deleting).toBe(true);
  expect(projectTarget({ metadata, spec })).not.toHaveProperty('deleting');
});

it('that its status says that nobody collects it is told', () => {
  const status = (reason: string) => ({
    conditions: [{ type: 'Ready', status: 'Unknown', reason, message: '' }],
  });
  expect(projectTarget({ metadata, spec, status: status('CollectorEnded') }).ended).toBe(true);
  expect(projectTarget({ metadata, spec, status: status('Starting') })).not.toHaveProperty('ended');
});

it('a spec that a newer version wrote is kept, and refused with its fields when asked for', () => {
  const item = projectTarget({ metadata, spec: { ...spec, engine: 'oracle', later: true } });
  expect(item.glance?.engine).toBe('oracle');
  expect(() => toTarget(item)).toThrow(/does not understand the spec: spec\.engine: .*; spec: /);
  expect(() => toTarget(item)).toThrow(expect.objectContaining({ code: 'invalid_manifest' }));
});

it('a stop that is not understood stops everything', () => {
  const scope = { namespaces: ['shop'] };
  const known = projectStop({ metadata, spec: { scope, reason: 'incident' } });
  expect(known).toMatchObject({ createdAt: 1_767_225_600_000, spec: { scope } });
  for (const unknown of [{}, { scope: { everything: 1 } }, undefined])
    expect(projectStop({ metadata, spec: unknown }).spec).toEqual({
      scope: { all: true },
      reason: 'orders: not understood by this version, so everything stops',
    });
});
