import { expect, it } from 'vitest';
import { apiNow, askApi, openApi } from '../../../test/support/api.ts';
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
it('a plan is drawn, as a picture or a page', async () => {
  const [plan] = plans;
  const queries = plan ? [queryOf(plan, 0)] : [];
  const api = await openApi([makeBatch({ at: apiNow, queries })]);
  const of = `/api/v1/targets/shop/orders/plans/p0/${plan?.hash.shape}/export`;
  const svg = await api.fetch(of);
  expect(svg.headers['content-type']).toBe('image/svg+xml');
  expect(svg.headers['content-security-policy']).toContain("default-src 'none'");
  expect(svg.body).toMatch(/^<svg .*<\/svg>\n$/s);
  const html = await api.fetch(`${of}?format=html&theme=dark&metric=rows&cards=20`);
  expect(html.body).toMatch(/^<!doctype html>/);
  expect((await api.fetch(`${of}?metric=beauty`)).statusCode).toBe(400);
  expect((await api.fetch(of.replace('p0', 'p1'))).statusCode).toBe(404);
  await api.close();
});
it('what is not there is not found', async () => {
  expect(await askApi([], '/api/v1/targets/shop/orders/plans/f1/ph2:0')).toMatchObject({
    status: 404,
    body: { error: 'not_found', message: 'there is no such plan' },
  });
});
