import { expect, it } from 'vitest';
import { apiNow, openApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { goldenPlans as plans } from '../../../test/support/golden-plans.ts';
import type { BatchQuery } from '../../model/batch.ts';
import type { Plan } from '../../model/plan.ts';
import { unpack } from '../../render/pack.ts';

const queryOf = (plan: Plan, i: number): BatchQuery => ({
  ...explained(`p${i}`),
  result: { kind: 'explained', plan, explainMs: 1, findings: [] },
});
const [one, other] = plans;

it('plans come packed, and two are compared', async () => {
  if (!one || !other) throw new Error('two plans are wanted');
  const queries = [one, other].map(queryOf);
  const api = await openApi([makeBatch({ at: apiNow, queries })]);
  const key = (plan: Plan, i: number) => `uid/p${i}/${plan.hash.shape}`;
  const { status, body } = await api.ask('GET', `/api/v1/plans/${key(one, 0)}`);
  expect([status, body['name'], body['hash']]).toEqual([200, 'orders', one.hash.shape]);
  expect((await unpack(String(body['packed']))).totals.nodes).toBe(one.totals.nodes);
  const compared = await api.ask('GET', `/api/v1/diff?a=${key(one, 0)}&b=${key(other, 1)}`);
  expect(compared).toMatchObject({
    status: 200,
    body: { a: { hash: one.hash.shape }, b: { fingerprint: 'p1' }, sentence: expect.any(String) },
  });
  for (const [wrong, wanted] of [
    ['/api/v1/diff?a=uid/p0&b=x', 400],
    [`/api/v1/diff?a=${key(one, 0)}&b=uid/p1/none`, 404],
    [`/api/v1/plans/other/p0/${one.hash.shape}`, 404],
  ] as const)
    expect([wrong, (await api.ask('GET', wrong)).status]).toEqual([wrong, wanted]);
  await api.close();
});
