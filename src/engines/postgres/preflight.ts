import type { Code } from '../../base/codes.ts';
import type { Lossiness } from '../../plans/plan.ts';
import type { TableFacts } from '../../plans/statistics.ts';
import {
  type Closure,
  closuresOf,
  type RelationEntry,
  relationsNamed,
  type SuspectName,
  searchPaths,
  suspectsNamed,
  tableFactsOf,
} from './catalog.ts';
import type { Connection } from './connection.ts';
import type { Name, ParsedStatement } from './parse.ts';
import { askCatalog } from './transaction.ts';

/**
 * What planning a statement would touch, found out before it is planned: which schema its names mean, whose functions could run, how many
 * locks it takes, whether it would call another server. Gather from the catalog in few queries for many statements, then decide purely.
 */
export interface PreflightInput {
  parsed: ParsedStatement;
  user: string;
}

export type PreflightVerdict =
  | { ok: true; searchPath: string[]; facts: TableFacts[]; lossiness: Lossiness[] }
  | { ok: false; code: Code; detail?: string };

export interface PreflightPolicy {
  allowFunctions: readonly string[];
  /** Locks that planning one statement may take. */
  lockLimit: number;
}

interface Gathered {
  paths: Map<string, string[]>;
  relations: Map<string, RelationEntry[]>;
  suspects: SuspectName[];
  closures: Map<string, Closure>;
  facts: Map<string, TableFacts>;
}

interface Resolved {
  searchPath: string[];
  relations: RelationEntry[];
}

export async function preflight(
  connection: Connection,
  inputs: readonly PreflightInput[],
  policy: PreflightPolicy,
  timeout_ms: number,
): Promise<PreflightVerdict[]> {
  const unique = (names: (parsed: ParsedStatement) => readonly Name[]) => [
    ...new Set(inputs.flatMap(({ parsed }) => names(parsed).map(({ name }) => name))),
  ];
  const names = {
    functions: unique(({ functions }) => functions),
    operators: unique(({ operators }) => operators),
    types: unique(({ types }) => types),
  };
  const [paths, entries, suspects] = await askCatalog(
    connection,
    [
      searchPaths([...new Set(inputs.map(({ user }) => user))]),
      relationsNamed(unique(({ relations }) => relations)),
      suspectsNamed(names, policy.allowFunctions),
    ],
    timeout_ms,
  );
  const relations = Map.groupBy(entries, ({ name }) => name);
  const resolved = inputs.map((input) => resolveRelations(input, paths, relations));
  const used = [...new Set(resolved.flatMap((each) => ('code' in each ? [] : each.relations)))];
  const types = suspects.filter(({ what }) => what === 'type').map((suspect) => suspect.function);
  const oids = used.map(({ oid }) => oid);
  const [closures, facts] = await askCatalog(connection, [closuresOf(oids, types, policy.allowFunctions), tableFactsOf(used)], timeout_ms);
  return inputs.map((input, i) =>
    judge(input, resolved[i] as ReturnType<typeof resolveRelations>, { paths, relations, suspects, closures, facts }, policy),
  );
}

/** Names → relations, in the search path of the user who ran it; else in the one schema that has them all. */
export function resolveRelations(
  { parsed, user }: PreflightInput,
  paths: Map<string, string[]>,
  relations: Map<string, RelationEntry[]>,
): Resolved | { code: Code; detail?: string } {
  const own = paths.get(user) ?? ['public'];
  const direct = inPath(parsed.relations, ['pg_catalog', ...own], relations);
  if (direct) return { searchPath: own, relations: direct };
  const missing = parsed.relations.find(
    ({ schema, name }) => !(relations.get(name) ?? []).some((entry) => !schema || entry.schema === schema),
  );
  if (missing) return { code: 'undefined_relation', detail: missing.name };
  const schemas = [...new Set([...relations.values()].flat().map(({ schema }) => schema))].filter(
    (schema) => schema !== 'pg_catalog' && schema !== 'information_schema',
  );
  const fitting = schemas.filter((schema) => inPath(parsed.relations, ['pg_catalog', schema], relations));
  const [only, ...others] = fitting;
  if (!only || others.length) return { code: 'ambiguous_schema', detail: fitting.slice(0, 4).join(', ') || 'no schema has all names' };
  return { searchPath: [only, ...own], relations: inPath(parsed.relations, ['pg_catalog', only], relations) ?? [] };
}

