import type { LeaseState } from '../coordination/lease-state.ts';

/** Whether a replica is alive and ready, and if not, why, in a sentence for people. Pure. */
export interface ReplicaFacts {
  /** What keeps the targets from being listed. */
  storeProblem: string | undefined;
  stopsRead: boolean;
  /** Why the cluster cannot be told from others. */
  unidentified: string | undefined;
  watchAge_ms: number;
  /** Why it is silent; undefined: nothing says so. */
  watchTrouble: string | undefined;
  /** Of the namespaces that are named: those whose watch is silent. */
  unheard: readonly string[];
  watchLimit_ms: number;
  lease: { state: LeaseState; problem: string | undefined };
}

/** A key is worked on for as long as its last cycle takes to end. */
const queueStuckAfter_ms = 600_000;
/** A watch lasts ten minutes at most; then it is begun anew. */
const watchStuckAfter_ms = 1_200_000;

/** Liveness: it never depends on another system. */
export function whyStuck(facts: { queueStuck_ms: number; attemptAge_ms: number }) {
  if (facts.queueStuck_ms > queueStuckAfter_ms) return 'the controller’s queue does not move';
  return facts.attemptAge_ms > watchStuckAfter_ms
    ? 'nobody tries to watch the API server'
    : undefined;
}

export function whyNotReady(facts: ReplicaFacts): string | undefined {
  if (facts.storeProblem !== undefined) return facts.storeProblem;
  if (!facts.stopsRead) return 'the EmergencyStops have not been read yet';
  if (facts.unidentified !== undefined) return facts.unidentified;
  if (facts.watchAge_ms >= facts.watchLimit_ms) return silentWatch(facts);
  return notCoordinated(facts.lease);
}

const silentWatch = ({ watchAge_ms: ms, watchTrouble: why, unheard }: ReplicaFacts) =>
  `the watch of targets${unheard.length ? ` in ${unheard.join(', ')}` : ''} has told nothing for ` +
  `${Math.round(ms / 1_000)} s: no new cycle ${unheard.length ? 'there ' : ''}starts until it ` +
  `does (${why ?? 'events and bookmarks come once a minute at least'})`;

const away = 'the shared state has been away for too long; collection has stopped';

function notCoordinated({ state, problem }: ReplicaFacts['lease']): string | undefined {
  if (state === 'valid' || state === 'degraded') return undefined;
  if (state === 'expired') return [away, ...(problem ? [problem] : [])].join(': ');
  return problem ?? 'no session in the shared state yet';
}
