import { expect, it } from 'vitest';
import type { Stop } from '../../model/stop.ts';
import { stopProgress } from './stop-progress.ts';
import { createStopTally } from './stop-tally.ts';

const stop: Stop = { id: 's', scope: { namespaces: ['shop'] }, reason: 'r', since: 5 };
const busy = (...names: string[]) => names.map((name) => ({ namespace: 'shop', name }));

it('what ran when the stop came and does not any more was cancelled', () => {
  const tally = createStopTally();
  tally.note([stop], [...busy('a', 'b'), { namespace: 'other', name: 'c' }]);
  tally.note([stop], busy('a'));
  expect(tally.cancelled(stop, busy('a'))).toBe(1);
  expect(tally.cancelled(stop, [])).toBe(2);
  tally.note([], busy('a'));
  expect(tally.cancelled(stop, [])).toBe(0);
});

it('a stop is done when all that live confirm and nothing runs', () => {
  const facts = { scope: 'all', load: 0 };
  const [one, other] = [
    { ...facts, name: 'one', stops: { s: 0 }, cancelled: { s: 3 } },
    { ...facts, name: 'other', stops: {} },
  ];
  expect(stopProgress(stop, [one, other], { covered: 9 })).toMatchObject({
    covered: 9,
    confirmed: ['one'],
    waiting: ['other'],
    cancelled: 3,
    done: false,
  });
  const obeys = { ...other, stops: { s: 1 } };
  expect(stopProgress(stop, [one, obeys], { covered: 9 })).toMatchObject({
    stillRunning: 1,
    done: false,
  });
  const done = stopProgress(stop, [one, { ...other, stops: { s: 0 } }], { covered: 9 });
  expect([done.done, done.waiting]).toEqual([true, []]);
});
