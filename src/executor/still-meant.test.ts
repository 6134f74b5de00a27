import { expect, it } from 'vitest';
import { executorFleet } from '../../test/support/executor-fleet.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { Recommendation } from './ports.ts';
import { stillMeant } from './still-meant.ts';

it.each([
  ['Approved', true],
  ['Deferred', true],
  ['Applying', false],
  ['Hidden', false],
] as const)('from %s it begins: %s', async (from, begins) => {
  const clock = createFakeClock();
  const { ports } = executorFleet({ clock, servers: ['a'], statement_ms: () => 0 });
  const { signal } = new AbortController();
  const listed = ports.store.list(signal);
  await clock.advance(1);
  const [found] = (await listed) as [Recommendation];
  const asked: unknown[] = [];
  const { read } = ports.store;
  ports.store.read = (given, how) => {
    asked.push(how?.begins);
    return read(given, how);
  };
  const { approval, deleted } = found;
  const around = { gate: { kind: 'open' as const }, deleted, ...(approval ? { approval } : {}) };
  expect(await stillMeant(found, from, around, ports, signal)).toBe('yes');
  expect(asked).toEqual([begins]);
});
