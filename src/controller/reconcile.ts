import type { Target } from '../resources/database-target.ts';

export interface Running {
  uid: string;
  generation: number;
}

export interface Reconciliation {
  start: Target[];
  /** A changed spec: the old one ends, saves, and the new one begins with what it knew. */
  restart: Target[];
  stop: string[];
}

/** What must happen so that what runs is what is wanted. Pure. */
export function reconcile(wanted: readonly Target[], running: readonly Running[]): Reconciliation {
  const byUid = new Map(running.map((each) => [each.uid, each]));
  const uids = new Set(wanted.map(({ uid }) => uid));
  return {
    start: wanted.filter(({ uid }) => !byUid.has(uid)),
    restart: wanted.filter(({ uid, generation }) => byUid.has(uid) && byUid.get(uid)?.generation !== generation),
    stop: running.filter(({ uid }) => !uids.has(uid)).map(({ uid }) => uid),
  };
}
