import { AppError } from '../../src/base/errors.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';

/**
 * The databases of the world: a lock a server, and who collected what when. Two targets are on one
 * server.
 */
export interface Witness {
  uid: string;
  server: string;
  epoch: number;
  replica: string;
  started: number;
  ended: number | undefined;
  /** The replica had been told of a later owner when it began. */
  knewBetter: boolean;
}

export interface DatabaseSession {
  uid: string;
  epoch: number;
  replica: string;
  killed: boolean;
  holds: boolean;
}

export interface DatabasesDeps {
  targets: readonly Target[];
  /** The server's lock keeps others out. */
  locked: boolean;
  now(): number;
  violate(what: string): void;
}

export type Databases = ReturnType<typeof createDatabases>;

export function createDatabases(deps: DatabasesDeps) {
  const locks = new Map<string, DatabaseSession>();
  const witnesses: Witness[] = [];
  const serverOf = (uid: string) =>
    `server-${Math.floor(deps.targets.findIndex((target) => target.uid === uid) / 2)}`;
  const end = (of: (witness: Witness) => boolean) => {
    for (const each of witnesses) if (each.ended === undefined && of(each)) each.ended = deps.now();
  };
  function close(session: DatabaseSession): void {
    end(({ uid, replica }) => uid === session.uid && replica === session.replica);
    const server = serverOf(session.uid);
    if (locks.get(server) === session) locks.delete(server);
    session.holds = false;
  }
  return {
    witnesses,
    open: (uid: string, epoch: number, replica: string): DatabaseSession => ({
      uid,
      epoch,
      replica,
      killed: false,
      holds: false,
    }),
    /**
     * As the engines do it: take it, or end a former owner of the same target, or wait one's turn.
     */
    lock(session: DatabaseSession): boolean {
      if (session.killed) throw new AppError('connection_failed', 'terminated');
      const server = serverOf(session.uid);
      const holder = locks.get(server);
      if (holder && deps.locked) {
        if (holder.uid !== session.uid || holder.epoch >= session.epoch) return false;
        holder.killed = true;
        close(holder);
      }
      locks.set(server, session);
      session.holds = true;
      return true;
    },
    begin({ uid, epoch, replica }: DatabaseSession, knewBetter: boolean): void {
      const [server, started] = [serverOf(uid), deps.now()];
      const next = { uid, server, epoch, replica, started, ended: undefined, knewBetter };
      for (const what of broken(witnesses, next)) deps.violate(what);
      witnesses.push(next);
    },
    close,
    /** A process died: its connections break. */
    drop(name: string): void {
      for (const session of locks.values()) if (session.replica === name) close(session);
      end(({ replica }) => replica === name);
    },
  };
}

/** S1 and S2, as a cycle begins. */
function broken(witnesses: readonly Witness[], next: Witness): string[] {
  const { uid, server, epoch, replica, started, knewBetter } = next;
  const running = witnesses.find((each) => each.server === server && each.ended === undefined);
  const latest = witnesses.findLast((each) => each.uid === uid);
  return [
    ...(running
      ? [`S1: ${replica} collects on ${server} while ${running.replica} does, at ${started}`]
      : []),
    ...(latest && latest.epoch > epoch && knewBetter
      ? [
          `S2: ${replica} began a cycle of ${uid} in epoch ${epoch} after one in ` +
            `${latest.epoch}, ` +
            'and knew of it',
        ]
      : []),
  ];
}
