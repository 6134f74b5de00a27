import type { Lossiness } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import {
  type Closure,
  closuresOf,
  openSchemas,
  type RelationEntry,
  relationsNamed,
} from './catalog.ts';
import type { Connection } from './connection.ts';
import { type NameEncoding, nameEncoding, readOtherwise } from './name-encoding.ts';
import type { Name } from './names.ts';
import type { Right } from './needed-rights.ts';
import type { ParsedStatement } from './parse.ts';
import { type RoleSettings, roleSettings } from './role-settings.ts';
import { indexesOf, readTableFacts } from './table-facts.ts';
import { askCatalog } from './transaction.ts';
import {
  byName,
  type DirectVerdict,
  judgeTrust,
  lookupPath,
  rootsOf,
  type TrustFacts,
} from './trust.ts';
import { objectsNamed, operatorSchemas, reachOf } from './trust-catalog.ts';

/**
 * What planning a statement would touch, found out before it is planned: which schema its names
 * mean, whose functions could run, how many locks it takes, whether it would call another server.
 * Gather from the catalog in few queries for many statements, then decide purely. Nothing of a
 * relation is read before the verdict on its locks.
 */
export interface PreflightInput {
  parsed: ParsedStatement;
  user: string;
}

export type PreflightVerdict = Sound | Refusal;

export interface Sound {
  kind: 'sound';
  /**
   * Production's, in which the names were looked up; not for running anything with our rights.
   */
  searchPath: string[];
  /** Whether and how it may be planned with our rights. */
  direct: DirectVerdict;
  /**
   * Why it may not even be planned with the rights of its own role: a name could mean what
   * others put into the path.
   */
  open?: string;
  facts: TableFacts[];
  lossiness: Lossiness[];
  /** Planner settings of the statement's role. */
  planner: Record<string, string>;
  /**
   * The same text over the tables of other schemas, which its role may have put into its path.
   */
  others: PreflightVerdict[];
  /** None of these is likelier than another: the Query Identifier must say which is meant. */
  ambiguous: boolean;
}

export interface PreflightPolicy {
  allowFunctions: readonly string[];
  /** Locks that planning one statement may take. */
  lockLimit: number;
  /** Up to 17 the Query Identifier tells tables of one name in two schemas apart. */
  idsTellTables: boolean;
}

interface Resolved {
  searchPath: string[];
  relations: RelationEntry[];
}

/** What the names of a statement may mean, likeliest first. */
interface Meanings {
  kind: 'meanings';
  resolved: Resolved[];
  ambiguous: boolean;
  /** Other tables share its Query Identifier. */
  shared: boolean;
}

/** A statement that touches nothing it should not; whose code it would run is not known yet. */
interface Passed extends Resolved {
  kind: 'passed';
  /** Relations named like a CTE of the text, in schemas that may come into the closed path. */
  shadowed: RelationEntry[];
}

