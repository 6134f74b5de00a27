import { afterEach, beforeEach, expect, it } from 'vitest';
import { explained, makeBatch } from '../../test/support/batch.ts';
import type { History } from '../history/backends.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';
import type { Verdict } from '../model/verdict.ts';
import { historyVerdicts } from './history-verdicts.ts';

let history: History;
beforeEach(async () => {
  history = openSqliteHistory(':memory:');
  const queries = [explained('f1', { rule: 'spill' }), explained('f2', { rule: 'full-scan' })];
  await history.record(makeBatch({ at: 1, queries }));
});
afterEach(() => history.close());

const dismissed = (rule: string, fingerprint: string): Verdict => ({
  rule,
  fingerprint,
  kind: 'dismissed',
  why: 'known',
  by: 'maria',
  at: 2,
  declared: false,
});
const listed = async (muted = false) =>
  (await historyVerdicts(history).list('orders', muted)).map(({ rule, message, verdict }) =>
    [rule, message ?? 'not found', verdict?.kind].join(' ').trim(),
  );

it('lists what is open; muted ones, and verdicts on what is not found now, where that is wanted', async () => {
  const place = historyVerdicts(history);
  expect(await listed()).toEqual(['spill m', 'full-scan m']);
  expect(await place.give('shop/orders', dismissed('spill', 'f1'))).toBe('shop/orders');
  await history.judge('uid', { put: [dismissed('misestimate', 'f1')], remove: [] });
  expect(await listed()).toEqual(['full-scan m']);
  expect(await listed(true)).toEqual([
    'spill m dismissed',
    'full-scan m',
    'misestimate not found dismissed',
  ]);
  expect(await place.retract('orders', { rule: 'spill', fingerprint: 'f1' })).toBe('shop/orders');
  expect(await listed()).toEqual(['spill m', 'full-scan m']);
});

it('a target is named with its namespace or, where it is the only one, without', async () => {
  const place = historyVerdicts(history);
  const refused = (target: string) => place.list(target, false).catch((error: Error) => error);
  expect(await refused('other/orders')).toMatchObject({ code: 'not_found' });
  expect(await refused('nothing')).toMatchObject({
    message: 'the history knows no target nothing',
  });
  const { target, ...rest } = makeBatch({ at: 2, uid: 'another' });
  await history.record({ ...rest, target: { ...target, namespace: 'stage' } });
  expect(await refused('orders')).toMatchObject({
    message: 'several targets are named orders: stage/orders, shop/orders',
  });
  expect(await place.list('shop/orders', false)).toHaveLength(2);
});

it('of a target that was made anew the one that is collected is meant', async () => {
  await history.record(makeBatch({ at: 9, uid: 'anew', queries: [explained('f3')] }));
  expect(
    (await historyVerdicts(history).list('orders', false)).map((each) => each.fingerprint),
  ).toEqual(['f3']);
});
