import type { LeaseKeeper } from '../coordination/lease-keeper.ts';
import type { Weights } from '../coordination/weights.ts';

/** When something about the whole fleet is wrong, and not only slow. Pure. */

/** A free shard is claimed within seconds. */
const orphanedAfter_ms = 30_000;

/** Targets that nobody collects: nobody has their shard, or who has it does not know them. */
export function orphanedTargets(
  orphans: ReturnType<LeaseKeeper['orphans']>,
  members: Weights['members'],
  unknownToHolders: number,
): number {
  let targets = unknownToHolders;
  for (const [shard, ms] of orphans) if (ms > orphanedAfter_ms) targets += members(shard).size;
  return targets;
}

export const orphansRemark = (targets: number): string | undefined =>
  targets
    ? `${targets} targets of the fleet are collected by nobody: ` +
      'their shard has no holder, or one that does not know them'
    : undefined;

/** How long the most overdue cycle waits; 0 when none is late. */
export function mostOverdue_ms(dueIn_ms: Iterable<number>): number {
  let worst = 0;
  for (const each of dueIn_ms) worst = Math.max(worst, -each);
  return worst;
}
