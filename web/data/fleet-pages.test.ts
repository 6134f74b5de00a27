import { expect, test } from 'vitest';
import type { FleetItem } from './answers.ts';
import { type FleetPage, itemOf, patchPages } from './fleet-pages.ts';

const item = (uid: string, more: Partial<FleetItem> = {}) =>
  ({ uid, state: 'collecting', kind: 'well', ...more }) as FleetItem;
const page = (...items: FleetItem[]) => ({ items }) as unknown as FleetPage;

test('a row is read by the columns of the answer', () => {
  const row = ['1', 'shop', 'orders'] as unknown as Parameters<typeof itemOf>[1];
  expect(itemOf(['uid', 'namespace', 'name'], row)).toEqual({
    uid: '1',
    namespace: 'shop',
    name: 'orders',
  });
});

test('a changed row keeps its place, and pages without one stay the same', () => {
  const pages = [page(item('a'), item('b')), page(item('c'))];
  const { data, moved } = patchPages({ pages }, [item('b', { plans: 7 })], []);
  expect(data.pages[0]?.items[1]).toMatchObject({ uid: 'b', plans: 7 });
  expect(data.pages[0]?.items[0]).toBe(pages[0]?.items[0]);
  expect(data.pages[1]).toBe(pages[1]);
  expect(moved).toEqual([]);
});

test('what changes its state, goes, or begins to need somebody has moved', () => {
  const { moved } = patchPages(
    { pages: [page(item('a'), item('b'))] },
    [item('a', { state: 'failing' }), item('x', { kind: 'needs-you' }), item('y')],
    ['b'],
  );
  expect(moved.sort()).toEqual(['a', 'b', 'x']);
});
