import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createRarely } from './rarely.ts';

it('each trouble is news every ten minutes, in whatever turn they come, and their end once', async () => {
  const clock = createFakeClock();
  const { isNews, over } = createRarely(clock);
  const said = ['late', 'cut', 'late', 'cut'].map(isNews);
  expect(said).toEqual([true, true, false, false]);
  await clock.advance(599_000);
  expect(isNews('late')).toBe(false);
  await clock.advance(1_000);
  expect([isNews('late'), over(), over(), isNews('late')]).toEqual([true, true, false, true]);
});

it('remembers no more than some', () => {
  const { isNews } = createRarely(createFakeClock());
  const many = Array.from({ length: 30 }, (_, i) => String(i));
  expect(many.map(isNews).every(Boolean)).toBe(true);
  expect([isNews('29'), isNews('0')]).toEqual([false, true]);
});
