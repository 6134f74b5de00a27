import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { silentMetrics } from '../../base/metrics.ts';
import { formatTime } from '../../base/quantity.ts';
import type { StatusPatch } from '../../kubernetes/resource-client.ts';
import {
  createRaise,
  raisesPerSecond,
  readOwner,
  type TargetClient,
  writeStatus,
} from './ownership.ts';

const orders = { uid: 'u1', namespace: 'shop', name: 'orders' };
const mine = { holder: 'me', epoch: 1 };
const metadata = { uid: 'u1', name: 'orders', resourceVersion: '1' };

function targets(over: Partial<TargetClient> = {}) {
  const patches: StatusPatch[] = [];
  const limits: unknown[] = [];
  const client: TargetClient = {
    read: async () => ({ metadata, status: { ownership: { ...mine, pod: 'p' } } }),
    async patchStatus(_, patch, limit) {
      patches.push(patch);
      limits.push(limit);
      return { kind: 'written', object: { metadata, status: { plans: 3 } } };
    },
    ...over,
  };
  return { client, patches, limits };
}
const parts = { clock: createFakeClock(), metrics: silentMetrics };
const updatedAt = formatTime(parts.clock.now());

it('the first owner writes a status, a later one puts itself into what is there', async () => {
  const { client, patches } = targets();
  const raise = createRaise(client, parts);
  await raise(orders, mine);
  expect(await raise(orders, { holder: 'me', epoch: 2 })).toEqual({
    kind: 'raised',
    status: { plans: 3 },
  });
  expect(patches).toEqual([
    { status: { ownership: mine, updatedAt } },
    { fields: { ownership: { holder: 'me', epoch: 2 }, updatedAt } },
  ]);
});

it('a raise, for which a turn waits, is given up before long; a status may wait', async () => {
  const { client, limits } = targets();
  await createRaise(client, parts)(orders, mine);
  await writeStatus(client, orders, {});
  expect(limits).toEqual([{ timeout_ms: 10_000 }, undefined]);
});

it.each([
  [{ kind: 'refused', rule: 'fenced' } as const, 'fenced'],
  [{ kind: 'gone' } as const, 'gone'],
])('%o is %s, for an owner and for a status', async (answer, kind) => {
  const { client } = targets({ patchStatus: async () => answer });
  expect(await createRaise(client, parts)(orders, mine)).toEqual({ kind });
  expect(await writeStatus(client, orders, {})).toBe(kind);
});

it('owners change at most so many times a second', async () => {
  const clock = createFakeClock();
  const { client, patches } = targets();
  const raise = createRaise(client, { clock, metrics: silentMetrics });
  for (let i = 0; i < 3 * raisesPerSecond; i += 1) void raise(orders, mine);
  await clock.advance(0);
  const atOnce = patches.length;
  await clock.advance(1_000);
  expect(atOnce).toBeLessThanOrEqual(raisesPerSecond);
  expect(patches.length - atOnce).toBeLessThanOrEqual(raisesPerSecond);
  await clock.advance(2_000);
  expect(patches).toHaveLength(3 * raisesPerSecond);
});

it('who owns a target is said of the very one that is meant', async () => {
  const { client } = targets();
  expect(await readOwner(client, orders)).toEqual(mine);
  expect(await readOwner(client, { ...orders, uid: 'another' })).toBeUndefined();
});
