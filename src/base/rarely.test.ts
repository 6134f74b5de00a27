import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createRarely } from './rarely.ts';

it('the same trouble is news every ten minutes, another one at once, and its end once', async () => {
  const clock = createFakeClock();
  const { isNews, over } = createRarely(clock);
  expect([isNews('a'), isNews('a'), isNews('b'), isNews('b')]).toEqual([true, false, true, false]);
  await clock.advance(599_000);
  expect(isNews('b')).toBe(false);
  await clock.advance(1_000);
  expect([isNews('b'), over(), over(), isNews('b')]).toEqual([true, true, false, true]);
});
