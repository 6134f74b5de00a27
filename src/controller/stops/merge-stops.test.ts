import { describe, expect, it } from 'vitest';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { countCovered, flagsToPublish, flagsWithoutResource, stopsInForce } from './merge-stops.ts';
import type { StopFlag } from './stop-flags.ts';

const resource = (name: string, scope: StopResource['spec']['scope'] = { all: true }) => ({
  uid: `uid-${name}`,
  name,
  generation: 1,
  createdAt: 7,
  spec: { scope, reason: 'by resource' },
});
const flag = (id: string, more: Partial<StopFlag> = {}): StopFlag => ({
  id,
  scope: { all: true },
  reason: 'by flag',
  since: 7,
  ...more,
});
const flags = (...all: StopFlag[]) => new Map(all.map((each) => [`stop/${each.id}`, each]));

describe('what is in force', () => {
  it('is what either side knows, as the resource says where both do', () => {
    const sides = { resources: [resource('a')], flags: flags(flag('a'), flag('b')) };
    expect(
      stopsInForce({ ...sides, lifted: new Map() }).map(({ id, reason }) => [id, reason]),
    ).toEqual([
      ['a', 'by resource'],
      ['b', 'by flag'],
    ]);
  });
  it('is not a flag that was lifted, but one of the same name that came later is', () => {
    const lifted = new Map([['stop/a', 7]]);
    expect(stopsInForce({ resources: [], flags: flags(flag('a')), lifted })).toEqual([]);
    const anew = flags(flag('a', { since: 8 }));
    expect(stopsInForce({ resources: [], flags: anew, lifted })).toHaveLength(1);
  });
});

it('a resource that the shared state does not show as it is is published there', () => {
  const shown = flag('a', { reason: 'by resource', resource: true });
  const resources = [resource('a'), resource('b')];
  expect(flagsToPublish({ resources, flags: flags(shown) })).toEqual([
    ['stop/b', { ...shown, id: 'b' }],
  ]);
  const changed = flags({ ...shown, scope: { namespaces: ['x'] } });
  expect(flagsToPublish({ resources: [resource('a')], flags: changed })).toHaveLength(1);
});

it('only a flag that stands for a resource may be lifted by its absence', () => {
  const all = flags(flag('a', { resource: true }), flag('b', { resource: true }), flag('c'));
  expect(flagsWithoutResource({ resources: [resource('a')], flags: all })).toEqual([
    { name: 'stop/b', resource: 'b', since: 7 },
  ]);
});

it('counts the targets that a scope covers, by name, namespace and labels', () => {
  const targets = [
    { namespace: 'shop', name: 'a', labels: { tier: 'gold' } },
    { namespace: 'shop', name: 'b' },
    { namespace: 'bank', name: 'a' },
  ];
  expect(countCovered({ all: true }, targets)).toBe(3);
  expect(countCovered({ namespaces: ['shop'] }, targets)).toBe(2);
  expect(countCovered({ selector: { matchLabels: { tier: 'gold' } } }, targets)).toBe(1);
  expect(countCovered({ targets: ['shop/nobody'] }, targets)).toBe(0);
});
