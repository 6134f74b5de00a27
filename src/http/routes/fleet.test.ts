import { expect, it } from 'vitest';
import { apiNow, openApi } from '../../../test/support/api.ts';
import { createFleetTable } from '../../fleet/table.ts';
import { fleetColumns } from '../answers/fleet.ts';

const clock = { now: () => apiNow, monotonic: () => 0 };
const table = createFleetTable(clock);
for (const [name, namespace] of [
  ['orders', 'shop'],
  ['users', 'shop'],
  ['ledger', 'billing'],
] as const)
  table.note(
    { uid: `uid-${name}`, namespace, name },
    {
      suspend: name === 'users',
      engine: 'postgres',
      version: '18.1',
      ready: 'True',
      reason: 'Collecting',
      circuit: 'closed',
      explained: 97.5,
      busy: { hours: 'NR', until: apiNow - (apiNow % 3_600_000) },
      owner: 'dbintel-0',
      updatedAt: apiNow,
    },
  );

async function ask(query: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const api = await openApi([], { table });
  const answer = await api.ask('GET', `/api/v1/fleet${query}`);
  await api.close();
  return answer;
}
const column = (body: Record<string, unknown>, name: (typeof fleetColumns)[number]) =>
  (body['rows'] as unknown[][]).map((row) => row[fleetColumns.indexOf(name)]);

it('rows come as columns, with what there is of each kind', async () => {
  const { status, body } = await ask('');
  expect([status, body['columns'], body['total'], body['rev']]).toEqual([
    200,
    [...fleetColumns],
    3,
    `b-${table.rev}`,
  ]);
  expect([column(body, 'name'), column(body, 'state')]).toEqual([
    ['users', 'ledger', 'orders'],
    ['paused', 'collecting', 'collecting'],
  ]);
  expect(column(body, 'busy')[0]).toBe(`${' '.repeat(22)}59`);
  expect(column(body, 'explained')[0]).toBe(97.5);
  expect(body['counts']).toMatchObject({ targets: 3, states: { paused: 1, collecting: 2 } });
  expect((body['rows'] as unknown[][])[0]).toHaveLength(fleetColumns.length);
});
it('pages follow one another', async () => {
  const first = await ask('?sort=name&limit=2');
  expect([column(first.body, 'name'), first.body['next']]).toEqual([['ledger', 'orders'], '2']);
  const second = await ask('?sort=name&limit=2&cursor=2');
  expect([column(second.body, 'name'), second.body['next']]).toEqual([['users'], undefined]);
  expect((await ask('?cursor=x')).status).toBe(400);
  expect((await ask('?sort=nothing')).status).toBe(400);
});
it('is filtered, searched and grouped', async () => {
  expect(column((await ask('?state=waits')).body, 'name')).toEqual(['users']);
  expect(column((await ask('?ns=billing,other&q=LED')).body, 'name')).toEqual(['ledger']);
  expect((await ask('?group=namespace')).body['groups']).toEqual([
    { group: 'billing', count: 1 },
    { group: 'shop', count: 2 },
  ]);
});
