import { expect, it } from 'vitest';
import { apiNow, askApi } from '../../../test/support/api.ts';
import { explained, makeBatch, refused } from '../../../test/support/batch.ts';

const hour = 3_600_000;
const queries = [
  explained('f1', { totalMs: 5 }),
  refused('f2', 'untrusted_function', { totalMs: 45 }),
];
const batch = makeBatch({ at: apiNow, queries });
const at = '/api/v1/targets/shop/orders/queries';

it('statements of the last day, with plan or reason, heaviest first', async () => {
  const { status, body } = await askApi([batch], at);
  expect([status, body]).toMatchObject([
    200,
    {
      items: [
        { fingerprint: 'f2', totalMs: 45, timeShare: 0.9, latestCode: 'untrusted_function' },
        { fingerprint: 'f1', latestCost: 10, findings: ['full-scan'], text: 'SELECT ? FROM f1' },
      ],
    },
  ]);
});
it('a list has the beginning of a text as long as a book, the statement the whole', async () => {
  const text = `SELECT n FROM t WHERE ${'n = ? OR '.repeat(7_000)}n = ?`;
  const many = Array.from({ length: 100 }, (_, i) => ({ ...explained(`f${i}`), text }));
  const large = makeBatch({ at: apiNow, queries: many });
  const { body } = await askApi([large], `${at}?limit=100`);
  const [first] = body['items'] as { text: string }[];
  expect(first?.text.startsWith('SELECT n FROM t WHERE n = ?')).toBe(true);
  expect(JSON.stringify(body).length).toBeLessThan(150_000);
  expect((await askApi([large], `${at}/f7`)).body).toMatchObject({ text });
});
it('pages follow one another; by another order', async () => {
  expect((await askApi([batch], `${at}?limit=1`)).body).toMatchObject({
    items: [{ fingerprint: 'f2' }],
    next: '1',
  });
  const { body } = await askApi([batch], `${at}?limit=1&cursor=1&order=regression`);
  expect([(body['items'] as unknown[]).length, body['next']]).toEqual([1, undefined]);
});
it('one statement: its tables, plans and findings, resolved ones last', async () => {
  const later = makeBatch({ at: apiNow, number: 2, queries: [explained('f1', { rule: 'spill' })] });
  const { status, body } = await askApi([batch, later], `${at}/f1`);
  expect([status, body]).toMatchObject([
    200,
    { tables: ['public.a'], user: 'app', plans: [{ fingerprint: 'f1' }] },
  ]);
  expect(body['findings']).toMatchObject([
    { rule: 'spill' },
    { rule: 'full-scan', resolvedAt: apiNow },
  ]);
  expect((await askApi([batch], `${at}/none`)).status).toBe(404);
});
it('one statement over time has a place for each step', async () => {
  const before = makeBatch({ at: apiNow - 3 * hour, queries: [explained('f1', { totalMs: 80 })] });
  const of = `${at}/f1/series`;
  const range = `from=${apiNow - 3 * hour}&to=${apiNow}`;
  const { body } = await askApi([before, batch], `${of}?${range}`);
  expect(body).toMatchObject({
    stepMs: hour,
    totalMs: [80, 0, 0, 5],
    meanMs: [40, null, null, 2.5],
  });
  expect(body['plan']).toEqual([expect.any(String), null, null, expect.any(String)]);
  const days = await askApi([before, batch], `${of}?${range}&step=1d`);
  expect((days.body['totalMs'] as number[]).reduce((sum, ms) => sum + ms)).toBe(85);
  expect((await askApi([], `${of}?from=0&to=${apiNow}`)).status).toBe(400);
});
