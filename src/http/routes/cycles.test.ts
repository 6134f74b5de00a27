import { expect, it } from 'vitest';
import { apiNow, askApi } from '../../../test/support/api.ts';
import { makeBatch } from '../../../test/support/batch.ts';
import type { CycleReport } from '../../model/batch.ts';

const { cycle } = makeBatch({ at: apiNow });
const full: CycleReport = {
  ...cycle,
  outcome: { kind: 'deferred', reason: 'circuit_open', until: apiNow + 9, detail: 'a table' },
  server: { version: '18.4', role: 'standby' },
  window: { sinceStatisticsBegan: true, began: 'reset', ms: 60_000 },
  unexplained: { no_sample: 3 },
  coverage: {
    explained: 0.5,
    accountedFor: 0.9,
    unknown: 0.1,
    uncompared: 2,
    reasons: { no_sample: 0.4 },
    elsewhere: 0.2,
    attributed: 0.8,
  },
  safety: {
    statementTimeoutMs: 500,
    circuit: 'open',
    open: { until: apiNow + 9, cause: { code: 'connection_failed', detail: 'x' } },
    brake: 'statement_timeout',
    databaseTimeUsed: 0.001,
  },
  top: [
    {
      fingerprint: 'f1',
      timeShare: 0.5,
      text: 'SELECT ?',
      meanMs: 3,
      plan: 'ph2:0',
      cost: 7,
      code: 'no_sample',
      findings: [{ rule: 'spill', message: 'm' }],
    },
  ],
};

it('a report comes as it was stored, whole', async () => {
  const at = '/api/v1/targets/shop/orders/cycles';
  const batch = { ...makeBatch({ at: apiNow }), cycle: full };
  expect(await askApi([batch], at)).toEqual({ status: 200, body: { items: [full] } });
});
it('those of the last day, newest first', async () => {
  const hour = 3_600_000;
  const batches = [30, 20, 10].map((ago, number) => makeBatch({ at: apiNow - ago * hour, number }));
  const { body } = await askApi(batches, '/api/v1/targets/shop/orders/cycles');
  expect(body).toMatchObject({ items: [{ number: 2 }, { number: 1 }] });
});
it.each(['cycles', 'queries', 'queries/f1/series'])(
  '%s: a range that ends before it begins is said to be one',
  async (of) => {
    const at = `/api/v1/targets/shop/orders/${of}?from=${apiNow}&to=${apiNow - 1}`;
    expect(await askApi([], at)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('`from` is after `to`') },
    });
  },
);
