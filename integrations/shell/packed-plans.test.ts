import { describe, expect, it } from 'vitest';
import { inOrder, labelOf, packedIn } from './packed-plans.ts';

const packed = `v1.${'ab_-9'.repeat(8)}`;

describe('a packed plan', () => {
  it.each([
    ['alone', packed],
    ['in a line', `plan collected hash=ph2:1 packed=${packed} nodes=7`],
    ['in a record', { level: 'info', db_query_plan_packed: packed }],
    ['in JSON', JSON.stringify({ 'db.query.plan.packed': packed })],
  ])('is found %s', (_, value) => {
    expect(packedIn(value)).toBe(packed);
  });
  it.each(['', 'v1.', 'v1.2.3', 'v2.abcdefghijklmnopqrst', 7, null, undefined, {}])(
    'is not in %j',
    (value) => {
      expect(packedIn(value)).toBeUndefined();
    },
  );
});

it('comes once, the newest first', () => {
  const plans = [
    { packed: 'a', at: 1, title: '' },
    { packed: 'b', at: 2, title: '' },
    { packed: 'a', at: 3, title: '' },
  ];
  expect(inOrder(plans).map((plan) => `${plan.packed}${plan.at}`)).toEqual(['a3', 'b2']);
});
it('is told by its time and its statement', () => {
  expect(labelOf({ packed, at: 0, title: 'SELECT 1' })).toMatch(/^1 Jan.* · SELECT 1$/);
  expect(labelOf({ packed, title: 'SELECT 1' })).toBe('SELECT 1');
});
