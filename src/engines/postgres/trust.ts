import { type Refusal, refused } from '../../model/refusal.ts';
import type { RelationEntry } from './catalog.ts';
import { executingBuiltins } from './executing-builtins.ts';
import type { Name, Site } from './names.ts';
import type { ParsedStatement } from './parse.ts';
import type { Reached, TrustRoot } from './reach.ts';
import type { NamedObject, OperatorSchema } from './trust-catalog.ts';

/**
 * Planning with our own rights: whether a statement's text may be sent, in which search path, and
 * what is to be written before its names. The path holds pg_catalog, then schemas whose operators
 * run nothing of an untrusted owner and which have no untrusted function by any name in the text.
 * All else that the text means is looked up in production's path and qualified. So what the server
 * finds is what was checked, and what was not checked it cannot find.
 */
export type DirectVerdict = TrustedNames | Refusal;

export interface TrustedNames {
  kind: 'trusted';
  searchPath: string[];
  schemas: (string | undefined)[];
  doubts: Doubts;
  /** Planning may run code that is no built-in’s: it may leave something behind in the session. */
  runs?: boolean;
}

/** Untrusted objects that production may have meant, and that we do not find. */
export interface Doubts {
  /** Should the server find nothing, it was this. */
  missing?: string;
  /** Should it find something else, production's plan runs this. */
  other?: string;
}

/** What was read of one database. */
export interface TrustFacts {
  objects: ObjectsByName;
  /** Those with operators. */
  schemas: ReadonlyMap<string, OperatorSchema>;
  /** By root. */
  reached: ReadonlyMap<string, Reached>;
}

/** By what they are, then by name. */
export type ObjectsByName = ReadonlyMap<
  NamedObject['what'],
  ReadonlyMap<string, readonly NamedObject[]>
>;

export const byName = (objects: readonly NamedObject[]): ObjectsByName =>
  new Map(
    [...Map.groupBy(objects, ({ what }) => what)].map(([what, group]) => [
      what,
      Map.groupBy(group, ({ name }) => name),
    ]),
  );

const nothing: readonly NamedObject[] = [];
const rootOf = (object: NamedObject) => `${object.what} ${labelOf(object)}`;
export const relationRoot = ({ oid }: Pick<RelationEntry, 'oid'>) => `relation ${oid}`;

const classes = { function: 'pg_proc', operator: 'pg_operator', type: 'pg_type' } as const;

export const rootsOf = (
  relations: readonly Pick<RelationEntry, 'oid'>[],
  objects: readonly NamedObject[],
): TrustRoot[] => [
  ...relations.map(
    ({ oid }): TrustRoot => ({ root: relationRoot({ oid }), class: 'pg_class', oid }),
  ),
  ...objects.flatMap((each) => {
    const { what } = each;
    if (what === 'collation' || !each.trusted) return [];
    return each.oids.map((oid): TrustRoot => ({ root: rootOf(each), class: classes[what], oid }));
  }),
];

/** As the server looks names up: pg_catalog first, unless the path names it. */
export const lookupPath = (searchPath: readonly string[]): string[] =>
  searchPath.includes('pg_catalog') ? [...searchPath] : ['pg_catalog', ...searchPath];

interface Judged {
  parsed: ParsedStatement;
  /** Production's, with pg_catalog. */
  path: readonly string[];
  /** One an entry of `parsed.relations`. */
  relations: readonly RelationEntry[];
  /** Named like a CTE of the text, where the closed path could find them. */
  shadowed: readonly RelationEntry[];
}

export function judgeTrust(judged: Judged, facts: TrustFacts): DirectVerdict {
  const { parsed, path, relations, shadowed } = judged;
  const refuse = (detail: string) => refused('untrusted_function', detail);
  const untrusted = (root: string) => facts.reached.get(root)?.untrusted;
  const named = (what: NamedObject['what'], name: string) =>
    facts.objects.get(what)?.get(name) ?? nothing;

  const tainted = untrusted('server');
  if (tainted) return refuse(tainted);
  const executing = parsed.identifiers.find((name) => executingBuiltins.has(name));
  if (executing) return refuse(`pg_catalog.${executing}`);
  const behind = [...relations, ...shadowed]
    .map((entry) => untrusted(relationRoot(entry)))
    .find(Boolean);
  if (behind) return refuse(behind);

  const called = parsed.identifiers.flatMap((name) => named('function', name));
  const interpreted = isInterpreted(judged, called, named, facts);
  const searchPath = closedPath(judged, called, interpreted, facts);
  const runs =
    interpreted || searchPath.some((each) => facts.reached.get(`schema ${each}`)?.interpreted);
  // `(x).name` calls a function or casts to a type, where the name is found in the path.
  const callable = [...called, ...parsed.identifiers.flatMap((name) => named('type', name))];
  const inside = callable
    .filter(({ schema }) => searchPath.includes(schema))
    .map((each) => untrusted(rootOf(each)))
    .find(Boolean);
  if (inside) return refuse(inside);

  const missing = leftOut(path, searchPath, callable, facts);
  const doubts: Doubts = missing ? { missing } : {};
  const schemas: (string | undefined)[] = [];
  const relationSchemas = new Map(
    parsed.relations.map((name, i) => [keyOf(name), relations[i]?.schema]),
  );
  for (const site of parsed.sites) {
    const meant =
      site.what === 'relation'
        ? relationMeant(site, relationSchemas)
        : objectMeant(site, path, searchPath, named);
    if ('untrusted' in meant) return refuse(meant.untrusted);
    const reached = meant.object && untrusted(rootOf(meant.object));
    if (reached) return refuse(reached);
    if (meant.doubt) doubts.other = doubts.missing = meant.doubt;
    schemas.push(meant.schema);
  }
  return { kind: 'trusted', searchPath, schemas, doubts, ...(runs ? { runs } : {}) };
}

