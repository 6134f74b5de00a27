import { expect, it } from 'vitest';
import type { Stop, StopScope } from '../model/stop.ts';
import { type Caller, tokenHolder } from './caller.ts';
import { pastStopShown, stopsShownTo } from './stops-shown.ts';

const maria: Caller = {
  ...tokenHolder,
  readable: ['shop'],
  mayRead: (namespace) => namespace === 'shop',
};
const scopes: StopScope[] = [
  { all: true },
  { selector: { matchLabels: { tier: 'gold' } } },
  { namespaces: ['shop', 'hr'] },
  { namespaces: ['hr'] },
  { targets: ['hr/wages', 'shop/orders'] },
  { targets: ['hr/wages'] },
];
const stops = scopes.map((scope, i) => ({ id: `stop-${i}`, scope, reason: 'incident', since: 1 }));

it('names of what one may not read are not told', () => {
  expect(stopsShownTo(tokenHolder, stops)).toEqual(stops);
  expect(stopsShownTo(maria, stops).map(({ id, scope }) => [id, scope])).toEqual([
    ['stop-0', { all: true }],
    ['stop-1', { selector: { matchLabels: { tier: 'gold' } } }],
    ['stop-2', { namespaces: ['shop'] }],
    ['stop-4', { targets: ['shop/orders'] }],
  ]);
});

it('of a stop that covers more than they may read, no figure is told', () => {
  const kept = {
    covered: 9,
    replicas: [{ pod: 'a', confirmedAt: 2, cancelled: 3, stillRunning: 0 }],
    seenAt: 7,
  };
  const shown = (scope: Stop['scope'], caller = maria) =>
    pastStopShown(caller, { id: 's', scope, reason: 'r', since: 1, ...kept });
  expect(shown({ all: true }, tokenHolder)).toEqual([
    {
      id: 's',
      scope: { all: true },
      reason: 'r',
      since: 1,
      until: 7,
      sawEnd: false,
      covered: 9,
      cancelled: 3,
      replicas: [{ pod: 'a', confirmedAt: 2, cancelled: 3 }],
    },
  ]);
  expect(shown({ namespaces: ['shop'] })).toMatchObject([{ covered: 9, cancelled: 3 }]);
  for (const scope of [{ all: true as const }, { namespaces: ['shop', 'hr'] }, { selector: {} }])
    expect(shown(scope)).toMatchObject([
      { covered: null, cancelled: null, replicas: [{ cancelled: null }] },
    ]);
  expect(shown({ namespaces: ['hr'] })).toEqual([]);
});
