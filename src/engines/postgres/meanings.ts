import { type Refusal, refused } from '../../model/refusal.ts';
import type { RelationEntry } from './catalog.ts';
import type { Name } from './names.ts';
import type { ParsedStatement } from './parse.ts';
import type { Readings } from './readings.ts';
import type { RoleSettings } from './role-settings.ts';
import { lookupPath } from './trust.ts';

/**
 * Which relations the names of a statement mean: in the search path of the user who ran it; else,
 * or besides, in each schema that has them all. Pure.
 */
export interface Resolved {
  searchPath: string[];
  relations: RelationEntry[];
  /** Where other tables may be meant as well, and these are not those of the role's own path. */
  among?: Among;
}

export interface Among {
  schema: string;
  /** Those that the text writes without it. */
  names: string[];
}

/** What the names of a statement may mean, likeliest first. */
export interface Meanings {
  kind: 'meanings';
  resolved: Resolved[];
  /** What is meant where none can be shown to be. */
  fallback?: Resolved;
  /** Other tables share its Query Identifier. */
  shared: boolean;
  /** There are others to be tried the next time. */
  more: boolean;
  /** Its identifier was seen, and the tables are these. */
  found: boolean;
  pass: Pass;
}

/** Each asked about once; then with any types; then what could not be asked before. */
export type Pass = 'first' | 'unlike' | 'barred';

/** What is known of the meaning before: see `readings.ts`. */
export interface Sought {
  /** It was this one. */
  way?: string | undefined;
  /** By which it has its identifier, and by which it has another. Asked for among several. */
  seen(): Seen;
  /** We may not ask about this one of several. */
  bar: (meaning: string) => void;
}

export interface Seen extends Pick<Readings, 'tried' | 'unlike' | 'barred'> {
  found?: string | undefined;
}

/** By its tables as well: a schema of the same name may have been made anew. */
export const meaningOf = ({ searchPath, relations }: Resolved): string =>
  [...searchPath, ...relations.map(({ oid }) => oid)].join();

/** A look; what is left is for the next one. */
const mostMeanings = 4;

export function meaningsOf(
  {
    parsed,
    user,
    sought,
  }: { parsed: Pick<ParsedStatement, 'relations'>; user: string; sought?: Sought },
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
  const others = inOthers(parsed.relations, own, direct, relations);
  const [largest] = others;
  if (!direct && !largest) return refused('ambiguous_schema', 'no schema has all names');
  const byRole: Resolved[] = direct ? [{ searchPath: own, relations: direct }] : [];
  // of an application with a schema for each tenant, the role's own has tables that nobody fills
  const emptyHere = direct && largest && isEmptyBeside(direct, largest.relations);
  const all = emptyHere ? [largest, ...byRole, ...others.slice(1)] : [...byRole, ...others];
  const several = all.length > 1;
  const seen = several ? sought?.seen() : undefined;
  const is = (meaning: string | undefined) => all.find((each) => meaningOf(each) === meaning);
  const found = is(sought?.way) ?? is(seen?.found);
  if (several && !idsTellTables) {
    const { among: _, ...meant } = found ?? readable(all, byRole[0], seen);
    const resolved = [meant];
    return { kind: 'meanings', resolved, fallback: meant, shared: true, ...settled };
  }
  const { untried, pass, left } = found
    ? { untried: [found], ...settled, left: 1 }
    : next(all, seen);
  const more = left > Math.min(untried.length, mostMeanings);
  const ofRole = emptyHere && more ? undefined : byRole[0];
  const fallback = ofRole ?? (several ? undefined : all[0]);
  if (untried.length === 0 && !fallback)
    return refused('ambiguous_schema', `of none of ${all.length} is what was counted`);
  const resolved = untried.slice(0, mostMeanings);
  if (!found && fallback && !resolved.includes(fallback)) resolved.push(fallback);
  return {
    kind: 'meanings',
    resolved,
    ...(fallback ? { fallback } : {}),
    shared: false,
    more,
    found: found !== undefined,
    pass,
  };
}

const settled = { more: false, found: false, pass: 'first' } as const;

/** Whose turn it is, and of how many nothing is known yet. */
function next(all: readonly Resolved[], seen: Seen | undefined) {
  const not = (known: ReadonlySet<string> | undefined) => (each: Resolved) =>
    !known?.has(meaningOf(each));
  const untried = all.filter(not(seen?.tried));
  const open = untried.filter(not(seen?.barred));
  const first = open.filter(not(seen?.unlike));
  const left = open.length;
  if (first.length > 0) return { untried: first, pass: 'first' as const, left };
  if (left > 0) return { untried: open, pass: 'unlike' as const, left };
  return { untried, pass: 'barred' as const, left };
}

/** Where one plan stands for all: the largest that we may read; a role's own tables are its own. */
function readable(
  all: readonly Resolved[],
  own: Resolved | undefined,
  seen: Seen | undefined,
): Resolved {
  const [likeliest] = all as [Resolved, ...Resolved[]];
  if (likeliest === own) return likeliest;
  return all.find((each) => !seen?.barred.has(meaningOf(each))) ?? likeliest;
}

/**
 * In each schema that has some of them, with the role's own path for the others, where that is not
 * what its own path finds. First where more of them are, then the larger.
 */
function inOthers(
  names: readonly Name[],
  own: readonly string[],
  direct: readonly RelationEntry[] | undefined,
  relations: Map<string, RelationEntry[]>,
): Resolved[] {
  const unqualified = new Set(names.flatMap(({ schema, name }) => (schema ? [] : [name])));
  const schemas = [
    ...new Set(
      [...unqualified].flatMap((name) => (relations.get(name) ?? []).map(({ schema }) => schema)),
    ),
  ].sort();
  const fitting = schemas.flatMap((schema) => {
    if (schema === 'pg_catalog' || schema === 'information_schema') return [];
    const searchPath = [schema, ...own];
    const found = inPath(names, lookupPath(searchPath), relations);
    if (!found || same(found, direct)) return [];
    const here = found.filter((each) => each.schema === schema);
    const within = names.flatMap(({ schema: written, name }, i) =>
      !written && found[i]?.schema === schema ? [name] : [],
    );
    const meant = { searchPath, relations: found, among: { schema, names: within } };
    return [{ meant, here: here.length, pages: pagesOf(here) }];
  });
  const several = fitting.length + (direct ? 1 : 0) > 1;
  return fitting
    .sort((one, other) => other.here - one.here || other.pages - one.pages)
    .map(({ meant: { among, ...meant } }) => ({ ...meant, ...(several ? { among } : {}) }));
}

/** Of tables that are others, those of the first are empty, and those of the second are not. */
const isEmptyBeside = (
  direct: readonly RelationEntry[],
  other: readonly RelationEntry[],
): boolean =>
  pagesOf(direct.filter(({ oid }, i) => other[i]?.oid !== oid)) === 0 &&
  pagesOf(other.filter(({ oid }, i) => direct[i]?.oid !== oid)) > 0;

const pagesOf = (relations: readonly RelationEntry[]): number =>
  relations.reduce((sum, { pages }) => sum + pages, 0);

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
