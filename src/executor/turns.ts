/**
 * Who may work beside whom. On a server one pass at a time, whichever target and database it is of:
 * an index is built where nothing else of ours is at work. Elsewhere others go on meanwhile. Pure.
 */
export interface Claim {
  /** Of the recommendation. */
  uid: string;
  /** Undefined: it asks nothing of a server. */
  server: string | undefined;
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
  for (const { uid, server, changes } of running) {
    if (uid === claim.uid) return false;
    if (server !== undefined && server === claim.server) return false;
    if (changes === claim.changes) beside += 1;
  }
  return beside < (claim.changes ? mostChanges : mostOthers);
}
