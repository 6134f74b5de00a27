import { expect, it } from 'vitest';
import { mostRows } from '../fleet/changes.ts';
import { createFleetTable } from '../fleet/table.ts';
import { tokenHolder } from './caller.ts';
import { nextEvents, toldNothing } from './next-events.ts';

const began = 1_700_000_000_000;

it('where much changes with every second, the page is asked for again now and then', () => {
  const table = createFleetTable({ now: () => began, monotonic: () => 0 });
  let told = toldNothing(0);
  const resets: number[] = [];
  for (let second = 0; second < 12; second += 1) {
    for (let i = 0; i <= mostRows; i += 1)
      table.note(
        { uid: `uid-${i}`, namespace: 'shop', name: `${i}` },
        { suspend: false, reason: `${second}` },
      );
    const world = { table, stops: [], boot: 'b', now: began + second * 1_000 };
    const next = nextEvents(told, tokenHolder, new Set(['fleet']), world);
    told = next.told;
    if (next.events.some(({ event }) => event === 'reset')) resets.push(second);
  }
  expect(resets).toEqual([0, 5, 10]);
  // What was held back is not lost.
  const later = { table, stops: [], boot: 'b', now: began + 60_000 };
  const { events } = nextEvents(told, tokenHolder, new Set(['fleet']), later);
  expect(events).toMatchObject([{ event: 'reset', data: { rev: `b-${table.rev}` } }]);
});

it('sums of figures are told now and then, what is ill at once, and the last is not lost', () => {
  const table = createFleetTable({ now: () => began, monotonic: () => 0 });
  const say = (plans: number, findings: number, ready: 'True' | 'False') =>
    table.note(
      { uid: 'uid', namespace: 'shop', name: 'orders' },
      { suspend: false, ready, reason: 'Collecting', plans, findings },
    );
  let told = toldNothing(0);
  const counted = (second: number) => {
    const world = { table, stops: [], boot: 'b', now: began + second * 1_000 };
    const next = nextEvents(told, tokenHolder, new Set(['fleet']), world);
    told = next.told;
    return next.events.some(({ event }) => event === 'counts');
  };
  const when: number[] = [];
  for (let second = 0; second < 9; second += 1) {
    // It is ill from the third second on.
    if (second < 8) say(second, second, second < 3 ? 'True' : 'False');
    if (counted(second)) when.push(second);
  }
  expect(when).toEqual([0, 3, 8]);
  expect(counted(20)).toBe(false);
});
