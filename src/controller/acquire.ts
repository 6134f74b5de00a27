import { AppError } from '../base/errors.ts';
import { epochStep } from '../coordination/epoch.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import type { ClusterTargetStore, TargetIdentity, TargetRef } from '../targets/target-store.ts';
import type { Acquired } from './acquired.ts';

/**
 * Makes this process the owner of a target in the only place that counts: its status, past the API
 * server's fence. Before the first cycle or within minutes: a replica that took over a thousand
 * targets after a crash does not write a thousand statuses at once. Where the API server was put
 * back to an earlier day, later epochs have written: state and history refuse ours until it is past
 * them.
 */
export async function acquireTarget(
  target: TargetIdentity,
  {
    store,
    seen,
    me,
    written = 0,
  }: {
    store: Pick<ClusterTargetStore, 'raise' | 'readStatus'>;
    seen: TargetRef['owner'];
    me: { holder: string; pod: string; shard: number };
    /** The highest epoch that is known to have written. */
    written?: number | undefined;
  },
): Promise<Acquired> {
  const step = epochStep(seen, me.holder);
  if (step.kind === 'mine' && step.epoch >= written) {
    const ownership = { ...me, epoch: step.epoch };
    const status = await store.readStatus(target);
    // The watch may be silent, and what it told of the owner old.
    if (status?.ownership && status.ownership.epoch > step.epoch)
      throw fenced(target, 'another replica owns it by now');
    return { ownership, inherited: true, ...(status ? { status } : {}) };
  }
  for (let epoch = step.kind === 'mine' ? step.epoch + 1 : step.epoch; ; epoch += 1) {
    const ownership = { ...me, epoch };
    const result = await store.raise(target, ownership);
    if (result.kind === 'gone') throw fenced(target, 'it is not there any more');
    if (result.kind === 'fenced') throw fenced(target, 'another replica was first');
    if (epoch > written) return { ownership, inherited: epoch > 1, status: result.status };
  }
}

const fenced = (target: TargetIdentity, why: string) =>
  new AppError('fenced', `${targetLabel(target)}: ${why}`);

/**
 * Before each cycle: the freshest owner that is known must not be a later one. Where something
 * speaks against it (a session was lost, shards came and went, the watch is late) the API server
 * itself is asked; if it is away, what is known counts, and the database's lock decides.
 */
export async function isStillMine(
  target: TargetIdentity,
  epoch: number,
  {
    store,
    seen,
    certain = true,
  }: {
    store: Pick<ClusterTargetStore, 'readOwner'>;
    seen: TargetRef['owner'];
    certain?: boolean | undefined;
  },
): Promise<boolean> {
  if (seen && seen.epoch > epoch) return false;
  if (certain) return true;
  const now = await store.readOwner(target).catch(() => undefined);
  return now === undefined || now.epoch <= epoch;
}