export async function preflight(
  connection: Connection,
  inputs: readonly PreflightInput[],
  { allowFunctions, lockLimit, idsTellTables }: PreflightPolicy,
  timeout_ms: number,
): Promise<PreflightVerdict[]> {
  const named = allNames(inputs);
  const users = [...new Set(inputs.map(({ user }) => user))];
  const [settings, entries, schemas, open, encoding] = await askCatalog(
    connection,
    [
      roleSettings(users),
      relationsNamed([...named.relations]),
      operatorSchemas(),
      openSchemas(users),
      nameEncoding(),
    ],
    timeout_ms,
  );
  const relations = Map.groupBy(entries, ({ name }) => name);
  const meanings = inputs.map((input) => meaningsOf(input, settings, relations, idsTellTables));
  const places = meanings.flatMap((each, i) =>
    each.kind === 'refused'
      ? []
      : each.resolved.map((found) => ({ ...(inputs[i] as PreflightInput), found, i })),
  );
  const resolved = places.map(({ parsed, found }): Passed => {
    const near = (schema: string) =>
      schema === 'pg_catalog' || (schemas.get(schema)?.usable && found.searchPath.includes(schema));
    const shadowed = parsed.ctes.flatMap((name) =>
      (relations.get(name) ?? []).filter(({ schema }) => near(schema)),
    );
    return { ...found, kind: 'passed', shadowed };
  });
  const oids = [...new Set(resolved.flatMap((each) => entriesOf(each).map(({ oid }) => oid)))];
  const names = {
    schemas: [
      ...new Set(
        resolved.flatMap((each) => lookupPath(each.searchPath)).concat([...named.schemas]),
      ),
    ],
    functions: [...named.identifiers],
    types: [...named.identifiers],
    operators: [...named.operators],
    collations: [...named.collations],
  };
  const [closures, objects] = await askCatalog(
    connection,
    [closuresOf(oids), objectsNamed(names, allowFunctions)],
    timeout_ms,
  );
  const passed = resolved.map(
    (each): Passed | Refusal => touchesTooMuch(each, closures, lockLimit) ?? each,
  );

  const used = [
    ...new Set(passed.flatMap((each) => (each.kind === 'refused' ? [] : entriesOf(each)))),
  ];
  const [reached, indexes] = await askCatalog(
    connection,
    [reachOf(rootsOf(used, objects), allowFunctions), indexesOf(used)],
    timeout_ms,
  );
  const facts = await readTableFacts(connection, used, indexes, timeout_ms);
  const trust = { objects: byName(objects), schemas, reached };
  const verdicts = places.map(({ parsed, user }, k) => {
    const each = passed[k] as Passed | Refusal;
    if (each.kind === 'refused') return each;
    const own = settings.get(user);
    const guessed =
      each.searchPath.length > (own?.searchPath ?? ['public']).length
        ? each.searchPath[0]
        : undefined;
    const into = guessed ?? each.searchPath.find((schema) => open(schema, user));
    return describe(parsed, each, { closures, facts, trust, settings: own, encoding, into });
  });
  const ofInput = Map.groupBy(verdicts.keys(), (k) => places[k]?.i);
  return meanings.map((each, i): PreflightVerdict => {
    if (each.kind === 'refused') return each;
    const [first, ...others] = (ofInput.get(i) ?? []).map((k) => verdicts[k]) as [
      PreflightVerdict,
      ...PreflightVerdict[],
    ];
    if (first.kind === 'refused') return first;
    const lossiness = [
      ...first.lossiness,
      ...(each.shared ? (['shared_fingerprint'] as const) : []),
    ];
    return { ...first, lossiness, others, ambiguous: each.ambiguous };
  });
}

/** Of all statements together, each once. */
function allNames(inputs: readonly PreflightInput[]) {
  const names = {
    relations: new Set<string>(),
    schemas: new Set<string>(),
    identifiers: new Set<string>(),
    operators: new Set<string>(),
    collations: new Set<string>(),
  };
  for (const { parsed } of inputs) {
    for (const { name } of parsed.relations) names.relations.add(name);
    for (const name of parsed.ctes) names.relations.add(name);
    for (const name of parsed.identifiers) names.identifiers.add(name);
    for (const { what, schema, name } of parsed.sites) {
      if (schema) names.schemas.add(schema);
      if (what === 'operator') names.operators.add(name);
      if (what === 'collation') names.collations.add(name);
    }
  }
  return names;
}

const entriesOf = ({ relations, shadowed }: Passed): RelationEntry[] => [
  ...new Set([...relations, ...shadowed]),
];

interface Gathered {
  closures: ReadonlyMap<string, Closure>;
  facts: ReadonlyMap<string, TableFacts>;
  trust: TrustFacts;
  settings: RoleSettings | undefined;
  encoding: NameEncoding;
  /**
   * A schema of the path in which production may not have looked, and others may have put
   * something.
   */
  into: string | undefined;
}

