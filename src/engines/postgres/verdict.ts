import type { Lossiness } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { RelationEntry } from './catalog.ts';
import type { Closure, Closures } from './closures.ts';
import { type Among, meaningOf, type Pass, type Resolved } from './meanings.ts';
import { type NameEncoding, readOtherwise } from './name-encoding.ts';
import type { Name } from './names.ts';
import type { Right } from './needed-rights.ts';
import type { ParsedStatement } from './parse.ts';
import type { RoleSettings } from './role-settings.ts';
import { type DirectVerdict, judgeTrust, lookupPath, type TrustFacts } from './trust.ts';

/**
 * What was gathered about what planning a statement would touch → whether it may be planned, and
 * what is known of it then. Pure.
 */
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
  schemas: readonly string[];
  lossiness: Lossiness[];
  /** Planner settings of the statement's role. */
  planner: Record<string, string>;
  /**
   * The same text over the tables of other schemas, which its role may have put into its path.
   */
  others: Sound[];
  /** The meaning that counts where none is shown to be; absent: the Query Identifier must say. */
  fallback?: string;
  /** There are meanings that are not among these. */
  more: boolean;
  /** Its names may mean other tables. */
  several: boolean;
  /** See `Meanings`. */
  found: boolean;
  pass: Pass;
  /** See `meaningOf`. */
  meaning: string;
  /** Why one of the meanings may not be planned. */
  barred?: Refusal;
  /** The same of the meaning that counts where none is shown to be. */
  ofOwn?: Refusal;
  /** See `Resolved`. */
  among?: Among;
}

/** A statement that touches nothing it should not; whose code it would run is not known yet. */
export interface Passed extends Resolved {
  kind: 'passed';
  /** Relations named like a CTE of the text, in schemas that may come into the closed path. */
  shadowed: RelationEntry[];
}

export const entriesOf = ({ relations, shadowed }: Passed): RelationEntry[] => [
  ...new Set([...relations, ...shadowed]),
];

export interface Gathered {
  closures: Closures;
  facts: TableFacts[];
  trust: TrustFacts;
  settings: RoleSettings | undefined;
  encoding: NameEncoding;
  /**
   * A schema of the path in which production may not have looked, and others may have put
   * something.
   */
  into: string | undefined;
}

export function verdictOf(
  parsed: ParsedStatement,
  passed: Passed,
  { closures, facts, trust, settings, encoding, into }: Gathered,
): PreflightVerdict {
  const { searchPath, relations, among } = passed;
  const path = lookupPath(searchPath);
  const judged =
    readable(parsed, [...path, ...relations.map(({ schema }) => schema)], encoding) ??
    judgeTrust({ ...passed, parsed, path }, trust);
  const doubt = into === undefined ? undefined : doubtOf(judged);
  const denied = judged.kind === 'trusted' ? missingRight(parsed, passed) : undefined;
  const filtered = relations.some(({ oid }) => closures.relations.get(oid)?.rls);
  return {
    kind: 'sound',
    searchPath,
    direct: denied ? refused('insufficient_privilege', denied) : judged,
    facts,
    schemas: [...new Set(relations.map(({ schema }) => schema))],
    lossiness: [
      ...(filtered ? (['rls_differs'] as const) : []),
      ...(settings?.differs ? (['settings_differ'] as const) : []),
    ],
    planner: settings?.planner ?? {},
    others: [],
    more: false,
    several: false,
    found: false,
    pass: 'first',
    meaning: meaningOf(passed),
    ...(among ? { among } : {}),
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

/** Of its relations, and of what its names may call where they are looked for. */
export function closuresTouched(
  passed: Passed,
  { identifiers, sites }: ParsedStatement,
  { relations, functions }: Closures,
): Closure[] {
  const schemas = sites.flatMap(({ schema }) => schema ?? []);
  const within = new Set([...lookupPath(passed.searchPath), ...identifiers, ...schemas]);
  const operators = sites.flatMap(({ what, name }) => (what === 'operator' ? [name] : []));
  const called = new Set([...identifiers, ...operators]);
  return [
    ...entriesOf(passed).flatMap(({ oid }) => relations.get(oid) ?? []),
    ...[...called].flatMap((name) =>
      (functions.get(name) ?? []).filter(({ schema }) => within.has(schema)),
    ),
  ];
}

export function touchesTooMuch(
  closures: readonly Closure[],
  lockLimit: number,
): Refusal | undefined {
  const locks = closures.reduce((sum, each) => sum + each.locks, 0);
  if (locks > lockLimit)
    return refused('too_many_relations', `at least ${locks} locks, limit ${lockLimit}`);
  const remote = closures.find((each) => each.remote)?.remote;
  if (remote) return refused('remote_estimate', remote);
  const awaited = closures.find((each) => each.awaited)?.awaited;
  return awaited
    ? refused('lock_timeout', `someone has, or waits for, an exclusive lock on ${awaited}`)
    : undefined;
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
