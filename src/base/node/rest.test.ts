import { expect, it } from 'vitest';
import { createRest, type Heap } from './rest.ts';

const MiB = 1_048_576;

function makeRest(taken: number, used: number) {
  const heap = { taken: taken * MiB, used: used * MiB, busy: 0, collected: 0, now: 0 };
  const ports: Heap = {
    size: () => ({ taken: heap.taken, used: heap.used }),
    busy: () => heap.busy,
    now: () => heap.now,
    collect: () => {
      heap.collected += 1;
      heap.now += 100;
      heap.taken = heap.used;
    },
  };
  return { heap, rest: createRest(ports) };
}

it('what is left over is collected once the loop has been at rest, and then rarely', () => {
  const { heap, rest } = makeRest(39, 22);
  rest.look();
  expect(heap.collected).toBe(0);
  for (let i = 0; i < 10; i += 1) rest.look();
  expect(heap.collected).toBe(1);
  heap.taken += 3 * MiB;
  rest.look();
  expect(heap.collected).toBe(1);
  heap.taken += 2 * MiB;
  heap.now = 1_000_099;
  rest.look();
  expect(heap.collected).toBe(1);
  heap.now = 1_000_100;
  rest.look();
  expect(heap.collected).toBe(2);
});

it('nothing is collected while there is work, nor from a heap that would hold it up', () => {
  const busy = makeRest(39, 22);
  busy.heap.busy = 0.2;
  const large = makeRest(400, 300);
  for (let i = 0; i < 10; i += 1) for (const { rest } of [busy, large]) rest.look();
  expect([busy, large].map(({ heap }) => heap.collected)).toEqual([0, 0]);
});
