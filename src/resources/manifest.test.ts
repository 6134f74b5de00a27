import { expect, it } from 'vitest';
import { readManifests } from './manifest.ts';

const stop = (spec: string, metadata = 'name: incident-4711') =>
  [
    'apiVersion: dbintel.io/v1alpha1',
    'kind: EmergencyStop',
    `metadata: { ${metadata} }`,
    `spec: ${spec}`,
  ].join('\n');

it('an EmergencyStop is read as the API server reads it, defaults filled in', () => {
  const { resources, mistakes, misread } = readManifests(stop('{ scope: { namespaces: [shop] } }'));
  expect([mistakes, misread]).toEqual([[], []]);
  expect(resources).toMatchObject([
    {
      kind: 'EmergencyStop',
      metadata: { name: 'incident-4711' },
      spec: { scope: { namespaces: ['shop'] }, reason: 'stopped by hand' },
    },
  ]);
});

it.each([
  ['{ scope: {} }', 'spec.scope', 'choose exactly one of all, namespaces, targets and selector'],
  ['{ scope: { namespace: [shop] } }', 'spec.scope.namespace', 'did you mean "namespaces"?'],
  ['{ scope: { targets: [orders] } }', 'spec.scope.targets.0', 'not namespace/name'],
  ['{ scope: { all: false } }', 'spec.scope.all', 'false is not one of true'],
])('a stop that says %s is a mistake at %s, and known to be a stop', (spec, path, message) => {
  const { resources, mistakes, misread } = readManifests(stop(spec));
  expect(resources).toEqual([]);
  expect(misread).toEqual(['EmergencyStop']);
  expect(mistakes).toContainEqual({ line: 4, path, message: expect.stringContaining(message) });
});

it.each([
  ['a bracket is missing', stop('{ scope: { targets: [shop/orders } }')],
  ['a key stands twice', stop('{ scope: { all: true }, scope: { all: true } }')],
  ['JSON is cut off', '{ "kind": "EmergencyStop", "spec": { "scope": '],
  ['it is too long', `${stop('{ scope: { all: true } }')}\n#${'x'.repeat(1_100_000)}`],
])('a stop is known to be one also where %s', (_, text) => {
  expect(readManifests(text)).toMatchObject({ resources: [], misread: ['EmergencyStop'] });
});

it('what stands beside it is read, and what is no stop is not taken for one', () => {
  const broken = 'kind: DatabaseTarget\nspec: { a: [b }';
  const read = readManifests([stop('{ scope: { all: true } }'), broken].join('\n---\n'));
  expect(read).toMatchObject({
    resources: [{ kind: 'EmergencyStop' }],
    misread: ['DatabaseTarget'],
  });
});

it('a kind that is nearly one of ours is recognised', () => {
  const [mistake] = readManifests('kind: EmergencyStopp\n').mistakes;
  expect(mistake?.message).toBe(
    'expected DatabaseTarget, EmergencyStop, IndexRecommendation, IndexApproval ' +
      '(dbintel.io/v1alpha1) or Secret, ' +
      'found "EmergencyStopp"; did you mean "EmergencyStop"?',
  );
});

it('what is wrong with a Secret says how it is written', () => {
  const secret = (rest: string) =>
    readManifests(`apiVersion: v1\nkind: Secret\nmetadata: { name: s }\n${rest}`).mistakes;
  expect(secret('stringData: { password: 12345 }')).toEqual([
    {
      line: 4,
      path: 'stringData.password',
      message: 'not a text: a password of digits alone, or one like true or null, stands in quotes',
    },
  ]);
  expect(secret('data: { password: pass word }')).toEqual([
    { line: 4, path: 'data.password', message: 'not base64: plain text stands below stringData' },
  ]);
  expect(secret('data: 5')).toMatchObject([{ path: 'data', message: 'not as a Secret has it' }]);
});
