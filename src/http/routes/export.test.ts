import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiNow, openApi, type TestApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { goldenPlans } from '../../../test/support/golden-plans.ts';
import type { BatchQuery } from '../../model/batch.ts';
import type { Plan } from '../../model/plan.ts';

/** One statement with two plans. */
const [now, before] = [goldenPlans[0], goldenPlans[1]] as [Plan, Plan];
const queryOf = (plan: Plan): BatchQuery => ({
  ...explained('p0'),
  result: { kind: 'explained', plan, explainMs: 1, findings: [] },
});
const batches = [before, now].map((plan, at) =>
  makeBatch({ at: apiNow + at, queries: [queryOf(plan)] }),
);
const of = `/api/v1/targets/shop/orders/plans/p0/${now.hash.shape}/export`;
let api: TestApi;
beforeAll(async () => {
  api = await openApi(batches);
});
afterAll(() => api.close());

it('a plan is drawn, as a picture or a page', async () => {
  const svg = await api.fetch(of);
  expect(svg.headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'content-disposition': `inline; filename="orders-${now.hash.shape.replace(':', '-')}.svg"`,
    'dbintel-notes': '%5B%5D',
  });
  expect(svg.body).toMatch(/^<svg .*<\/svg>\n$/s);
  const kept = await api.fetch(`${of}?format=html&download=1`);
  expect(kept.headers['content-disposition']).toBe(
    `attachment; filename="orders-${now.hash.shape.replace(':', '-')}.html"`,
  );
  const html = await api.fetch(`${of}?format=html&theme=dark&metric=rows&cards=20`);
  expect(html.body).toMatch(/^<!doctype html>/);
  const png = await api.fetch(`${of}?format=png&scale=1&of=all`);
  expect([png.headers['content-type'], png.body]).toEqual([
    'image/png',
    expect.stringContaining('PNG'),
  ]);
  const pdf = await api.fetch(`${of}?format=pdf`);
  expect([pdf.headers['content-type'], pdf.body.slice(0, 5)]).toEqual(['application/pdf', '%PDF-']);
});
it('two plans of a statement are drawn side by side', async () => {
  const both = await api.fetch(`${of}?before=${before.hash.shape}`);
  expect(both.body).toContain(' in the place of ');
  expect((await api.fetch(`${of}?before=ph2:0`)).statusCode).toBe(404);
});
it('what is not there, or makes no sense, is refused', async () => {
  for (const wrong of ['metric=beauty', 'scale=9', 'of=some', 'format=gif', 'cards=1'])
    expect((await api.fetch(`${of}?${wrong}`)).statusCode).toBe(400);
  expect((await api.fetch(of.replace('p0', 'p1'))).statusCode).toBe(404);
});
it.each([
  [{ kind: 'busy', retryAfter_s: 2, message: 'later' } as const, 429],
  [{ kind: 'late', message: 'too late' } as const, 504],
  [{ kind: 'too_large', message: 'take svg' } as const, 422],
  [{ kind: 'not_in_build', message: 'take svg' } as const, 501],
])('says why there is no picture: %o', async (drawn, status) => {
  const other = await openApi(batches, { draw: async () => drawn });
  const answer = await other.fetch(`${of}?format=png`);
  expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([
    status,
    { error: drawn.kind, message: drawn.message },
  ]);
  if (drawn.kind === 'busy') expect(answer.headers['retry-after']).toBe('2');
  await other.close();
});
