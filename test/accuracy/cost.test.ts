import { describe, expect, test } from 'vitest';
import { costOf, costsSomething, isClear, isEnough } from './cost.ts';

const work = (calls: number, ms: number, looked: number) => ({ calls, ms, looked });

describe('what a defect costs', () => {
  test('is the ratio of the quietest rounds', () => {
    const cost = costOf(
      [work(4, 90, 1_000), work(4, 40, 1_000)],
      [work(4, 8, 20), work(4, 4, 20), work(4, 70, 20)],
    );
    expect(cost).toEqual({ time: 10, looked: 50, calls: 1, ms: { defect: 40, healthy: 4 } });
  });

  test('stays a number where the healthy way looks at nothing', () => {
    expect(costOf([work(1, 1, 12)], [work(1, 1, 0)]).looked).toBe(12);
    expect(costOf([work(1, 1, 0)], [work(1, 1, 0)]).looked).toBe(0);
  });

  test('has to be in time, in what is looked at, or in round trips', () => {
    const none = { time: 1.1, looked: 1.2, calls: 1, ms: { defect: 1, healthy: 1 } };
    expect(costsSomething('missing-index', none)).toBe(false);
    expect(costsSomething('missing-index', { ...none, time: 1.3 })).toBe(true);
    expect(costsSomething('missing-index', { ...none, looked: 1.5 })).toBe(true);
    expect(costsSomething('n-plus-one', { ...none, calls: 40 })).toBe(true);
    expect(costsSomething('unused-index', none)).toBe(true);
  });
});

describe('a case has run often enough', () => {
  const spent = { rounds: 3, calls: 12, ms: 1, clear: false };

  test('when it ran ten times in three rounds', () => {
    expect(isEnough(spent)).toBe(true);
    expect(isEnough({ ...spent, rounds: 2 })).toBe(false);
    expect(isEnough({ ...spent, calls: 9 })).toBe(false);
  });

  test('or five times in two, if it is slow', () => {
    expect(isEnough({ ...spent, rounds: 2, calls: 6, ms: 300 })).toBe(true);
    expect(isEnough({ ...spent, rounds: 1, calls: 6, ms: 3_000 })).toBe(false);
  });

  test('or five times in one, if nothing is left to be measured', () => {
    expect(isEnough({ ...spent, rounds: 1, calls: 5, clear: true })).toBe(true);
    expect(isEnough({ ...spent, rounds: 1, calls: 4, clear: true })).toBe(false);
    const cost = { time: 9, looked: 2, calls: 1, ms: { defect: 9, healthy: 1 } };
    expect(isClear(cost)).toBe(true);
    expect(isClear({ ...cost, looked: 1.9 })).toBe(false);
  });
});
