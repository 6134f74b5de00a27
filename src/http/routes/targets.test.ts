import { expect, it } from 'vitest';
import { askApi } from '../../../test/support/api.ts';
import { createFleetTable } from '../../fleet/table.ts';

const orders = { uid: 'uid', namespace: 'shop', name: 'orders' };
const url = '/api/v1/targets/shop/orders';

it('one target is in the state in which the fleet shows it, whatever its status says', async () => {
  const table = createFleetTable({ now: () => 0, monotonic: () => 0 });
  table.note(orders, { suspend: false, ready: 'True', reason: 'Collecting' });
  const collecting = await askApi([], url, { table });
  expect(collecting.body).toMatchObject({ state: 'collecting', kind: 'well' });
  expect(collecting.body).not.toHaveProperty('why');
  table.cover(() => true);
  const stopped = await askApi([], url, { table });
  expect(stopped.body).toMatchObject({ state: 'stopped', kind: 'waits', why: 'an emergency stop' });
});

it('what the fleet has not heard of has no state', async () => {
  expect((await askApi([], url)).body).not.toHaveProperty('state');
});
