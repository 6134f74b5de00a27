import { isDeepStrictEqual } from 'node:util';
import type { Stop } from '../../model/stop.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { covers, type Stoppable } from '../../safety/emergency-stop.ts';
import { type StopFlag, stopPrefix } from './stop-flags.ts';

/**
 * Stops as a replica sees them from both sides: the resources of the cluster and the flags of the
 * shared state. Pure.
 */
export interface StopSides {
  resources: readonly StopResource[];
  /** By the flag's name. */
  flags: ReadonlyMap<string, StopFlag>;
  /**
   * Flags whose resource the API server does not have, while the shared state still shows them: it
   * may be away. By the flag's name, and since when the stop was.
   */
  lifted: ReadonlyMap<string, number>;
}

/** What is in force: whatever either side knows, as the resource says where there is one. */
export function stopsInForce({ resources, flags, lifted }: StopSides): Stop[] {
  const byId = new Map<string, Stop>();
  for (const [name, { resource: _, ...stop }] of flags)
    if (lifted.get(name) !== stop.since) byId.set(name.slice(stopPrefix.length), stop);
  for (const resource of resources) byId.set(resource.name, toStop(resource));
  return [...byId.values()];
}

/** Resources that the shared state does not show as they are: a flag's name and what it becomes. */
export const flagsToPublish = ({
  resources,
  flags,
}: Pick<StopSides, 'resources' | 'flags'>): [name: string, flag: StopFlag][] =>
  resources
    .map((resource): [string, StopFlag] => [
      stopPrefix + resource.name,
      { ...toStop(resource), resource: true },
    ])
    .filter(([name, flag]) => !isDeepStrictEqual(flags.get(name), flag));

/** Flags that stand for a resource which is not known here: it may be gone. */
export const flagsWithoutResource = ({
  resources,
  flags,
}: Pick<StopSides, 'resources' | 'flags'>): { name: string; resource: string; since: number }[] =>
  [...flags]
    .filter(([, flag]) => flag.resource)
    .map(([name, { since }]) => ({ name, resource: name.slice(stopPrefix.length), since }))
    .filter(({ resource }) => !resources.some((each) => each.name === resource));

export const toStop = ({ name, createdAt, spec, by }: StopResource): Stop => ({
  id: name,
  scope: toScope(spec.scope),
  reason: spec.reason,
  since: createdAt,
  ...(by ? { by } : {}),
});

/** The resource that says the same. */
export const specOf = (scope: Stop['scope'], reason: string): StopResource['spec'] => ({
  scope,
  reason,
});

/** The schema sees to it that there is exactly one. */
function toScope({
  all,
  namespaces,
  targets,
  selector,
}: StopResource['spec']['scope']): Stop['scope'] {
  if (namespaces) return { namespaces };
  if (targets) return { targets };
  return selector && !all ? { selector } : { all: true };
}

export function countCovered(scope: Stop['scope'], targets: Iterable<Stoppable>): number {
  let count = 0;
  for (const target of targets) if (covers(scope, target)) count += 1;
  return count;
}
