import { describe, expect, it } from 'vitest';
import { finalCheck, type WholePlan } from './final-check.ts';

const plan = (statement: string, before: number, after: number, ...uses: string[]): WholePlan => ({
  statement,
  before,
  after,
  uses,
});

describe('the set as a whole', () => {
  it('is accepted without what no plan uses', () =>
    expect(finalCheck(['a', 'b'], [plan('s1', 100, 10, 'a')])).toEqual({
      kind: 'accepted',
      chosen: ['a'],
      dropped: [{ id: 'b', why: 'unused' }],
    }));
  it('loses what makes a statement dearer, and is planned again', () => {
    const plans = [plan('s1', 100, 10, 'a'), plan('s2', 100, 106, 'b')];
    const again = finalCheck(['a', 'b'], plans);
    expect(again).toEqual({
      kind: 'again',
      chosen: ['a'],
      dropped: [{ id: 'b', why: 'makes_worse', statement: 's2' }],
    });
    expect(finalCheck(again.chosen, [plan('s1', 100, 10, 'a')], again.dropped)).toMatchObject({
      kind: 'accepted',
      chosen: ['a'],
      dropped: [{ id: 'b' }],
    });
  });
  it('takes five per cent for nothing', () =>
    expect(finalCheck(['a'], [plan('s1', 100, 105, 'a')]).kind).toBe('accepted'));
  it('does not ask for ever where a statement is dearer for another reason', () =>
    expect(finalCheck(['a'], [plan('s1', 100, 10, 'a'), plan('s2', 100, 200)])).toMatchObject({
      kind: 'accepted',
      chosen: ['a'],
    }));
});
