import { describe, expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import type { Plan } from '../model/plan.ts';
import { trustOf } from './pglite/trust.ts';
import { type CheckedStatement, selfCheck } from './self-check.ts';

const plan = (table: string, cost = 100): Plan => {
  const read = planOf(seq(table));
  return { ...read, totals: { ...read.totals, estCost: cost } };
};
const agreeing = (i: number, cost = 100): CheckedStatement => ({
  statement: `s${i}`,
  history: { hash: plan('orders').hash, cost },
  whatIf: plan('orders'),
});
const another = (i: number): CheckedStatement => ({
  ...agreeing(i),
  history: { hash: plan('lineitem').hash, cost: 100 },
});
const many = (count: number, wrong = 0) =>
  Array.from({ length: count }, (_, i) => (i < wrong ? another(i) : agreeing(i)));

describe('the self-check', () => {
  it.each([
    [180_004, 0, 'high'],
    [180_004, 1, 'high'],
    [180_004, 2, 'medium'],
    [180_004, 5, 'low'],
    [170_010, 1, 'high'],
    [150_018, 1, 'high'],
    [150_018, 2, 'medium'],
    [140_023, 0, 'medium'],
    [140_023, 5, 'low'],
  ] as const)('version %i, %i of 20 another plan: %s', (version, wrong, confidence) => {
    const checked = selfCheck(many(20, wrong), trustOf(version));
    expect(checked).toMatchObject({ compared: 20, agreed: 20 - wrong, confidence });
    expect(checked.because[0]).toBe(`${20 - wrong} of 20 plans are those that the server had`);
  });

  it('is not sure of a few, and of none at all', () => {
    expect(selfCheck(many(9), trustOf(180_004)).confidence).toBe('medium');
    expect(selfCheck([], trustOf(180_004))).toMatchObject({ agreement: 0, confidence: 'low' });
  });

  it('tells which disagree, by plan or by cost, and which cannot be planned', () => {
    const checked = selfCheck(
      [
        agreeing(1),
        agreeing(2, 149),
        agreeing(3, 160),
        another(4),
        { ...agreeing(5), whatIf: 'unplannable' },
      ],
      trustOf(180_004),
    );
    expect(checked).toMatchObject({
      compared: 4,
      agreed: 2,
      disagreeing: [
        { statement: 's3', because: 'another_cost' },
        { statement: 's4', because: 'another_plan' },
      ],
      unplannable: [{ statement: 's5', code: 'unplannable' }],
    });
  });

  it('takes a hash of an earlier version of ours', () => {
    const { hash } = plan('orders');
    const before = { shape: hash.before ?? '', full: hash.before ?? '' };
    const checked = selfCheck([{ ...agreeing(1), history: { hash: before } }], trustOf(180_004));
    expect(checked.agreed).toBe(1);
  });

  it('does not compare costs where they are another server’s, and is less sure', () => {
    const trust = { most: 'medium' as const, because: ['a copy'], about: '', sameCosts: false };
    const checked = selfCheck(
      Array.from({ length: 20 }, (_, i) => agreeing(i, 9_000)),
      trust,
    );
    expect(checked).toMatchObject({ agreed: 20, confidence: 'medium' });
    expect(checked.because).toContain('a copy');
  });

  it('takes no notice of the cost of next to nothing', () => {
    const whatIf = plan('orders', 0.02);
    const history = { hash: whatIf.hash, cost: 0 };
    expect(selfCheck([{ statement: 's', history, whatIf }], trustOf(180_004)).agreed).toBe(1);
  });
});