function inPath(names: readonly Name[], path: readonly string[], relations: Map<string, RelationEntry[]>): RelationEntry[] | undefined {
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

function judge(
  { parsed }: PreflightInput,
  resolved: Resolved | { code: Code; detail?: string },
  gathered: Gathered,
  policy: PreflightPolicy,
): PreflightVerdict {
  if ('code' in resolved) return { ok: false, ...resolved };
  const closures = resolved.relations.map(({ oid }) => gathered.closures.get(oid)).filter((each) => each !== undefined);
  const remote = closures.find(({ remote }) => remote)?.remote;
  if (remote) return { ok: false, code: 'remote_estimate', detail: remote };
  const untrusted = closures.find(({ untrusted }) => untrusted)?.untrusted ?? suspectFunction(parsed, resolved.searchPath, gathered);
  if (untrusted) return { ok: false, code: 'untrusted_function', detail: untrusted };
  const denied = missingRight(parsed, resolved.relations);
  if (denied) return { ok: false, code: 'insufficient_privilege', detail: denied };
  const locks = closures.reduce((sum, each) => sum + each.locks, 0);
  if (locks > policy.lockLimit) return { ok: false, code: 'too_many_relations', detail: `${locks} locks, limit ${policy.lockLimit}` };
  const awaited = closures.find(({ awaited }) => awaited)?.awaited;
  if (awaited) return { ok: false, code: 'lock_timeout', detail: `someone waits for an exclusive lock on ${awaited}` };
  const facts = [...new Set(resolved.relations)].map(({ oid }) => gathered.facts.get(oid)).filter((each) => each !== undefined);
  return { ok: true, searchPath: resolved.searchPath, facts, lossiness: closures.some(({ rls }) => rls) ? ['rls_differs'] : [] };
}

/** A function or operator that the text could mean, by its name and the search path; overloads are not told apart, on purpose. */
function suspectFunction(parsed: ParsedStatement, searchPath: readonly string[], { suspects, closures }: Gathered): string | undefined {
  const meant = (names: readonly Name[], suspect: SuspectName) =>
    names.some(({ schema, name }) => name === suspect.name && (schema ? schema === suspect.schema : searchPath.includes(suspect.schema)));
  for (const suspect of suspects) {
    if (suspect.what === 'function' && meant(parsed.functions, suspect)) return suspect.function;
    if (suspect.what === 'operator' && meant(parsed.operators, suspect)) return suspect.function;
    if (suspect.what === 'type' && meant(parsed.types, suspect)) {
      const untrusted = closures.get(suspect.function)?.untrusted;
      if (untrusted) return untrusted;
    }
  }
  return undefined;
}

function missingRight({ shape }: ParsedStatement, relations: readonly RelationEntry[]): string | undefined {
  const closed = relations.find(({ usable }) => !usable);
  if (closed) return `USAGE on schema ${closed.schema}`;
  const right = shape.kind === 'insert' || shape.kind === 'update' || shape.kind === 'delete' ? shape.kind : 'select';
  const [first, ...rest] = relations;
  const named = (entry: RelationEntry, wanted: keyof RelationEntry['rights']) => `${wanted.toUpperCase()} on ${entry.schema}.${entry.name}`;
  // The statement's own table comes first in the tree of INSERT, UPDATE and DELETE.
  if (first && !first.rights[right]) return named(first, right);
  const unreadable = rest.find(({ rights }) => !rights.select);
  return unreadable && named(unreadable, 'select');
}
