import { formatTime } from '../../base/quantity.ts';
import type { SessionFacts } from '../../coordination/lease-store.ts';
import { setCondition } from '../../resources/conditions.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import type { EmergencyStopStatus } from '../../resources/kinds/emergency-stop/status.ts';

/** What all replicas together say of a stop. Pure. */
export interface StopFacts {
  sessions: readonly { facts: SessionFacts }[];
  /** Targets that there are. */
  covered: number;
  now: number;
}
/** A name that is misspelt in the heat of an incident must not look like a stop in force. */
const coversNothing = 'no target that there is matches spec.scope';

/** The schema's. */
const replicaLimit = 100;

/** A replica has acknowledged a stop once it reports it; what it covers may still be in flight. */
export function stopStatus(
  stop: StopResource,
  { sessions, covered, now }: StopFacts,
): EmergencyStopStatus {
  const replicas = sessions.flatMap(({ facts }) => {
    const inFlight = facts.stops[stop.name];
    return inFlight === undefined ? [] : [{ name: facts.name, inFlight }];
  });
  const inFlight = replicas.reduce((sum, each) => sum + each.inFlight, 0);
  const done = replicas.length === sessions.length && inFlight === 0;
  const acknowledged = `${replicas.length}/${sessions.length}`;
  const verdict = done
    ? {
        status: 'True' as const,
        reason: covered ? 'Acknowledged' : 'CoversNothing',
        message: covered ? 'nothing that it covers runs' : coversNothing,
      }
    : {
        status: 'False' as const,
        reason: 'Stopping',
        message: `${acknowledged} replicas have acknowledged, ${inFlight} cycles in flight`,
      };
  return {
    observedGeneration: stop.generation,
    conditions: setCondition([], 'Ready', verdict, now),
    acknowledged,
    inFlight,
    ...(done ? { since: formatTime(now) } : {}),
    replicas: [...new Map(replicas.map((each) => [each.name, each])).values()].slice(
      0,
      replicaLimit,
    ),
    summary: [
      `replicas ${acknowledged}, cycles in flight ${inFlight}`,
      ...(done ? [`since ${formatTime(now).slice(11, 19)}`] : []),
      ...(covered ? [] : [coversNothing]),
    ].join(', '),
  };
}

/** Equal where a status says nothing new: `since` is when it was first true. Pure. */
export const stopStatusKey = ({
  acknowledged,
  inFlight,
  replicas,
  observedGeneration,
  summary,
}: EmergencyStopStatus): string =>
  JSON.stringify([
    acknowledged,
    inFlight,
    replicas,
    observedGeneration,
    summary?.endsWith(coversNothing),
  ]);
