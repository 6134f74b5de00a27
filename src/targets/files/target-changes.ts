import { isDeepStrictEqual } from 'node:util';
import type { Target } from '../../resources/kinds/database-target/target.ts';

/** What of the targets differs from what was told before. Pure. */
export interface TargetChanges {
  changed: Target[];
  gone: Target[];
}

export function targetChanges(
  before: ReadonlyMap<string, Target>,
  now: ReadonlyMap<string, Target>,
): TargetChanges {
  return {
    changed: [...now.values()].filter((target) => !isSame(before.get(target.uid), target)),
    gone: [...before.values()].filter(({ uid }) => !now.has(uid)),
  };
}

const isSame = (before: Target | undefined, now: Target): boolean =>
  before?.generation === now.generation &&
  isDeepStrictEqual(before.labels, now.labels) &&
  before.findingsAnnotation === now.findingsAnnotation;
