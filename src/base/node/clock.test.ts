import { access } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withDeadline } from '../deadline.ts';
import { AppError } from '../errors.ts';
import { systemClock } from './clock.ts';

it('a deadline hears what had come by the deadline, also where the process itself was held up past it', async () => {
  const waiting = withDeadline(
    access('.'),
    20,
    systemClock,
    () => new AppError('connection_failed', 'late'),
  );
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  await expect(waiting).resolves.toBeUndefined();
});
