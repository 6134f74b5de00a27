import { describe, expect, test } from 'vitest';
import { endOf, letterOf, planLetters, planStretches, sinceSeen } from './plan-ribbon.ts';

const seen = (hash: string, firstSeen: number, lastSeen = firstSeen) => ({
  hash,
  firstSeen,
  lastSeen,
});
const nothing = { plans: [] };

test('stretches of one plan, over hours in which none was seen', () => {
  const t = [0, 10, 20, 30];
  const found = planStretches({ t, stepMs: 10, plan: ['a', null, 'b', 'b'] }, 40, nothing);
  expect(found).toEqual([
    { hash: 'a', from: 0, to: 0.5, at: 0 },
    { hash: 'b', from: 0.5, to: 1, at: 20 },
  ]);
  expect(planStretches({ t, stepMs: 10, plan: [null, null, null, null] }, 40, nothing)).toEqual([]);
});

test('the last step ends now, where the course above ends, too', () => {
  const series = { t: [0, 10, 20, 30], stepMs: 10, plan: [null, null, null, 'a'] };
  expect(planStretches(series, 32, nothing)).toEqual([{ hash: 'a', from: 30 / 32, to: 1, at: 30 }]);
  expect([25, 32, 99].map((now) => endOf(series, now))).toEqual([30, 32, 40]);
});

describe('a plan that changed within a step', () => {
  const t = [0, 10, 20, 30];
  const when = (plan: (string | null)[], plans: ReturnType<typeof seen>[], latestHash: string) =>
    planStretches({ t, stepMs: 10, plan }, 36, { plans, latestHash }).map(
      ({ hash, at, to }) => `${hash} ${at}–${Math.round(to * 36)}`,
    );
  test('in the one that still runs: the plan in use ends it, since it was first seen', () => {
    const plans = [seen('b', 34, 35), seen('a', 12, 33)];
    expect(when([null, 'a', 'a', 'a'], plans, 'b')).toEqual(['a 12–34', 'b 34–36']);
    expect(when([null, 'a', 'a', 'b'], plans, 'b')).toEqual(['a 12–34', 'b 34–36']);
  });
  test('in the one in which the statement was first seen', () => {
    const plans = [seen('c', 34, 35), seen('b', 32, 33), seen('a', 31)];
    const all = ['a 31–32', 'b 32–34', 'c 34–36'];
    expect(when([null, null, null, 'c'], plans, 'c')).toEqual(all);
  });
  test('in an earlier one, whichever it had mostly', () => {
    expect(when(['a', 'a', 'b', 'b'], [seen('b', 24, 35), seen('a', 0, 24)], 'b')).toEqual([
      'a 0–24',
      'b 24–36',
    ]);
    expect(when(['a', 'a', 'b', 'b'], [seen('b', 15, 35), seen('a', 0, 15)], 'b')).toEqual([
      'a 0–15',
      'b 15–36',
    ]);
    expect(when(['a', 'a', null, null], [seen('b', 18, 19), seen('a', 0, 17)], 'b')).toEqual([
      'a 0–18',
      'b 18–36',
    ]);
  });
  test('back to one of before: since the other was seen last', () => {
    const plans = [seen('a', 2, 35), seen('b', 14, 33)];
    expect(when(['a', 'a', 'b', 'b'], plans, 'a')).toEqual(['a 2–14', 'b 14–33', 'a 33–36']);
  });
  test('two that are seen side by side: the one in use is the last', () => {
    expect(when([null, null, null, 'a'], [seen('b', 31, 36), seen('a', 31, 36)], 'b')).toEqual([
      'a 31–36',
      'b 36–36',
    ]);
  });
});

test('letters by age', () => {
  const letters = planLetters([
    { hash: 'new', firstSeen: 2 },
    { hash: 'old', firstSeen: 1 },
  ]);
  expect([...letters]).toEqual([
    ['old', 'A'],
    ['new', 'B'],
  ]);
  expect([0, 25, 26, 27, 52].map(letterOf)).toEqual(['A', 'Z', 'AA', 'AB', 'BA']);
});

test('what is new is shown from when it was first seen, in six steps at least', () => {
  const t = Array.from({ length: 24 }, (_, hour) => hour);
  const figures = { totalMs: t, meanMs: t, rows: t, tempBlocks: t, plan: t.map(() => null) };
  const from = (first: number) =>
    sinceSeen({ stepMs: 1, t, ...figures, calls: t.map((at) => Number(at >= first)), plans: [] }).t;
  expect(from(10)[0]).toBe(10);
  expect(from(23)).toHaveLength(6);
  expect(from(99)).toHaveLength(24);
});
