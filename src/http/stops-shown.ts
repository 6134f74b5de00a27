import type { Stop, StopRecord } from '../model/stop.ts';
import type { PastStop } from './answers/past-stops.ts';
import type { Caller } from './caller.ts';

/** Names of what they may not read are left out; of a stop that names nothing else, all of it. */
export function stopsShownTo<S extends Stop>(caller: Caller, all: readonly S[]): S[] {
  return all.flatMap((stop): S[] => {
    const { scope } = stop;
    if ('namespaces' in scope) {
      const namespaces = scope.namespaces.filter(caller.mayRead);
      return namespaces.length ? [{ ...stop, scope: { namespaces } }] : [];
    }
    if ('targets' in scope) {
      const targets = scope.targets.filter((each) => caller.mayRead(namespaceOf(each)));
      return targets.length ? [{ ...stop, scope: { targets } }] : [];
    }
    return [stop];
  });
}

/** It covers nothing but what they may read: how much that was may be told, too. */
export function mayReadAllOf(caller: Caller, { scope }: Stop): boolean {
  if (caller.readable === 'all') return true;
  if ('namespaces' in scope) return scope.namespaces.every(caller.mayRead);
  return 'targets' in scope && scope.targets.every((each) => caller.mayRead(namespaceOf(each)));
}

const namespaceOf = (label: string) => label.split('/')[0] ?? '';

/** As somebody may see it. */
export function pastStopShown(caller: Caller, record: StopRecord): PastStop[] {
  const whole = mayReadAllOf(caller, record);
  return stopsShownTo(caller, [record]).map(
    ({ replicas, covered, seenAt, liftedAt, ...stop }): PastStop => ({
      ...stop,
      until: liftedAt ?? seenAt,
      sawEnd: liftedAt !== undefined,
      covered: whole ? covered : null,
      cancelled: whole ? replicas.reduce((sum, each) => sum + each.cancelled, 0) : null,
      replicas: replicas.map(({ pod, confirmedAt, cancelled }) => ({
        pod,
        ...(confirmedAt === undefined ? {} : { confirmedAt }),
        cancelled: whole ? cancelled : null,
      })),
    }),
  );
}
