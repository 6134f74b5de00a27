import { expect, test } from 'vitest';
import type { FleetItem } from './answers.ts';
import { type FleetPage, itemOf, patchPages } from './fleet-pages.ts';

const item = (key: number, more: Partial<FleetItem> = {}) =>
  ({ key, state: 'collecting', kind: 'well', ...more }) as FleetItem;
const page = (...items: FleetItem[]) => ({ rev: 'a-1', items }) as unknown as FleetPage;
const nothing = { rev: 'a-2', now: 100_000, set: [], figures: [], gone: [] };

test('a row is read by the columns of the answer', () => {
  const row = ['1', 'shop', 'orders'] as unknown as Parameters<typeof itemOf>[1];
  expect(itemOf(['uid', 'namespace', 'name'], row)).toEqual({
    uid: '1',
    namespace: 'shop',
    name: 'orders',
  });
});

test('a changed row keeps its place, and pages without one stay the same', () => {
  const pages = [page(item(1), item(2)), page(item(3))];
  const { data, moved } = patchPages({ pages }, { ...nothing, set: [item(2, { plans: 7 })] });
  expect(data.pages[0]?.items[1]).toMatchObject({ key: 2, plans: 7 });
  expect(data.pages[0]?.items[0]).toBe(pages[0]?.items[0]);
  expect(data.pages[1]?.items).toBe(pages[1]?.items);
  expect(data.pages.map(({ rev }) => rev)).toEqual(['a-2', 'a-2']);
  expect(moved).toEqual([]);
});

test('figures alone are changed where they are, by the time of the server', () => {
  const { data, moved } = patchPages(
    { pages: [page(item(1, { name: 'orders' }))] },
    { ...nothing, figures: [[1, 12, 97, 99, 4]] },
  );
  expect(data.pages[0]?.items[0]).toMatchObject({
    name: 'orders',
    lastCycle: 88_000,
    asOf: 100_000,
    explained: 97,
    accountedFor: 99,
    plans: 4,
  });
  expect(moved).toEqual([]);
});

test('what changes its state, goes, or begins to need somebody has moved', () => {
  const { moved } = patchPages(
    { pages: [page(item(1), item(2))] },
    {
      ...nothing,
      set: [item(1, { state: 'failing' }), item(7, { kind: 'needs-you' }), item(8)],
      gone: [2],
    },
  );
  expect(moved.sort()).toEqual([1, 2, 7]);
});

test('of another replica’s copy, rows are known by their uids alone', () => {
  const pages = [page(item(1, { uid: 'x' }), item(2, { uid: 'y' }))];
  const { data, moved } = patchPages(
    { pages },
    {
      ...nothing,
      rev: 'b-9',
      set: [item(2, { uid: 'x', state: 'failing' })],
      figures: [[1, 12, 97, 99, 4]],
      gone: [2],
    },
  );
  expect(data.pages[0]?.items[0]).toMatchObject({ key: 1, uid: 'x', state: 'failing' });
  expect(data.pages[0]?.items[1]).toBe(pages[0]?.items[1]);
  expect([data.pages[0]?.rev, moved]).toEqual(['a-1', [1]]);
});
