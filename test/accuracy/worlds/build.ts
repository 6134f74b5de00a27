import type { EngineName } from '../../../src/model/engine-name.ts';
import type { Case, World } from '../case.ts';
import { buildRoles } from './build-roles.ts';
import { buildTables, buildView } from './build-tables.ts';
import type { Kind } from './cases.ts';
import { dialect } from './dialect.ts';
import type { WorldSpec } from './spec.ts';
import { loadTables } from './table.ts';

/** A world of its description, with the kinds of defects and controls that are sought in it. */
export function world(spec: WorldSpec, ...kinds: Kind[]): World {
  const cases = (engine: EngineName): Case[] => {
    const roles = buildRoles(dialect(engine), spec);
    return kinds.flatMap((kind) => kind(roles));
  };
  return {
    name: spec.name,
    heldOut: spec.heldOut,
    load: (engine) => {
      const d = dialect(engine);
      return [...loadTables(d, buildTables(d, spec)), buildView(d, spec)];
    },
    cases,
  };
}
