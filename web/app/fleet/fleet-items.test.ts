import { expect, test } from 'vitest';
import type { FleetPage } from '../../data/fleet-pages.ts';
import { placesOf } from './fleet-items.ts';

const page = (uids: string[], more: object = {}) =>
  ({ items: uids.map((uid) => ({ uid })), total: 4, ...more }) as unknown as FleetPage;
const told = (pages: FleetPage[]) => {
  const places = placesOf(pages);
  return Array.from({ length: places.count }, (_, at) => {
    const place = places.at(at);
    return place.kind === 'row' ? place.row.uid : place.kind === 'group' ? place.group : '…';
  });
};

test('what is not loaded yet has its place', () => {
  expect(told([page(['a', 'b']), page(['c'])])).toEqual(['a', 'b', 'c', '…']);
});
test('each group has a line before its rows', () => {
  const groups = [
    { group: 'shop', count: 1 },
    { group: 'none', count: 0 },
    { group: 'bank', count: 3 },
  ];
  expect(told([page(['a', 'b', 'c'], { groups })])).toEqual([
    'shop',
    'a',
    'none',
    'bank',
    'b',
    'c',
    '…',
  ]);
});
test('there may be nothing', () => expect(told([])).toEqual([]));
