import type { Clock } from '../../base/clock.ts';
import type { Metrics } from '../../base/metrics.ts';
import { formatTime } from '../../base/quantity.ts';
import type { ResourceClient, StatusPatch } from '../../kubernetes/resource-client.ts';
import {
  withCurrentNames,
  withFormerNames,
} from '../../resources/kinds/database-target/former-names.ts';
import type { databaseTarget } from '../../resources/kinds/database-target/kind.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { Ownership, RaiseResult, TargetIdentity, TargetRef } from '../target-store.ts';

/**
 * The status of a target as one owner after the other writes it: only onto the very resource that
 * is meant, and only past the fence.
 */
export type TargetClient = Pick<ResourceClient<typeof databaseTarget>, 'read' | 'patchStatus'>;

/** A cycle waits for it. */
const ownerTimeout_ms = 2_000;
/**
 * A server's turn waits for it, and a place that others could have: no longer than a webhook may
 * take.
 */
export const acquireTimeout_ms = 10_000;
/**
 * What one API server takes of owners that change, after a crash say; apart from the statuses'
 * budget.
 */
export const raisesPerSecond = 100;

type StatusResult =
  | { kind: 'written'; status: DatabaseTargetStatus }
  | Exclude<RaiseResult, { kind: 'raised' }>;

async function patch(
  targets: TargetClient,
  target: TargetIdentity,
  change: StatusPatch,
  options?: { timeout_ms: number },
): Promise<StatusResult> {
  const result = await targets.patchStatus(target, change, options);
  switch (result.kind) {
    case 'written':
      return { kind: 'written', status: withCurrentNames(result.object.status) ?? {} };
    case 'refused': // the only rule there is
      return { kind: 'fenced' };
    case 'gone':
      return { kind: 'gone' };
  }
}

export const writeStatus = async (
  targets: TargetClient,
  target: TargetIdentity,
  status: DatabaseTargetStatus,
): Promise<StatusResult['kind']> =>
  (await patch(targets, target, { status: withFormerNames(status) })).kind;

export async function readOwner(
  targets: TargetClient,
  { uid, ...ref }: TargetIdentity,
): Promise<TargetRef['owner']> {
  const { metadata, status } = await targets.read(ref, { timeout_ms: ownerTimeout_ms });
  if (metadata.uid !== uid || !status?.ownership) return undefined;
  const { holder, epoch } = status.ownership;
  return { holder, epoch };
}

/** Compare-and-swap of the owner, at most so many a second. */
export function createRaise(
  targets: TargetClient,
  { clock, metrics }: { clock: Clock; metrics: Metrics },
): (target: TargetIdentity, ownership: Ownership) => Promise<RaiseResult> {
  const raises = metrics.counter(
    'dbintel_ownership_raises_total',
    'Changes of an owner, by result.',
    ['result'],
  );
  const pace = createPace(raisesPerSecond, clock);
  return async (target, ownership) => {
    await pace();
    // The rest of the status stays as its former owner left it; that somebody has it is news.
    const fields = { ownership, updatedAt: formatTime(clock.now()) };
    const change = ownership.epoch === 1 ? { status: fields } : { fields };
    const result = await patch(targets, target, change, { timeout_ms: acquireTimeout_ms });
    raises.inc({ result: result.kind === 'written' ? 'raised' : result.kind });
    return result.kind === 'written' ? { kind: 'raised', status: result.status } : result;
  };
}

/** At most so many a second, in order. */
function createPace(perSecond: number, clock: Clock): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = clock.monotonic();
    next = Math.max(next, now - 1_000) + 1_000 / perSecond;
    if (next > now) await clock.sleep(next - now);
  };
}
