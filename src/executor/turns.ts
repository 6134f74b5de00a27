import type { Recommendation } from './ports.ts';

/**
 * Who may work beside whom. On a server one pass at a time, whichever target and database it is of:
 * an index is built where nothing else of ours is built. Beside it goes what drops an index of ours
 * at most, on another table; elsewhere all others. Pure.
 */
export interface Claim {
  /** Of the recommendation. */
  uid: string;
  /** Undefined: it asks nothing of a server. */
  server: string | undefined;
  table: string;
  /** Whatever it finds, it drops the index that it has made, and does nothing else. */
  onlyDrops: boolean;
  /** It may begin a change, or go on with one: that takes hours. */
  changes: boolean;
}

/**
 * Servers behind several targets often share storage, of which each build takes all that it gets.
 * Whoever wants more approves fewer at once.
 */
export const mostChanges = 4;
/** What watches, cleans and takes back never waits for builds; each is two connections. */
export const mostOthers = 8;

export function mayStart(claim: Claim, running: Iterable<Claim>): boolean {
  let beside = 0;
  for (const other of running) {
    const { uid, server, changes } = other;
    if (uid === claim.uid) return false;
    if (server !== undefined && server === claim.server && !areApart(other, claim)) return false;
    if (changes === claim.changes) beside += 1;
  }
  return beside < (claim.changes ? mostChanges : mostOthers);
}

/** A server runs them side by side: neither waits for a lock or a snapshot of the other. */
const areApart = (a: Claim, b: Claim): boolean =>
  a.onlyDrops !== b.onlyDrops && a.table !== b.table;

/** Of a partitioned table a drop takes locks on all of it. */
export const onlyDrops = ({ state, subject, change }: Recommendation): boolean =>
  (state.phase === 'Observing' || state.phase === 'RollingBack') &&
  subject.kind === 'create-index' &&
  change.kind === 'create-index' &&
  !change.partitions?.length;

export const tableOf = ({ database, change: { index } }: Recommendation): string =>
  JSON.stringify([database, index.schema, index.table]);
