import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from './errors.ts';
import { silentLogger } from './logger.ts';
import { regularly } from './regularly.ts';

it('comes again after a failure, until it is done', async () => {
  const clock = createFakeClock();
  const at: number[] = [];
  const began = clock.monotonic();
  const stop = regularly(clock, 100, silentLogger, async () => {
    at.push(clock.monotonic() - began);
    if (at.length === 1) throw new Error('not yet');
    return at.length === 3 ? 'done' : undefined;
  });
  await clock.advance(1_000);
  expect(at).toEqual([0, 100, 200]);
  await stop();
});

it('stopped, it waits for what it is doing and begins nothing more', async () => {
  const clock = createFakeClock();
  let [begun, ended] = [0, 0];
  const stop = regularly(clock, 10, silentLogger, async () => {
    begun += 1;
    await clock.sleep(100);
    ended += 1;
  });
  await clock.advance(50);
  const stopping = stop();
  await clock.advance(1_000);
  await stopping;
  expect([begun, ended]).toEqual([1, 1]);
});

it('tells what keeps failing once, whatever its words, and that it is done again', async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  let well = false;
  const logger = { ...silentLogger, info: note, warn: note };
  const stop = regularly(clock, 1_000, logger, async () => {
    if (!well) throw new AppError('coordination_failed', `${Math.round(clock.monotonic())} late`);
  });
  await clock.advance(300_000);
  expect(lines).toEqual(['regular work failed; it comes again']);
  well = true;
  await clock.advance(5_000);
  expect(lines.slice(1)).toEqual(['regular work is done again']);
  await stop();
});
