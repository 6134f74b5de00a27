import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Connection } from './connection.ts';

/**
 * At most one collection session per server: a user-level lock is server-wide, and goes with its
 * connection. A second lock beside it carries target and epoch in its name, so that a newer owner
 * of the same target can tell a former one: connection attributes are not readable everywhere.
 */
const lockName = 'dbintel';
const attempts = 3;
/**
 * Who waits holds a connection, so it does not wait long: whoever has the lock keeps it for a
 * cycle.
 */
const [least_ms, spread_ms] = [50, 250];
/** An epoch is raised one by one: a former owner's is one of the last few. */
const formerEpochs = 16;

export interface LockIdentity {
  epoch: number;
  uid: string;
}

/** `dbintel:<uid8>:<epoch>`; at most 64 characters, and only those that need no quoting. */
const ownerLock = (uid: string, epoch: number) =>
  `dbintel:${uid.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 8)}:${epoch}`;

const takeSql = (identity: LockIdentity) =>
  `SELECT GET_LOCK('${lockName}', 0) AS taken, IS_USED_LOCK('${lockName}') AS holder${former(identity)}`;
const nameSql = ({ uid, epoch }: LockIdentity) =>
  `SELECT GET_LOCK('${ownerLock(uid, epoch)}', 0) AS taken`;

function former({ uid, epoch }: LockIdentity): string {
  const epochs = Array.from({ length: formerEpochs }, (_, i) => epoch - 1 - i).filter(
    (each) => each > 0,
  );
  return epochs
    .map((each) => `, IS_USED_LOCK('${ownerLock(uid, each)}') AS former${each}`)
    .join('');
}

export async function takeServerLock(
  control: Connection,
  identity: LockIdentity,
  timeout_ms: number,
  clock: Clock,
  random: Random,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const [row] = await control.query(takeSql(identity), timeout_ms);
    if (row?.['taken'] === '1') {
      await control.query(nameSql(identity), timeout_ms);
      return true;
    }
    const holder = row?.['holder'];
    const isFormer =
      holder != null &&
      Object.entries(row ?? {}).some(([name, id]) => name.startsWith('former') && id === holder);
    // Ids of connections are never used twice: if it is gone meanwhile, nothing is killed.
    if (isFormer && /^\d+$/.test(holder))
      await control.query(`KILL ${holder}`, timeout_ms).catch(() => undefined);
    if (attempt === attempts) return false;
    await clock.sleep(least_ms + spread_ms * random.next(), signal);
  }
}
