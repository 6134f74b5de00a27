import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { planOf, seq } from '../../test/support/plans.ts';
import { systemClock } from '../base/node/clock.ts';
import type { DrawJob } from '../render/draw-plan.ts';
import { createPictureThreads } from './picture-threads.ts';

const page = { name: 'p', plan: planOf(seq('orders')), findings: [] };
const png: DrawJob = { format: 'png', scale: 1, options: { theme: 'light' }, page };
const usual = { fonts: undefined, clock: systemClock };

it('draws beside us, two at once; who comes third is told when to come again', async () => {
  const threads = createPictureThreads(usual);
  const two = [threads.draw(png), threads.draw({ ...png, format: 'pdf' })];
  expect(await threads.draw(png)).toMatchObject({ kind: 'busy', retryAfter_s: 2 });
  // Text of a small plan needs no thread.
  expect(await threads.draw({ ...png, format: 'svg' })).toMatchObject({ kind: 'drawn' });
  const [first, second] = await Promise.all(two);
  expect([first?.kind, second?.kind]).toEqual(['drawn', 'drawn']);
  expect(await threads.draw(png)).toMatchObject({ kind: 'drawn' });
  await threads.close();
});
it('ends what is late, and has room again', async () => {
  const clock = createFakeClock();
  const threads = createPictureThreads({ ...usual, clock, atOnce: 1, deadline_ms: 1_000 });
  const late = threads.draw(png);
  await clock.advance(1_000);
  expect(await late).toMatchObject({ kind: 'late', message: expect.stringContaining('1 s') });
  expect(await threads.draw(png)).toMatchObject({ kind: 'drawn' });
});
it('ends with the program', async () => {
  const threads = createPictureThreads(usual);
  const drawn = threads.draw(png);
  await threads.close();
  expect(await drawn).toMatchObject({ kind: 'late' });
});
it('tells of a folder of fonts that is not there', async () => {
  const threads = createPictureThreads({ ...usual, fonts: '/there/is/none' });
  await expect(threads.draw(png)).rejects.toThrow('/there/is/none');
});
