import type { Stop } from '../model/stop.ts';
import type { Caller } from './caller.ts';

/** Names of what they may not read are left out; of a stop that names nothing else, all of it. */
export function stopsShownTo(caller: Caller, all: readonly Stop[]): Stop[] {
  return all.flatMap((stop): Stop[] => {
    const { scope } = stop;
    if ('namespaces' in scope) {
      const namespaces = scope.namespaces.filter(caller.mayRead);
      return namespaces.length ? [{ ...stop, scope: { namespaces } }] : [];
    }
    if ('targets' in scope) {
      const targets = scope.targets.filter((each) => caller.mayRead(each.split('/')[0] ?? ''));
      return targets.length ? [{ ...stop, scope: { targets } }] : [];
    }
    return [stop];
  });
}
