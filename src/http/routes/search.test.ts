import { expect, it } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { createFleetTable } from '../../fleet/table.ts';
import type { SearchAnswer } from '../answers/search.ts';

const table = createFleetTable({ now: () => 0, monotonic: () => 0 });
table.note({ uid: 'uid', namespace: 'shop', name: 'orders' }, { suspend: false });
const batch = makeBatch({ at: 1, queries: [explained('aa01', { rule: 'spill' })] });

async function ask(query: string, more: Parameters<typeof openApi>[1] = {}) {
  const api = await openApi([batch], { table, ...more });
  const { status, body } = await api.ask('GET', `/api/v1/search?q=${encodeURIComponent(query)}`);
  await api.close();
  return { status, body: body as unknown as SearchAnswer };
}

it('finds targets, statements and findings by one word', async () => {
  expect((await ask('ORDers')).body.targets).toMatchObject({
    items: [{ namespace: 'shop', name: 'orders', state: 'starting' }],
    more: false,
  });
  const { statements } = (await ask('aa01')).body;
  expect(statements).toMatchObject({ items: [{ fingerprint: 'aa01' }], more: false, whole: true });
  expect((await ask('spill')).body.findings).toMatchObject({ items: [{ rule: 'spill' }] });
});
it('finds nothing of a target that is not there any more', async () => {
  const { statements, findings } = (await ask('aa01', { targets: () => [] })).body;
  expect([statements, findings.items]).toEqual([{ items: [], more: false, whole: true }, []]);
});
it('a word of one letter, or of none, is no question', async () => {
  for (const word of ['', 'a', '   a   ', 'x'.repeat(201)])
    expect((await ask(word)).status).toBe(400);
});
it('targets are found while the history is away, and that it is away is said', async () => {
  const away = () => Promise.reject(new Error('refused'));
  const history = { searchQueries: away, findings: away } as never;
  const { status, body } = await ask('orders', { history });
  expect([status, body.targets.items.length, body.statements.whole]).toEqual([200, 1, false]);
  expect(body.problem).toBeTypeOf('string');
});
it('two at once search, and the third is told to wait', async () => {
  const ends: (() => void)[] = [];
  const searchQueries = () =>
    new Promise((resolve) => ends.push(() => resolve({ items: [], whole: true })));
  const history = { searchQueries, findings: async () => [] } as never;
  const api = await openApi([], { table, history });
  const asked = [1, 2].map(() => api.ask('GET', '/api/v1/search?q=orders'));
  await expect.poll(() => ends.length).toBe(2);
  expect((await api.ask('GET', '/api/v1/search?q=orders')).status).toBe(429);
  for (const end of ends) end();
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
  await api.close();
});
