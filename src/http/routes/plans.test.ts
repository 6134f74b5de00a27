import { expect, it } from 'vitest';
import { apiNow, askApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { goldenPlans as plans } from '../../../test/support/golden-plans.ts';
import type { BatchQuery } from '../../model/batch.ts';
import type { Plan } from '../../model/plan.ts';

/** Plans of real servers of every format, as the API gives them: nothing of them is left out. */
const queryOf = (plan: Plan, i: number): BatchQuery => ({
  ...explained(`p${i}`),
  result: { kind: 'explained', plan, explainMs: 1, findings: [] },
});

it('every plan comes as it was stored', async () => {
  expect(plans.length).toBeGreaterThan(50);
  const batch = makeBatch({ at: apiNow, queries: plans.map(queryOf) });
  const at = '/api/v1/targets/shop/orders/plans';
  const { body: list } = await askApi([batch], `${at}?limit=1000`);
  expect(list).toMatchObject({ items: expect.any(Array) });
  for (const [i, plan] of plans.entries()) {
    if (i % 9 > 0) continue; // each is an API of its own
    const { status, body } = await askApi([batch], `${at}/p${i}/${plan.hash.shape}`);
    expect([status, body['plan']]).toEqual([200, plan]);
  }
});
it('what is not there is not found', async () => {
  expect(await askApi([], '/api/v1/targets/shop/orders/plans/f1/ph2:0')).toMatchObject({
    status: 404,
    body: { error: 'not_found', message: 'there is no such plan' },
  });
});
