import { type Backoff, backoffDelay } from '../base/backoff.ts';
import { isFenced, type Running, warn } from './running.ts';

/**
 * Its next cycle may be a day off, and the former owner's last heartbeat is ten minutes old: after
 * fifteen nobody is said to have it.
 */
const ownWithin_ms = 180_000;
/** Its turns try it as well: where every status is refused, it is not asked twice as often. */
const owningRetries: Backoff = { first_ms: 10_000, most_ms: ownWithin_ms };
/** The first cycle is due, and may wait for hundreds of others whose servers do not answer. */
const ownDueWithin_ms = 30_000;

/** Also where its turn is long in coming: without, its status tells of somebody who is gone. */
export async function ownInTime(running: Running, over: AbortSignal): Promise<void> {
  const { interrupts, deps } = running;
  const { clock, random } = deps;
  const isDue = running.life.dueAt <= clock.monotonic();
  let wait_ms = (isDue ? ownDueWithin_ms : ownWithin_ms) * random.next();
  while (running.life.epoch === undefined) {
    await clock.sleep(wait_ms, over).catch(() => undefined);
    if (over.aborted) return;
    try {
      if (deps.permitted()) await own(running);
    } catch {
      // Somebody else has it: it ends as soon as it finds that in its turn.
      running.life = { ...running.life, dueAt: clock.monotonic() };
      return interrupts.wake();
    }
    wait_ms = backoffDelay(running.unacquired, owningRetries, random);
  }
}

export function own(running: Running): Promise<number | undefined> {
  const { epoch } = running.life;
  if (epoch !== undefined) return Promise.resolve(epoch);
  running.acquiring ??= acquireOnce(running).finally(() => {
    running.acquiring = undefined;
  });
  return running.acquiring;
}

async function acquireOnce(running: Running): Promise<number | undefined> {
  try {
    const epoch = await running.deps.acquire(running.saved);
    running.unacquired = 0;
    running.life = { ...running.life, epoch };
    return epoch;
  } catch (error) {
    if (isFenced(error)) throw error;
    if (!running.unacquired)
      warn(running, 'warn', error, 'the target could not be acquired; trying again');
    running.unacquired += 1;
    return undefined;
  }
}
