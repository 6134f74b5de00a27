import { expect, it } from 'vitest';
import { apiNow, askApi } from '../../../test/support/api.ts';
import { explained, makeBatch, refused } from '../../../test/support/batch.ts';

it('statements of the last day, with plan or reason, heaviest first', async () => {
  const queries = [
    explained('f1', { totalMs: 5 }),
    refused('f2', 'untrusted_function', { totalMs: 50 }),
  ];
  const batch = makeBatch({ at: apiNow, queries });
  const { status, body } = await askApi([batch], '/api/v1/targets/shop/orders/queries');
  expect([status, body]).toMatchObject([
    200,
    {
      items: [
        { fingerprint: 'f2', totalMs: 50, latestCode: 'untrusted_function', findings: [] },
        { fingerprint: 'f1', latestCost: 10, findings: ['full-scan'], text: 'SELECT ? FROM f1' },
      ],
    },
  ]);
});
