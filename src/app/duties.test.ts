import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createMemoryState } from '../coordination/memory/memory-state.ts';
import { retainedByOthers } from './duties.ts';

it('of replicas that share a history one removes what is too old, until it does not come', async () => {
  const clock = createFakeClock();
  const state = createMemoryState(clock);
  const [a, b] = [retainedByOthers(state, 'a'), retainedByOthers(state, 'b')];
  for (let hour = 0; hour < 3; hour += 1) {
    expect([await a(), await b()]).toEqual([false, true]);
    await clock.advance(3_600_000);
  }
  expect(await b()).toBe(true);
  await clock.advance(3_600_000);
  expect([await b(), await a()]).toEqual([false, true]);
});

it('where nobody can be asked, each does', async () => {
  const mark = () => Promise.reject(new Error('Redis did not answer'));
  expect(await retainedByOthers({ mark }, 'a')()).toBe(false);
});
