/** Of whom a session is: the cycle of one owner of one target. */
export interface LockIdentity {
  epoch: number;
  uid: string;
}

/** PostgreSQL cuts names at this length, MySQL has no such limit. */
const longestName = 63;

/**
 * `dbintel/<epoch>/<uid8>/<holder8>`: by it a newer owner of the same target knows a former one.
 */
export const connectionName = ({ epoch, uid }: LockIdentity, holder: string): string =>
  `dbintel/${epoch}/${uid.slice(0, 8)}/${holder.slice(0, 8)}`.slice(0, longestName);

export function isFormerOwner(name: string, { epoch, uid }: LockIdentity): boolean {
  const [program, theirs, target] = name.split('/');
  return program === 'dbintel' && target === uid.slice(0, 8) && Number(theirs) < epoch;
}
