import type { StopPreviewAnswer } from '../http/answers/stops.ts';
import type { StopScope } from '../model/stop.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { covers, type Stoppable } from '../safety/emergency-stop.ts';

/** What a stop would do, of what somebody may read. Pure. */
const mostNames = 100;

export function previewOf(
  scope: StopScope,
  mayRead: (namespace: string) => boolean,
  { targets, busy }: { targets: Iterable<Stoppable>; busy: Iterable<Stoppable> },
): StopPreviewAnswer {
  const isMeant = (each: Stoppable) => mayRead(each.namespace) && covers(scope, each);
  const found = Iterator.from(targets).filter(isMeant).toArray();
  const namespaces = new Map<string, number>();
  for (const { namespace } of found)
    namespaces.set(namespace, (namespaces.get(namespace) ?? 0) + 1);
  return {
    targets: found.length,
    running: Iterator.from(busy).filter(isMeant).toArray().length,
    namespaces: Object.fromEntries(namespaces),
    names: found.map(targetLabel).sort().slice(0, mostNames),
  };
}
