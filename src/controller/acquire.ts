import { AppError } from '../base/errors.ts';
import { epochStep } from '../ownership/epoch.ts';
import { type Target, targetLabel } from '../resources/database-target.ts';
import type { DatabaseTargetStatus } from '../resources/database-target-status.ts';
import type { ClusterTargetStore, Ownership, TargetRef } from '../targets/target-store.ts';

/**
 * Makes this process the owner of a target in the only place that counts: its status, past the API server's fence. Lazily, before the first cycle: a
 * replica that took over a thousand targets after a crash does not write a thousand statuses at once.
 */
export async function acquireTarget(
  target: Target,
  { store, seen, me }: { store: ClusterTargetStore; seen: TargetRef['owner']; me: { holder: string; pod: string; shard: number } },
): Promise<{ ownership: Ownership; status?: DatabaseTargetStatus; inherited: boolean }> {
  const step = epochStep(seen, me.holder);
  const ownership = { ...me, epoch: step.epoch };
  if (step.kind === 'mine') {
    const status = await store.readStatus(target);
    return { ownership, inherited: true, ...(status ? { status } : {}) };
  }
  const result = await store.raise(target, ownership);
  if (result.kind === 'raised') return { ownership, inherited: step.epoch > 1, status: result.status };
  throw new AppError(
    'fenced',
    `${targetLabel(target)}: ${result.kind === 'gone' ? 'it is not there any more' : 'another replica was first'}`,
  );
}