type Named = (what: NamedObject['what'], name: string) => readonly NamedObject[];

/**
 * pg_catalog, and of production's path the schemas with operators in which nothing untrusted can be
 * found. One that others may write to, too, comes in where no function of theirs has a name that is
 * in the text, and where nothing that is reached looks up names of its own: all is in C.
 */
function closedPath(
  { path }: Judged,
  called: readonly NamedObject[],
  interpreted: boolean,
  { schemas, reached }: TrustFacts,
): string[] {
  const isClosed = (schema: string): boolean => {
    const facts = schemas.get(schema);
    const operators = reached.get(`schema ${schema}`);
    if (!facts?.usable || operators?.untrusted) return false;
    if (facts.closed) return true;
    return (
      !interpreted &&
      !operators?.interpreted &&
      !called.some((each) => each.schema === schema && !each.trusted)
    );
  };
  return ['pg_catalog', ...path.filter(isClosed)];
}

/** Something that is reached by the text’s own names looks up names of its own. */
function isInterpreted(
  { parsed, relations }: Judged,
  called: readonly NamedObject[],
  named: Named,
  { reached }: TrustFacts,
): boolean {
  const meant = parsed.sites.flatMap(({ what, name }) =>
    what === 'relation' ? [] : named(what, name),
  );
  const roots = ['server', ...relations.map(relationRoot), ...[...called, ...meant].map(rootOf)];
  return roots.some((root) => reached.get(root)?.interpreted);
}

/**
 * What production may have found, where we find nothing: a function or type by the name of what is
 * no column, or what keeps a schema out of our path.
 */
function leftOut(
  path: readonly string[],
  closed: readonly string[],
  callable: readonly NamedObject[],
  { schemas, reached }: TrustFacts,
): string | undefined {
  const hidden = callable.find(
    (each) => path.includes(each.schema) && (!each.trusted || reached.get(rootOf(each))?.untrusted),
  );
  if (hidden) return hidden.trusted ? reached.get(rootOf(hidden))?.untrusted : labelOf(hidden);
  const left = path.find((schema) => schemas.get(schema)?.usable && !closed.includes(schema));
  return left && (reached.get(`schema ${left}`)?.untrusted ?? `schema ${left}`);
}

const keyOf = ({ schema, name }: Name) => JSON.stringify([schema, name]);
const labelOf = ({ schema, name }: Required<Name>) => `${schema}.${name}`;

interface Meant {
  /** To be written before the name. */
  schema?: string;
  /** What the name means, where it is not the server's own. */
  object?: NamedObject;
  doubt?: string;
}

function relationMeant(site: Site, schemas: ReadonlyMap<string, string | undefined>): Meant {
  const schema = schemas.get(keyOf(site));
  return site.schema || !schema || schema === 'pg_catalog' ? {} : { schema };
}

function objectMeant(
  site: Site,
  path: readonly string[],
  closed: readonly string[],
  named: Named,
): Meant | { untrusted: string } {
  const what = site.what as NamedObject['what'];
  const all = named(what, site.name);
  if (site.schema) {
    const object = all.find(({ schema }) => schema === site.schema);
    if (!object && what === 'function')
      return asType(
        named('type', site.name).find(({ schema }) => schema === site.schema),
        true,
      );
    if (object && !object.trusted) return { untrusted: labelOf(object) };
    return object ? { object } : {};
  }
  const inPath = path.flatMap((schema) => all.filter((each) => each.schema === schema));
  const [first] = inPath;
  if (!first) {
    if (what !== 'function') return {};
    const types = named('type', site.name);
    return asType(
      path.map((schema) => types.find((each) => each.schema === schema)).find(Boolean),
      false,
    );
  }
  if (what === 'type' || what === 'collation') return asType(first, false);
  const trusted = inPath.filter((each) => each.trusted);
  const untrusted = inPath.find((each) => !each.trusted);
  if (untrusted && trusted.length === 0) return { untrusted: labelOf(untrusted) };
  const doubt = untrusted ? { doubt: labelOf(untrusted) } : {};
  const [chosen] = trusted as [NamedObject];
  const found = trusted.find(({ schema }) => closed.includes(schema));
  if (chosen.schema === 'pg_catalog' || found === chosen) return doubt;
  // Ours has it, but not where production finds it first: what is found by both is left to the
  // comparison of identifiers.
  if (what === 'operator' && (found || hasPrecedence.test(site.name) || site.at === undefined))
    return doubt;
  if (found && found.schema !== 'pg_catalog') return doubt;
  return { schema: chosen.schema, object: chosen, ...doubt };
}

const asType = (object: NamedObject | undefined, qualified: boolean): Meant => {
  if (!object) return {};
  return object.schema === 'pg_catalog' || qualified
    ? { object }
    : { object, schema: object.schema };
};

/** Operators that bind otherwise than OPERATOR(schema.name) would. */
const hasPrecedence = /^(?:[-+*/%^<>=]|<=|>=|<>|!=)$/;
