import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { StateBackend } from '../../coordination/state-backend.ts';
import { targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { Stop } from '../../safety/emergency-stop.ts';
import type { ClusterTargetStore, TargetRef } from '../../targets/target-store.ts';
import { getIfValid } from '../get-if-valid.ts';

/**
 * `suspend: true` is an edit of a resource, and whoever is cut off from the API server does not see
 * it. So who sees it tells it in the shared state as well, with the generation of the resource, and
 * a replica that knows only an older one obeys. All others know better by the resource itself.
 */
export interface ClusterSuspensions {
  /** As stops: of targets that were suspended by an edit that this replica has not seen. */
  readonly list: readonly Stop[];
  /** The resource has changed. */
  saw(ref: TargetRef): void;
  /** Time has passed: tells again what is not there, and takes down what is over. */
  look(): void;
  close(): void;
}

export interface ClusterSuspensionsDeps {
  store: ClusterTargetStore;
  /** Of a target as last seen; undefined where there is none. */
  generationOf(uid: string): number | undefined;
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
/**
 * The API server is asked every second; after so long without an answer we are cut off, and do not
 * know what is over.
 */
const cutOffAfter_ms = 4_000;
/** Whoever is cut off for longer has stopped by itself: its watch is silent. */
const flagLife_ms = 600_000;
/** Everybody reads all flags every second. */
const flagLimit = 200;

export function createClusterSuspensions(deps: ClusterSuspensionsDeps): ClusterSuspensions {
  const { store, generationOf, state, clock, logger, mayTell, onChange } = deps;
  let flags: ReadonlyMap<string, Flag> = new Map();
  let list: readonly Stop[] = [];
  /**
   * What we saw and want others to know, until it is over: the shared state may be away just now,
   * or come back empty.
   */
  const seen = new Map<string, Flag>();
  const cutOff = () => store.answerAge_ms > cutOffAfter_ms;
  const suspended = (uid: string) => getIfValid(store, uid)?.spec.suspend === true;
  const old = ({ since }: Flag) => clock.now() - since > flagLife_ms;
  const tell = (uid: string, flag: Flag | undefined) =>
    void state
      .publish(prefix + uid, flag)
      .catch((error: unknown) =>
        logger.info({ error }, 'a suspension could not be told to the shared state'),
      );

  /** A target that is not known is not collected here either. */
  const behind = ({ uid, generation }: Flag) => (generationOf(uid) ?? generation) < generation;
  function update(): void {
    const now = [...flags.values()].filter(behind).map(toStop);
    if (now.length === list.length && now.every(({ id }, i) => id === list[i]?.id)) return;
    list = now;
    onChange();
  }
  function tellAgain(): void {
    for (const [uid, flag] of seen) {
      if (generationOf(uid) !== flag.generation || old(flag)) seen.delete(uid);
      else if ((flags.get(prefix + uid)?.generation ?? 0) < flag.generation) tell(uid, flag);
    }
  }
  function tidy(): void {
    for (const flag of flags.values())
      if (old(flag) || (!behind(flag) && !suspended(flag.uid))) tell(flag.uid, undefined);
  }
  const unwatch = state.watch((all) => {
    flags = new Map(
      [...all].filter(
        (each): each is [string, Flag] => each[0].startsWith(prefix) && isFlag(each[1]),
      ),
    );
    update();
  });
  return {
    get list() {
      return list;
    },
    saw(ref) {
      const { uid, generation } = ref;
      if (list.length) update();
      if (!suspended(uid) || seen.get(uid)?.generation === generation || seen.size >= flagLimit)
        return;
      seen.set(uid, { uid, generation, target: targetLabel(ref), since: clock.now() });
      if (mayTell()) tellAgain();
    },
    look() {
      update();
      if (!mayTell()) return;
      tellAgain();
      if (!cutOff()) tidy();
    },
    close: unwatch,
  };
}

const isFlag = (value: unknown): boolean => {
  const { uid, generation, target, since } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof uid === 'string' &&
    typeof target === 'string' &&
    Number.isFinite(generation) &&
    Number.isFinite(since)
  );
};

const toStop = ({ uid, target, since }: Flag): Stop => ({
  id: prefix + uid,
  scope: { targets: [target] },
  reason: 'spec.suspend, told by another replica: this one has not seen the edit yet',
  since,
});