function describe(
  parsed: ParsedStatement,
  passed: Passed,
  { closures, facts, trust, settings, encoding, into }: Gathered,
): PreflightVerdict {
  const { searchPath, relations } = passed;
  const path = lookupPath(searchPath);
  const judged =
    readable(parsed, [...path, ...relations.map(({ schema }) => schema)], encoding) ??
    judgeTrust({ ...passed, parsed, path }, trust);
  const doubt = into === undefined ? undefined : doubtOf(judged);
  const denied = judged.kind === 'trusted' ? missingRight(parsed, passed) : undefined;
  const filtered = relations.some(({ oid }) => closures.get(oid)?.rls);
  return {
    kind: 'sound',
    searchPath,
    direct: denied ? refused('insufficient_privilege', denied) : judged,
    facts: [...new Set(relations)]
      .map(({ oid }) => facts.get(oid))
      .filter((each) => each !== undefined),
    lossiness: [
      ...(filtered ? (['rls_differs'] as const) : []),
      ...(settings?.differs ? (['settings_differ'] as const) : []),
    ],
    planner: settings?.planner ?? {},
    others: [],
    ambiguous: false,
    ...(doubt === undefined
      ? {}
      : { open: `${doubt}, through schema ${into} in the role’s search_path` }),
  };
}

function readable(
  parsed: ParsedStatement,
  schemas: readonly string[],
  encoding: NameEncoding,
): Refusal | undefined {
  const name = readOtherwise(parsed, schemas, encoding);
  if (name === undefined) return undefined;
  return refused(
    'not_explainable_statement',
    `the server may read another name than ${name} (${encoding.encoding})`,
  );
}

/** Where all that the text can mean is trusted, nothing that others put into its path was meant. */
const doubtOf = (judged: DirectVerdict): string | undefined =>
  judged.kind === 'trusted'
    ? (judged.doubts.missing ?? judged.doubts.other)
    : (judged.detail ?? judged.code);

function touchesTooMuch(
  passed: Passed,
  all: ReadonlyMap<string, Closure>,
  lockLimit: number,
): Refusal | undefined {
  const closures = entriesOf(passed).flatMap(({ oid }) => all.get(oid) ?? []);
  const locks = closures.reduce((sum, each) => sum + each.locks, 0);
  if (locks > lockLimit) return refused('too_many_relations', `${locks} locks, limit ${lockLimit}`);
  const remote = closures.find((each) => each.remote)?.remote;
  if (remote) return refused('remote_estimate', remote);
  const awaited = closures.find((each) => each.awaited)?.awaited;
  return awaited
    ? refused('lock_timeout', `someone waits for an exclusive lock on ${awaited}`)
    : undefined;
}

const mostMeanings = 4;

/**
 * Names → relations, in the search path of the user who ran it; else, or besides, in each schema
 * that has them all.
 */
export function meaningsOf(
  { parsed, user }: PreflightInput,
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

/**
 * The first right that planning would miss, of those that the text itself needs; which columns are
 * meant, the server judges.
 */
function missingRight(
  { rights }: ParsedStatement,
  { searchPath, relations }: Resolved,
): string | undefined {
  const closed = relations.find(({ usable }) => !usable);
  if (closed) return `USAGE on schema ${closed.schema}`;
  const named = (entry: RelationEntry, right: Right) =>
    `${right.toUpperCase()} on ${entry.schema}.${entry.name}`;
  const path = lookupPath(searchPath);
  const meant = ({ schema, name }: Name) => {
    const candidates = relations.filter(
      (entry) => entry.name === name && (schema === undefined || entry.schema === schema),
    );
    return candidates.toSorted((a, b) => path.indexOf(a.schema) - path.indexOf(b.schema))[0];
  };
  const written = new Set<RelationEntry>();
  for (const { right, ...name } of rights) {
    const entry = meant(name);
    if (!entry) continue;
    if (right !== 'select') written.add(entry);
    if (!entry.rights[right]) return named(entry, right);
  }
  const unreadable = relations.find((entry) => !written.has(entry) && !entry.rights.select);
  return unreadable && named(unreadable, 'select');
}
