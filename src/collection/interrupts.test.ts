import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../base/errors.ts';
import { createInterrupts } from './interrupts.ts';

const reason = new AppError('ownership_lost', 'why');

describe('a pause', () => {
  it('ends with its time, with a wake-up, or with the collector', async () => {
    const clock = createFakeClock();
    const interrupts = createInterrupts(clock);
    const over = interrupts.pause(1_000);
    await clock.advance(1_000);
    await over;
    const woken = interrupts.pause(1_000);
    interrupts.wake();
    await woken;
    const ended = interrupts.pause(1_000);
    await interrupts.end(Promise.resolve());
    await ended;
    await interrupts.pause(1_000); // there is none any more
    expect(interrupts.ended.aborted).toBe(true);
  });
});

describe('a cycle', () => {
  it('is cut short by what comes while it runs', () => {
    const interrupts = createInterrupts(createFakeClock());
    interrupts.abortCycle(reason);
    const signal = interrupts.beginCycle();
    expect(signal.aborted).toBe(false);
    interrupts.abortCycle(reason);
    expect(signal.reason).toBe(reason);
  });
  it('does not begin after a fault that came between two', () => {
    const interrupts = createInterrupts(createFakeClock());
    interrupts.abortNext(reason);
    expect(interrupts.beginCycle().reason).toBe(reason);
    interrupts.endCycle();
    expect(interrupts.beginCycle().aborted).toBe(false);
  });
  it('may end by itself when the collector ends, unless that is in a hurry', async () => {
    const interrupts = createInterrupts(createFakeClock());
    const signal = interrupts.beginCycle();
    const [hurry, done] = [new AbortController(), Promise.withResolvers<void>()];
    const ended = interrupts.end(done.promise, hurry.signal);
    expect(signal.aborted).toBe(false);
    hurry.abort(reason);
    expect(signal.reason).toBe(reason);
    done.resolve();
    await ended;
    const late = createInterrupts(createFakeClock());
    const other = late.beginCycle();
    await late.end(Promise.resolve(), AbortSignal.abort(reason));
    expect(other.reason).toBe(reason);
  });
});

it('whoever waits for a turn leaves the queue for a stop, and for the end', async () => {
  const interrupts = createInterrupts(createFakeClock());
  const first = interrupts.enterQueue();
  interrupts.leaveQueue();
  const second = interrupts.enterQueue();
  expect([first.aborted, second.aborted]).toEqual([true, false]);
  await interrupts.end(Promise.resolve());
  expect(second.aborted).toBe(true);
});
