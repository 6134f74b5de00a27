import { expect, test } from 'vitest';
import { endOf, letterOf, planLetters, planStretches, sinceSeen } from './plan-ribbon.ts';

test('stretches of one plan, over hours in which none was seen', () => {
  const t = [0, 10, 20, 30];
  const found = planStretches({ t, stepMs: 10, plan: ['a', null, 'b', 'b'] }, 40);
  expect(found).toEqual([
    { hash: 'a', from: 0, to: 0.5, at: 0 },
    { hash: 'b', from: 0.5, to: 1, at: 20 },
  ]);
  expect(planStretches({ t, stepMs: 10, plan: [null, null, null, null] }, 40)).toEqual([]);
});

test('the last step ends now, where the course above ends, too', () => {
  const series = { t: [0, 10, 20, 30], stepMs: 10, plan: [null, null, null, 'a'] };
  expect(planStretches(series, 32)).toEqual([{ hash: 'a', from: 30 / 32, to: 1, at: 30 }]);
  expect([25, 32, 99].map((now) => endOf(series, now))).toEqual([30, 32, 40]);
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
  const seen = (first: number) =>
    sinceSeen({ stepMs: 1, t, ...figures, calls: t.map((at) => Number(at >= first)), plans: [] }).t;
  expect(seen(10)[0]).toBe(10);
  expect(seen(23)).toHaveLength(6);
  expect(seen(99)).toHaveLength(24);
});
