import { type Refusal, refused } from '../../model/refusal.ts';
import type { RelationEntry } from './catalog.ts';
import type { Name } from './names.ts';
import type { ParsedStatement } from './parse.ts';
import type { RoleSettings } from './role-settings.ts';
import { lookupPath } from './trust.ts';

/**
 * Which relations the names of a statement mean: in the search path of the user who ran it; else,
 * or besides, in each schema that has them all. Pure.
 */
export interface Resolved {
  searchPath: string[];
  relations: RelationEntry[];
}

/** What the names of a statement may mean, likeliest first. */
export interface Meanings {
  kind: 'meanings';
  resolved: Resolved[];
  ambiguous: boolean;
  /** Other tables share its Query Identifier. */
  shared: boolean;
}

const mostMeanings = 4;

export function meaningsOf(
  { parsed, user }: { parsed: Pick<ParsedStatement, 'relations'>; user: string },
  settings: ReadonlyMap<string, Pick<RoleSettings, 'searchPath'>>,
  relations: Map<string, RelationEntry[]>,
  idsTellTables: boolean,
): Meanings | Refusal {
  const own = settings.get(user)?.searchPath ?? ['public'];
  const direct = inPath(parsed.relations, lookupPath(own), relations);
  const missing = parsed.relations.find(
    ({ schema, name }) =>
      !(relations.get(name) ?? []).some((entry) => !schema || entry.schema === schema),
  );
  if (missing) return refused('undefined_relation', missing.name);
  const unqualified = new Set(
    parsed.relations.flatMap(({ schema, name }) => (schema ? [] : [name])),
  );
  const schemas = [
    ...new Set(
      [...unqualified].flatMap((name) => (relations.get(name) ?? []).map(({ schema }) => schema)),
    ),
  ].sort();
  const fitting = schemas.flatMap((schema): Resolved[] => {
    if (schema === 'pg_catalog' || schema === 'information_schema') return [];
    const found = inPath(parsed.relations, ['pg_catalog', schema], relations);
    return found && !same(found, direct)
      ? [{ searchPath: [schema, ...own], relations: found }]
      : [];
  });
  const known: Resolved[] = direct ? [{ searchPath: own, relations: direct }] : [];
  if (!direct && fitting.length === 0)
    return refused('ambiguous_schema', 'no schema has all names');
  const ambiguous = !direct && fitting.length > 1;
  if (ambiguous && !idsTellTables)
    return refused(
      'ambiguous_schema',
      fitting
        .slice(0, mostMeanings)
        .map(({ searchPath: [schema] }) => schema)
        .join(', '),
    );
  const shared = !idsTellTables && direct !== undefined && fitting.length > 0;
  const resolved = [...known, ...(idsTellTables || !direct ? fitting : [])].slice(0, mostMeanings);
  return { kind: 'meanings', resolved, ambiguous, shared };
}

const same = (
  found: readonly RelationEntry[],
  direct: readonly RelationEntry[] | undefined,
): boolean => direct?.every(({ oid }, i) => oid === found[i]?.oid) === true;

function inPath(
  names: readonly Name[],
  path: readonly string[],
  relations: Map<string, RelationEntry[]>,
): RelationEntry[] | undefined {
  const found: RelationEntry[] = [];
  for (const { schema, name } of names) {
    const candidates = relations.get(name) ?? [];
    const entry = schema
      ? candidates.find((each) => each.schema === schema)
      : path.map((each) => candidates.find((candidate) => candidate.schema === each)).find(Boolean);
    if (!entry) return undefined;
    found.push(entry);
  }
  return found;
}
