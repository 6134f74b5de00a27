import type { Logger } from '../base/logger.ts';
import type { Fleet } from '../controller/fleet.ts';
import type { ShardOwnership } from '../controller/shard-ownership.ts';
import type { StopBook } from '../controller/stops/stop-book.ts';
import { type StopProgress, stopProgress } from '../controller/stops/stop-progress.ts';
import { countOf as countCovered, type StopTally } from '../controller/stops/stop-tally.ts';
import type { LeaseStore, SessionFacts, Survey } from '../coordination/lease-store.ts';
import type { ReplicasAnswer } from '../http/answers/replicas.ts';
import type { StopPreviewAnswer } from '../http/answers/stops.ts';
import type { CountedFor } from '../http/routes/replicas.ts';
import type { Readable } from '../http/routes/stops.ts';
import type { Stop, StopScope, WhichStops } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { isMeant, type Stoppable } from '../safety/emergency-stop.ts';
import type { ClusterTargetStore, StoreHealth, TargetRef } from '../targets/target-store.ts';
import { previewOf } from './stop-preview.ts';

/**
 * What replicas say of themselves to each other, and what anyone of them tells people of all: who
 * is there, who obeys a stop. Of itself each knows better than what it has said.
 */
export interface ReplicaReports {
  replicas(caller: CountedFor): Promise<Omit<ReplicasAnswer, 'now' | 'history'>>;
  progress(id: string, readable: Readable): Promise<StopProgress | undefined>;
  preview(scope: StopScope, readable: Readable): Promise<StopPreviewAnswer>;
}

export interface ReportDeps {
  state: Pick<LeaseStore, 'survey'>;
  store: Pick<ClusterTargetStore, 'labels' | 'health'>;
  ownership: Pick<ShardOwnership, 'leases'>;
  fleet: Fleet;
  stops(): readonly Stop[];
  /** Of this replica, as of now. */
  facts(): SessionFacts;
  /** Whether replicas share anything. */
  shared: boolean;
  watchLimit_ms: number;
  now(): number;
  logger: Logger;
}

type Session = Survey['sessions'][number];

export function createReplicaReports(deps: ReportDeps): ReplicaReports {
  const { fleet, store } = deps;
  const labelled = (ref: TargetRef) => ({ ...ref, labels: store.labels(ref.uid) });
  const targets = () => fleet.refs.values().map(labelled);
  const known = (uids: readonly string[]) =>
    uids.flatMap((uid) => {
      const ref = fleet.refs.get(uid);
      return ref ? [labelled(ref)] : [];
    });
  return {
    async replicas(caller) {
      const { survey, age_ms, away } = await look(deps);
      const seenAt = deps.now() - age_ms;
      return {
        items: withMe(survey.sessions, deps.facts()).map((session) =>
          describe(deps, session, survey, { seenAt, caller }),
        ),
        redis: deps.shared ? (away ? 'away' : 'ok') : 'none',
        watch: {
          state: store.health.watchAge_ms < deps.watchLimit_ms ? 'ok' : 'away',
          ageMs: Math.round(store.health.watchAge_ms),
        },
      };
    },
    async progress(id, { mayRead, whole }) {
      const stop = deps.stops().find((each) => each.id === id);
      if (!stop) return undefined;
      const { survey } = await look(deps);
      const sessions = withMe(survey.sessions, deps.facts()).map(({ facts }) => facts);
      const of = (some: Iterable<Stoppable>) =>
        previewOf(stop.scope, mayRead, { targets: some, busy: [] }).targets;
      return stopProgress(stop, sessions, {
        covered: of(targets()),
        countBusy: whole(stop) ? undefined : (uids) => of(known(uids)),
      });
    },
    async preview(scope, { mayRead }) {
      const { survey } = await look(deps);
      const busy = withMe(survey.sessions, deps.facts()).flatMap(({ facts }) => facts.busy ?? []);
      return previewOf(scope, mayRead, { targets: targets(), busy: known(busy) });
    },
  };
}

