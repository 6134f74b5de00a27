import type { FleetTable } from '../fleet/table.ts';
import { Elsewhere, type FindTarget, type FindUid, NotFound, type TargetName } from './api.ts';

/** Targets that this process can tell of; of others, who can. */
export interface Findable {
  targets(): Iterable<TargetName>;
  table: Pick<FleetTable, 'glance' | 'nameOf'>;
  /** The uid of one that there is, though this process cannot tell of it. */
  elsewhere(name: Omit<TargetName, 'uid'>): string | undefined;
}

export const finder =
  (deps: Findable): FindTarget =>
  (path) => {
    for (const target of deps.targets())
      if (target.namespace === path.namespace && target.name === path.name) return target;
    throw notHere(deps, path);
  };

export const finderOfUid =
  (deps: Findable): FindUid =>
  (uid, { mayRead }) => {
    for (const target of deps.targets())
      if (target.uid === uid && mayRead(target.namespace)) return target;
    const known = deps.table.nameOf(uid);
    throw known && mayRead(known.namespace)
      ? notHere(deps, known)
      : new NotFound(`there is no target ${uid}`);
  };

function notHere({ table, elsewhere }: Findable, name: Omit<TargetName, 'uid'>): NotFound {
  const label = `${name.namespace}/${name.name}`;
  const uid = elsewhere(name);
  if (uid === undefined) return new NotFound(`there is no target ${label}`);
  return new Elsewhere(label, table.glance(uid)?.owner);
}
