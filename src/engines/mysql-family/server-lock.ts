import type { LockIdentity } from '../connection-name.ts';
import type { Holder, ServerLock } from '../server-lock.ts';
import type { Connection } from './connection.ts';

/**
 * A user-level lock is server-wide. A second lock beside it carries target and epoch in its name,
 * so that a newer owner of the same target can tell a former one: connection attributes are not
 * readable everywhere.
 */
const lockName = 'dbintel';
/** An epoch is raised one by one: a former owner's is one of the last few. */
const formerEpochs = 16;

/** `dbintel:<uid8>:<epoch>`; at most 64 characters, and only those that need no quoting. */
const ownerLock = (uid: string, epoch: number) =>
  `dbintel:${uid.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 8)}:${epoch}`;

const takeSql = (identity: LockIdentity) =>
  `SELECT GET_LOCK('${lockName}', 0) AS taken, IS_USED_LOCK('${lockName}') AS holder` +
  former(identity);
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

interface Thread extends Holder {
  id: string;
}

export const serverLock = (
  control: Connection,
  identity: LockIdentity,
  timeout_ms: number,
): ServerLock<Thread> => ({
  async take() {
    const [row = {}] = await control.query(takeSql(identity), timeout_ms);
    if (row['taken'] === '1') {
      await control.query(nameSql(identity), timeout_ms);
      return { taken: true, others: [] };
    }
    const id = row['holder'] ?? '';
    const isOurs = Object.entries(row).some(
      ([name, holder]) => name.startsWith('former') && holder === id,
    );
    return { taken: false, others: [{ id, former: isOurs && /^\d+$/.test(id) }] };
  },
  release: async () => undefined, // nobody else has what was taken
  // Ids of connections are never used twice: if it is gone meanwhile, nothing is killed.
  end: ({ id }) => control.query(`KILL ${id}`, timeout_ms).catch(() => undefined),
});
