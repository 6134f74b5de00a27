import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { untilAborted, withDeadline } from './deadline.ts';
import { AppError } from './errors.ts';

describe('waiting', () => {
  it('ends at the deadline with the error given', async () => {
    const clock = createFakeClock();
    const waiting = withDeadline(
      new Promise(() => undefined),
      100,
      clock,
      () => new AppError('connection_failed', 'late'),
    );
    const outcome = expect(waiting).rejects.toMatchObject({
      code: 'connection_failed',
      action: 'retry',
    });
    await clock.advance(100);
    await outcome;
  });
  it('one that was stopped before it began fails at once, and what becomes of the work is nobody’s surprise', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listen);
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(untilAborted(promise, AbortSignal.abort())).rejects.toMatchObject({
      code: 'internal',
    });
    reject(new Error('the socket was cut'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
  it('ends when aborted, with the reason', async () => {
    const controller = new AbortController();
    const outcome = expect(
      untilAborted(new Promise(() => undefined), controller.signal),
    ).rejects.toMatchObject({
      code: 'emergency_stop',
      message: 'incident',
    });
    controller.abort(new AppError('emergency_stop', 'incident'));
    await outcome;
  });
});
