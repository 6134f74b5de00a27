import type { Clock } from '../base/clock.ts';
import { asAppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { createSemaphore } from '../base/semaphore.ts';
import type { SessionFacts } from '../coordination/lease-store.ts';
import type { TargetRef, TargetStore } from '../targets/target-store.ts';
import type { Acquired } from './acquired.ts';
import { endedStatus } from './status/between-cycles.ts';

/**
 * Whoever ends last says in the statuses that nobody collects any more: without, they would say
 * Collecting for ever. It comes after this replica's session has ended, so of several that end
 * together at least one finds nobody left. Best effort, and short: it never keeps a program from
 * ending.
 */
export interface FarewellDeps {
  refs: Iterable<TargetRef>;
  holder: string;
  pod: string;
  /**
   * Replicas share sessions: with none left, targets of others have nobody either. Without sharing,
   * only one's own are certain.
   */
  shared: boolean;
  survey(): Promise<{ sessions: readonly { facts: SessionFacts }[] }>;
  own(ref: TargetRef): Promise<Acquired>;
  store: Pick<TargetStore, 'writeStatus' | 'settle'>;
  clock: Clock;
  logger: Logger;
}

/** Of a pod's grace period, after the drain. */
const limit_ms = 5_000;
const atOnce = 16;
const notTold = 'statuses could not be told that nobody collects any more';

export async function sayFarewell({
  refs,
  holder,
  pod,
  shared,
  survey,
  own,
  store,
  clock,
  logger,
}: FarewellDeps): Promise<void> {
  const until = clock.monotonic() + limit_ms;
  try {
    const { sessions } = await survey();
    if (sessions.length) return;
    const left = [...refs].filter(({ owner }) => owner && (shared || owner.holder === holder));
    const turn = createSemaphore(atOnce);
    const tell = async (ref: TargetRef) => {
      if (clock.monotonic() > until) return;
      const { ownership, status } = await own(ref);
      store.writeStatus(
        ref,
        endedStatus(status, { target: ref, ownership, pod, now: clock.now() }),
      );
    };
    // One that is gone, or somebody else's by now, keeps no other from being told.
    const told = await Promise.allSettled(left.map((ref) => turn.run(() => tell(ref))));
    const untold = told.filter((each) => each.status === 'rejected');
    const [first] = untold;
    if (first)
      logger.info({ code: asAppError(first.reason).code, targets: untold.length }, notTold);
    await store.settle(left.map(({ uid }) => uid));
  } catch (error) {
    logger.info({ code: asAppError(error).code }, notTold);
  }
}
