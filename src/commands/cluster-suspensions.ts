import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { targetLabel } from '../resources/database-target.ts';
import type { Stop } from '../safety/emergency-stop.ts';
import type { StateBackend } from '../state/state-backend.ts';
import type { ClusterTargetStore, TargetRef } from '../targets/target-store.ts';
import { understood } from './service.ts';

/**
 * `suspend: true` is an edit of a resource, and whoever is cut off from the API server does not see it. So who sees it tells it in the shared state as well, and a replica
 * that the API server does not answer obeys what it reads there. All others know better by the resource itself.
 */
export interface ClusterSuspensions {
  /** As stops: of targets that were suspended while this replica cannot ask the API server. */
  readonly list: readonly Stop[];
  /** The resource has changed. */
  saw(ref: TargetRef): void;
  /** Time has passed; whether the API server answers may have changed. */
  look(): void;
  close(): void;
}

export interface ClusterSuspensionsDeps {
  store: ClusterTargetStore;
  state: Pick<StateBackend, 'watch' | 'publish'>;
  clock: Clock;
  logger: Logger;
  /** Redis is this fleet's: it has a session there. */
  mayTell(): boolean;
  onChange(): void;
}

interface Flag {
  uid: string;
  generation: number;
  target: string;
  /** Milliseconds since the epoch. */
  since: number;
}

const prefix = 'suspend/';
/** The API server is asked every second; after so long without an answer we are cut off. */
const cutOffAfter_ms = 4_000;
/** Whoever is cut off for longer has stopped by itself: its watch is silent. */
const flagLife_ms = 600_000;
/** Everybody reads all flags every second. */
const flagLimit = 200;

export function createClusterSuspensions({ store, state, clock, logger, mayTell, onChange }: ClusterSuspensionsDeps): ClusterSuspensions {
  let flags: ReadonlyMap<string, Flag> = new Map();
  let list: readonly Stop[] = [];
  const cutOff = () => store.answerAge_ms > cutOffAfter_ms;
  const suspended = (uid: string) => understood(store, uid)?.spec.suspend === true;
  const tell = (uid: string, flag: Flag | undefined) =>
    void state
      .publish(prefix + uid, flag)
      .catch((error: unknown) => logger.info({ error }, 'a suspension could not be told to the shared state'));

  function update(): void {
    const now = cutOff() ? [...flags.values()].map(toStop) : [];
    if (now.length === list.length && now.every(({ id }, i) => id === list[i]?.id)) return;
    list = now;
    onChange();
  }
  function tidy(): void {
    if (cutOff() || !mayTell()) return;
    for (const { uid, since } of flags.values()) if (!suspended(uid) || clock.now() - since > flagLife_ms) tell(uid, undefined);
  }
  const unwatch = state.watch((all) => {
    flags = new Map([...all].filter(([name]) => name.startsWith(prefix)) as [string, Flag][]);
    update();
  });
  return {
    get list() {
      return list;
    },
    saw(ref) {
      const known = flags.get(prefix + ref.uid);
      if (!mayTell() || cutOff() || !suspended(ref.uid) || known?.generation === ref.generation) return;
      if (known || flags.size < flagLimit)
        tell(ref.uid, { uid: ref.uid, generation: ref.generation, target: targetLabel(ref), since: clock.now() });
    },
    look() {
      update();
      tidy();
    },
    close: unwatch,
  };
}

const toStop = ({ uid, target, since }: Flag): Stop => ({
  id: prefix + uid,
  scope: { targets: [target] },
  reason: 'spec.suspend, told by another replica: the API server does not answer this one',
  since,
});