/** Whoever lifts stops is written down beside what they did. */
export const lifting =
  (
    book: StopBook,
    stops: () => readonly Stop[],
    lift: (which: WhichStops) => Promise<readonly Stop[]>,
  ) =>
  (which: WhichStops, by: string): Promise<readonly Stop[]> => {
    book.lifting(
      stops().filter((stop) => isMeant(stop, which)),
      by,
    );
    return lift(which);
  };

const nobody: Survey = { version: 0, sessions: [], owners: new Map() };

/** Asked anew; where that fails, as it was last seen. */
async function look({ state, ownership, logger }: ReportDeps) {
  try {
    return { survey: await state.survey(), age_ms: 0, away: false };
  } catch (error) {
    logger.info({ error }, 'who is there could not be asked; told as last seen');
    const { leases } = ownership;
    return { survey: leases.survey() ?? nobody, age_ms: leases.surveyAge_ms, away: true };
  }
}

const withMe = (sessions: readonly Session[], mine: SessionFacts): Session[] => {
  const others = sessions.filter(({ facts }) => facts.name !== mine.name);
  const me = sessions.find(({ facts }) => facts.name === mine.name);
  return [{ id: me?.id ?? mine.name, facts: mine }, ...others].sort((a, b) =>
    a.facts.name < b.facts.name ? -1 : 1,
  );
};

function describe(
  { fleet, shared, facts: mine, now }: ReportDeps,
  { id, facts }: Session,
  { owners }: Survey,
  { seenAt, caller }: { seenAt: number; caller: CountedFor },
): ReplicasAnswer['items'][number] {
  const isMe = facts.name === mine().name;
  const shards = [...owners].flatMap(([shard, holder]) => (holder === id ? [shard] : []));
  const namespaceOf = (uid: string) => fleet.refs.get(uid)?.namespace ?? '';
  const countOf = (uids: ReadonlySet<string>) =>
    caller.readable === 'all'
      ? uids.size
      : uids
          .values()
          .filter((uid) => caller.mayRead(namespaceOf(uid)))
          .toArray().length;
  const targets = shards.reduce((sum, shard) => sum + countOf(fleet.weights.members(shard)), 0);
  return {
    id,
    pod: facts.name,
    ...(facts.version === undefined ? {} : { version: facts.version }),
    me: isMe,
    shards: shards.length,
    targets,
    load: facts.load,
    session: facts.leaves ? 'leaving' : shared ? 'live' : 'alone',
    ...(facts.since === undefined ? {} : { since: facts.since }),
    // Of itself each knows as of now.
    seenAt: isMe ? now() : seenAt,
  };
}

/** So many are named; a replica runs `DBINTEL_MAX_CYCLES` at once, and names are long. */
const mostBusy = 100;

/** Of stops and what runs, for the facts of a session. */
export const busyFacts = (
  stops: readonly Stop[],
  busy: readonly Target[],
  tally: StopTally,
): Pick<SessionFacts, 'stops' | 'cancelled' | 'busy'> => ({
  stops: Object.fromEntries(stops.map((stop) => [stop.id, countCovered(stop, busy)])),
  cancelled: Object.fromEntries(stops.map((stop) => [stop.id, tally.cancelled(stop, busy)])),
  busy: busy.slice(0, mostBusy).map(({ uid }) => uid),
});

/** It is asked every second. */
const noAnswer_ms = 10_000;

/** Since when the API server tells nothing: it does not answer, or its watch has gone silent. */
export function apiServerOf(
  { answerAge_ms, watchAge_ms }: Pick<StoreHealth, 'answerAge_ms' | 'watchAge_ms'>,
  watchLimit_ms: number,
  now: number,
): { awaySince?: number } {
  const silent_ms = watchAge_ms > watchLimit_ms ? watchAge_ms : 0;
  const away_ms = Math.max(silent_ms, answerAge_ms > noAnswer_ms ? answerAge_ms : 0);
  return away_ms === 0 ? {} : { awaySince: Math.round(now - away_ms) };
}
