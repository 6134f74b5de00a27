import { expect, it } from 'vitest';
import type { StopScope } from '../model/stop.ts';
import { type Caller, tokenHolder } from './caller.ts';
import { stopsShownTo } from './stops-shown.ts';

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
