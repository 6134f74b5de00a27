import { expect, it } from 'vitest';
import { explained } from '../../test/support/batch.ts';
import { isExplained } from '../model/batch.ts';
import { writeBody } from './bodies.ts';
import { toPlanSummary, toQuerySummary, toSeries, toWorkloadStatement } from './rows.ts';

const plan = {
  target: 'uid',
  fingerprint: 'f1',
  hash: 'h',
  first_seen: '1',
  last_seen: 2,
  cost: 3,
  parameters: 'generic',
  dominant_op: 'SeqScan',
};
const query = {
  ...plan,
  native_id: '-1',
  database: 'shop',
  calls: '4',
  all_ms: 10,
  total_ms: 5,
  text: null,
  latest_hash: null,
  latest_cost: null,
  latest_code: null,
  findings: '[]',
};
const weight = { calls: 1, totalMs: 2, rows: 3, tempBlocks: 4 };

it('words that another version knows: an operation is unknown, a code says nothing', () => {
  expect(toPlanSummary({ ...plan, dominant_op: 'QuantumScan' }).dominantOp).toBe('Unknown');
  expect(toQuerySummary({ ...query, latest_code: 'of_tomorrow' })).not.toHaveProperty('latestCode');
  expect(() => toPlanSummary({ ...plan, parameters: 'guessed' })).toThrow('in parameters');
});
it('what is not known has no key', () => {
  expect(toQuerySummary(query)).toEqual({
    target: 'uid',
    fingerprint: 'f1',
    nativeId: '-1',
    database: 'shop',
    firstSeen: 1,
    lastSeen: 2,
    calls: 4,
    totalMs: 5,
    timeShare: 0.5,
    findings: [],
  });
});
it('an hour has the plans that were seen in it', () => {
  const usage = [7, 8].map((hour) => ({ hour, calls: 1, total_ms: 2, rows: 3, temp_blocks: 4 }));
  const seen = { hour: 8, hash: 'h', count: '2', cost_min: 1, cost_max: 9 };
  expect(toSeries(usage, [seen])).toEqual([
    { at: 7 * 3_600_000, ...weight, plans: [] },
    { at: 8 * 3_600_000, ...weight, plans: [{ hash: 'h', count: 2, costMin: 1, costMax: 9 }] },
  ]);
});
it('a statement has its plan, where there is one', () => {
  const made = explained('f1');
  if (!isExplained(made)) throw new Error('it has a plan');
  const body = writeBody(made.result);
  const row = { ...query, user_name: null, body };
  expect(toWorkloadStatement(row, weight)).toEqual({
    fingerprint: 'f1',
    nativeId: '-1',
    database: 'shop',
    weight,
    plan: made.result.plan,
  });
  expect(toWorkloadStatement({ ...row, body: null }, weight)).not.toHaveProperty('plan');
});
