import type { Logger } from '../base/logger.ts';
import type { Fleet } from '../controller/fleet.ts';
import type { ShardOwnership } from '../controller/shard-ownership.ts';
import { countCovered } from '../controller/stops/merge-stops.ts';
import { type StopProgress, stopProgress } from '../controller/stops/stop-progress.ts';
import { countOf, type StopTally } from '../controller/stops/stop-tally.ts';
import type { LeaseStore, SessionFacts, Survey } from '../coordination/lease-store.ts';
import type { ReplicasAnswer } from '../http/answers/replicas.ts';
import type { Stop, StopScope } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { ClusterTargetStore } from '../targets/target-store.ts';

/**
 * What replicas say of themselves to each other, and what anyone of them tells people of all: who
 * is there, who obeys a stop. Of itself each knows better than what it has said.
 */
export interface ReplicaReports {
  replicas(): Promise<Omit<ReplicasAnswer, 'now' | 'history'>>;
  progress(id: string): Promise<StopProgress | undefined>;
  preview(scope: StopScope): Promise<{ targets: number; running: number }>;
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
  const covered = (scope: StopScope) =>
    countCovered(
      scope,
      fleet.refs.values().map((ref) => ({ ...ref, labels: store.labels(ref.uid) })),
    );
  return {
    async replicas() {
      const { survey, age_ms, away } = await look(deps);
      const seenAt = deps.now() - age_ms;
      return {
        items: withMe(survey.sessions, deps.facts()).map((session) =>
          describe(deps, session, survey, seenAt),
        ),
        redis: deps.shared ? (away ? 'away' : 'ok') : 'none',
        watch: {
          state: store.health.watchAge_ms < deps.watchLimit_ms ? 'ok' : 'away',
          ageMs: Math.round(store.health.watchAge_ms),
        },
      };
    },
    async progress(id) {
      const stop = deps.stops().find((each) => each.id === id);
      if (!stop) return undefined;
      const { survey } = await look(deps);
      const sessions = withMe(survey.sessions, deps.facts()).map(({ facts }) => facts);
      return stopProgress(stop, sessions, covered(stop.scope));
    },
    async preview(scope) {
      const { survey } = await look(deps);
      const busy = withMe(survey.sessions, deps.facts()).flatMap(({ facts }) => facts.busy ?? []);
      const running = busy.flatMap((uid) => {
        const ref = fleet.refs.get(uid);
        return ref ? [{ ...ref, labels: store.labels(uid) }] : [];
      });
      return { targets: covered(scope), running: countOf({ scope }, running) };
    },
  };
}

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
  seenAt: number,
): ReplicasAnswer['items'][number] {
  const isMe = facts.name === mine().name;
  const shards = [...owners].flatMap(([shard, holder]) => (holder === id ? [shard] : []));
  const targets = shards.reduce((sum, shard) => sum + fleet.weights.members(shard).size, 0);
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
  stops: Object.fromEntries(stops.map((stop) => [stop.id, countOf(stop, busy)])),
  cancelled: Object.fromEntries(stops.map((stop) => [stop.id, tally.cancelled(stop, busy)])),
  busy: busy.slice(0, mostBusy).map(({ uid }) => uid),
});
