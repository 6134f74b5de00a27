import { dialectOf } from '../dialects/index.ts';
import type { GrantsWanted } from '../http/routes/grants.ts';
import type { Ports } from './ports.ts';

/** undefined: the engine has no such way to explain. */
export function grantsSql(
  engines: Ports['engines'],
  { engine, via, role, database = 'postgres', schemas, roles }: GrantsWanted,
): string | undefined {
  const { spec, defaultSchemas } = dialectOf(engine);
  const ways: readonly string[] = spec.explainVia;
  if (!ways.includes(via)) return undefined;
  return engines[engine].prerequisitesSql({
    role,
    database,
    schemas: schemas.length ? [...schemas] : defaultSchemas,
    via,
    roles: [...roles],
  });
}
