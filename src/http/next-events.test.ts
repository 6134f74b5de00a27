import { expect, it } from 'vitest';
import { mostRows } from '../fleet/changes.ts';
import { createFleetTable } from '../fleet/table.ts';
import { tokenHolder } from './caller.ts';
import { nextEvents, type Told } from './next-events.ts';

const began = 1_700_000_000_000;

it('where much changes with every second, the page is asked for again now and then', () => {
  const table = createFleetTable({ now: () => began, monotonic: () => 0 });
  let told: Told = { rev: 0, totals: '', stops: '', resetAt: 0 };
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
