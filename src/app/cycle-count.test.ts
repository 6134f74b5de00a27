import { expect, it } from 'vitest';
import { createCycleCount } from './cycle-count.ts';

it('all have had so many when each of them has, and never when there are none', () => {
  const count = createCycleCount();
  const targets = [{ uid: 'a' }, { uid: 'b' }];
  expect(count.allHave([], 0)).toBe(false);
  expect([count.note('a'), count.note('a'), count.note('b')]).toEqual([1, 2, 1]);
  expect(count.allHave(targets, 1)).toBe(true);
  expect(count.allHave(targets, 2)).toBe(false);
  count.forget('a');
  expect(count.allHave(targets, 1)).toBe(false);
});
