import { expect, it } from 'vitest';
import { apiNow, askApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';

it.each(['/api/v1/findings', '/api/v1/targets/shop/orders/findings'])(
  '%s: what is open, with its target',
  async (url) => {
    const at = (ago: number, rule: string) =>
      makeBatch({ at: apiNow - ago, queries: [explained('f1', { rule })] });
    const finding = { rule: 'full-scan', namespace: 'shop', name: 'orders', nodes: [0] };
    expect(await askApi([at(2, 'spill'), at(1, 'full-scan')], url)).toMatchObject({
      status: 200,
      body: { items: [{ ...finding, firstSeen: apiNow - 1, severity: 'warning' }] },
    });
    expect((await askApi([at(1, 'spill')], `${url}?limit=0`)).status).toBe(400);
  },
);

it('of all: nothing of a target that is not there any more', async () => {
  const gone = makeBatch({ at: apiNow, queries: [explained('f2', { rule: 'spill' })] });
  const batches = [
    { ...gone, target: { ...gone.target, uid: 'uid-of-one-before' } },
    makeBatch({ at: apiNow, queries: [explained('f1', { rule: 'full-scan' })] }),
  ];
  const { body } = await askApi(batches, '/api/v1/findings');
  expect(body).toMatchObject({ total: 1, items: [{ fingerprint: 'f1' }], counts: [{}] });
});
