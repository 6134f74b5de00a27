import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { StateBackend } from '../../coordination/state-backend.ts';
import type { Stop } from '../../model/stop.ts';
import { targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { ClusterTargetStore, TargetRef } from '../../targets/target-store.ts';
import { getIfValid } from '../get-if-valid.ts';

/**
 * `suspend: true` is an edit of a resource, and whoever is cut off from the API server does not see
 * it. So who sees it tells it in the shared state as well, with the generation of the resource, and
 * a replica that knows only an older one obeys. All others know better by the resource itself.
 */
export interface ClusterSuspensions {
  /** Follows the shared state; calls back when `list` changes. */
  follow(onChange: () => void): () => void;
  /** As stops: of targets that were suspended by an edit that this replica has not seen. */
  readonly list: readonly Stop[];
  /** The resource has changed. */
  saw(ref: TargetRef): void;
  /** Time has passed: tells again what is not there, and takes down what is over. */
  look(): void;
}

export interface ClusterSuspensionsDeps {
  store: Pick<ClusterTargetStore, 'get'> & {
    health: Pick<ClusterTargetStore['health'], 'answerAge_ms'>;
  };
  /** Of a target as last seen; undefined where there is none. */
  generationOf(uid: string): number | undefined;
  state: Pick<StateBackend, 'watch' | 'publish'>;
  clock: Clock;
  logger: Logger;
  /** Redis is this fleet's: it has a session there. */
  mayTell(): boolean;
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

interface Memory {
  /** Of the shared state, by the flag's name. */
  flags: ReadonlyMap<string, Flag>;
  list: readonly Stop[];
  /**
   * What we saw and want others to know, until it is over, by uid: the shared state may be away
   * just now, or come back empty.
   */
  seen: Map<string, Flag>;
  onChange(): void;
}

export function createClusterSuspensions(deps: ClusterSuspensionsDeps): ClusterSuspensions {
  const memory: Memory = {
    flags: new Map(),
    list: [],
    seen: new Map(),
    onChange: () => undefined,
  };
  return {
    get list() {
      return memory.list;
    },
    follow(onChange) {
      memory.onChange = onChange;
      return deps.state.watch((all) => {
        memory.flags = suspensionFlags(all);
        update(deps, memory);
      });
    },
    saw(ref) {
      if (memory.list.length) update(deps, memory);
      if (!isNews(deps, memory, ref)) return;
      const { uid, generation } = ref;
      const target = targetLabel(ref);
      memory.seen.set(uid, { uid, generation, target, since: deps.clock.now() });
      if (deps.mayTell()) tellAgain(deps, memory);
    },
    look() {
      update(deps, memory);
      if (!deps.mayTell()) return;
      tellAgain(deps, memory);
      if (deps.store.health.answerAge_ms <= cutOffAfter_ms) takeDown(deps, memory);
    },
  };
}

const suspended = ({ store }: ClusterSuspensionsDeps, uid: string) =>
  getIfValid(store, uid)?.spec.suspend === true;
const isOld = ({ clock }: ClusterSuspensionsDeps, { since }: Flag) =>
  clock.now() - since > flagLife_ms;
/** A target that is not known is not collected here either. */
const behind = ({ generationOf }: ClusterSuspensionsDeps, { uid, generation }: Flag) =>
  (generationOf(uid) ?? generation) < generation;
const isNews = (
  deps: ClusterSuspensionsDeps,
  { seen }: Memory,
  { uid, generation }: TargetRef,
): boolean =>
  suspended(deps, uid) && seen.get(uid)?.generation !== generation && seen.size < flagLimit;

function update(deps: ClusterSuspensionsDeps, memory: Memory): void {
  const now = [...memory.flags.values()].filter((flag) => behind(deps, flag)).map(toStop);
  const { list } = memory;
  if (now.length === list.length && now.every(({ id }, i) => id === list[i]?.id)) return;
  memory.list = now;
  memory.onChange();
}

function tell({ state, logger }: ClusterSuspensionsDeps, uid: string, flag?: Flag): void {
  void state
    .publish(prefix + uid, flag)
    .catch((error: unknown) =>
      logger.info({ error }, 'a suspension could not be told to the shared state'),
    );
}

function tellAgain(deps: ClusterSuspensionsDeps, { seen, flags }: Memory): void {
  for (const [uid, flag] of seen) {
    if (deps.generationOf(uid) !== flag.generation || isOld(deps, flag)) seen.delete(uid);
    else if ((flags.get(prefix + uid)?.generation ?? 0) < flag.generation) tell(deps, uid, flag);
  }
}

function takeDown(deps: ClusterSuspensionsDeps, { flags }: Memory): void {
  for (const flag of flags.values())
    if (isOld(deps, flag) || (!behind(deps, flag) && !suspended(deps, flag.uid)))
      tell(deps, flag.uid);
}

const suspensionFlags = (all: ReadonlyMap<string, unknown>): Map<string, Flag> =>
  new Map(
    [...all].filter(
      (each): each is [string, Flag] => each[0].startsWith(prefix) && isFlag(each[1]),
    ),
  );

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
