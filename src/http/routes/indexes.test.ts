import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeProposal, makeRun } from '../../../test/support/advice.ts';
import { apiNow, openApi, type TestApi } from '../../../test/support/api.ts';
import { makeBatch } from '../../../test/support/batch.ts';
import { makeTarget } from '../../../test/support/target.ts';
import type { SeenIndex } from '../../history/index-looks.ts';
import type { Proposal } from '../../model/proposal.ts';

let api: TestApi;
const at = '/api/v1/targets/shop/orders/indexes';
const day = 86_400_000;
const advice = { mode: 'propose', replicas: ['orders-r', 'orders-x'] };
const { spec } = makeTarget({ port: 1, spec: { advice } });

beforeAll(async () => {
  const replica = makeBatch({ at: 1, uid: 'uid-r' });
  const of = { ...replica, target: { ...replica.target, name: 'orders-r' } };
  api = await openApi([makeBatch({ at: 1 }), of], {
    spec: (uid) => (uid === 'uid' ? spec : undefined),
  });
});
afterAll(() => api.close());

const seen = (name: string, columns: string[], more: Partial<SeenIndex> = {}): SeenIndex => ({
  name,
  index: {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: columns.map((column) => ({ column })),
  },
  restorable: true,
  bytes: 8_192,
  valid: true,
  scans: 0,
  countedSince: 7,
  unchangedSince: apiNow - 60 * day,
  ...more,
});
const unread = seen('orders_note_idx', ['note'], { bytes: 9_000 });
const look = (target: string, seenAt: number, indexes: SeenIndex[]) =>
  api.history.noteIndexes({
    target,
    database: 'shop',
    server: { id: target, role: target === 'uid' ? 'primary' : 'standby' },
    seenAt,
    indexes,
  });

it('says that nobody has looked yet', async () => {
  expect(await api.ask('GET', at)).toEqual({
    status: 200,
    body: {
      items: [],
      total: 0,
      bytes: 0,
      mode: 'propose',
      servers: [{ name: 'orders' }, { name: 'orders-r' }, { name: 'orders-x' }],
      unknownServers: true,
    },
  });
});

it('tells who reads each, on which server, why it could go, and what is advised', async () => {
  const wide = seen('orders_a_b', ['a', 'b'], { bytes: 90_000, scans: 5, lastUsed: apiNow - 1 });
  const narrow = seen('orders_a', ['a'], { bytes: 50_000 });
  const broken = seen('orders_new', ['c'], { valid: false, bytes: 0 });
  await look('uid', apiNow, [unread, narrow, wide, broken]);
  await look('uid-r', apiNow, [{ ...unread, scans: 2, unchangedSince: apiNow - day }]);
  const drop: Proposal = {
    ...makeProposal('adv-a', {}),
    change: {
      kind: 'drop-index',
      name: 'orders_a',
      index: narrow.index,
      because: { kind: 'redundant', covered: 'orders_a_b' },
    },
  };
  await api.history.recordAdvice({ run: makeRun(9, [drop]), plans: [] });
  const { body } = await api.ask('GET', at);
  expect(body).toMatchObject({ total: 4, bytes: 149_000, servers: [{ role: 'primary' }, {}, {}] });
  const items = body['items'] as Record<string, unknown>[];
  expect(items.map(({ name, flags }) => [name, flags])).toEqual([
    ['orders_a_b', []],
    ['orders_a', [{ kind: 'redundant', covered: 'orders_a_b' }]],
    ['orders_note_idx', []],
    ['orders_new', [{ kind: 'invalid' }]],
  ]);
  expect(items[1]).toMatchObject({
    proposal: { id: 'adv-a', kind: 'drop-index', phase: 'Proposed' },
  });
  expect(items[2]?.['use']).toEqual([
    { server: 'orders', scans: 0, countedSince: 7, unchangedSince: apiNow - 60 * day },
    { server: 'orders-r', scans: 2, countedSince: 7, unchangedSince: apiNow - day },
  ]);
  expect(items[2]).not.toHaveProperty('unchangedSince');
  const some = await api.ask('GET', `${at}?limit=1`);
  expect(some.body).toMatchObject({ total: 4, items: [{ name: 'orders_a_b' }] });
});

it('says what nobody has read for long, on no server that it knows', async () => {
  await look('uid', apiNow + 1, [unread]);
  await look('uid-r', apiNow + 1, [unread]);
  const { body } = await api.ask('GET', at);
  // One of its replicas was never looked at.
  expect(body['items']).toMatchObject([{ flags: [] }]);
  const { replicas: _, ...others } = spec.advice;
  spec.advice = { ...others, replicas: ['orders-r'] };
  expect((await api.ask('GET', at)).body['items']).toMatchObject([
    { flags: [{ kind: 'unused', since: apiNow - 60 * day, servers: ['orders', 'orders-r'] }] },
  ]);
});
