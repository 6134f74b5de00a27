import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { areAll, largestRelationsNamed, openSchemas, relationsNamed } from './catalog.ts';
import { closuresOf } from './closures.ts';
import type { Connection } from './connection.ts';
import type { FactsMemory } from './facts-memory.ts';
import { tablesSpokenOf } from './facts-wanted.ts';
import { inTime, type Patience } from './in-time.ts';
import { type Meanings, meaningOf, meaningsOf, type Resolved, type Sought } from './meanings.ts';
import { nameEncoding } from './name-encoding.ts';
import type { ParsedStatement } from './parse.ts';
import { reachOf } from './reach.ts';
import { stillSought } from './readings.ts';
import { roleSettings } from './role-settings.ts';
import { learnFacts } from './table-facts.ts';
import { askCatalog } from './transaction.ts';
import { byName, lookupPath, rootsOf } from './trust.ts';
import { objectsNamed, operatorSchemas } from './trust-catalog.ts';
import {
  closuresTouched,
  entriesOf,
  type Passed,
  type PreflightVerdict,
  touchesTooMuch,
  verdictOf,
} from './verdict.ts';

/**
 * What planning a statement would touch, found out before it is planned: which schema its names
 * mean, whose functions could run, how many locks it takes, whether it would call another server.
 * Gather from the catalog in few queries for many statements, then decide purely. Nothing of a
 * relation is read before the verdict on its locks.
 */
export interface PreflightInput {
  parsed: ParsedStatement;
  user: string;
  sought?: Sought;
}

export interface PreflightPolicy {
  allowFunctions: readonly string[];
  /** Locks that planning one statement may take. */
  lockLimit: number;
  /** Up to 17 the Query Identifier tells tables of one name in two schemas apart. */
  idsTellTables: boolean;
  facts: FactsMemory;
  patience: Patience;
}

export async function preflight(
  worker: () => Promise<Connection>,
  inputs: readonly PreflightInput[],
  policy: PreflightPolicy,
  timeout_ms: number,
): Promise<PreflightVerdict[]> {
  const looked = await lookUp(await worker(), inputs, allNames(inputs), timeout_ms);
  return inTime(inputs, policy.patience, async (some) =>
    verdictsOn(await worker(), some, looked, policy, timeout_ms),
  );
}

async function verdictsOn(
  connection: Connection,
  inputs: readonly PreflightInput[],
  looked: LookedUp,
  policy: PreflightPolicy,
  timeout_ms: number,
): Promise<PreflightVerdict[]> {
  const named = allNames(inputs);
  const meanings = inputs.map((input) =>
    meaningsOf(input, looked.settings, looked.relations, policy.idsTellTables),
  );
  const places = placesOf(inputs, meanings, looked);
  const names = namesFor(named, places);
  const oids = [...new Set(places.flatMap(({ found }) => entriesOf(found).map(({ oid }) => oid)))];
  const [closures, objects] = await askCatalog(
    connection,
    [closuresOf(oids, names, policy.lockLimit), objectsNamed(names, policy.allowFunctions)],
    timeout_ms,
  );
  const passed = places.map(
    ({ found, parsed }): Passed | Refusal =>
      touchesTooMuch(closuresTouched(found, parsed, closures), policy.lockLimit) ?? found,
  );
  const used = [
    ...new Set(passed.flatMap((each) => (each.kind === 'refused' ? [] : entriesOf(each)))),
  ];
  const whole = [...closures.relations].filter(([, { locks }]) => locks <= policy.lockLimit);
  policy.facts.noticed(new Map(whole.map(([oid, { mark }]) => [oid, mark])));
  const wanted = places.flatMap(({ parsed }, k) => {
    const each = passed[k];
    return each?.kind === 'passed' ? tablesSpokenOf(parsed, each.relations) : [];
  });
  const roots = reachOf(rootsOf(used, objects), policy.allowFunctions);
  const [[reached]] = await Promise.all([
    askCatalog(connection, [roots], timeout_ms),
    learnFacts(connection, policy.facts, wanted, timeout_ms),
  ]);
  const trust = { objects: byName(objects), schemas: looked.schemas, reached };
  const verdicts = places.map(({ parsed, user }, k) => {
    const each = passed[k] as Passed | Refusal;
    if (each.kind === 'refused') return each;
    const settings = looked.settings.get(user);
    const into = openSchemaOf(each, user, looked);
    const { encoding } = looked;
    const facts = factsOf(each, policy.facts);
    return verdictOf(parsed, each, { closures, facts, trust, settings, encoding, into });
  });
  const ofInput = Map.groupBy(verdicts.keys(), (k) => places[k]?.i);
  return meanings.map((each, i) =>
    each.kind === 'refused'
      ? each
      : together(
          each,
          inputs[i] as PreflightInput,
          (ofInput.get(i) ?? []).map((k) => verdicts[k] as PreflightVerdict),
          policy,
        ),
  );
}

/** Of the tables that the text names. */
const factsOf = ({ relations }: Passed, memory: FactsMemory): TableFacts[] =>
  [...new Set(relations)].flatMap((relation) => memory.get(relation) ?? []);

/** What is asked first: it does not depend on what the names mean. */
async function lookUp(
  connection: Connection,
  inputs: readonly PreflightInput[],
  { relations: names, schemas: within }: Pick<ReturnType<typeof allNames>, 'relations' | 'schemas'>,
  timeout_ms: number,
) {
  const users = [...new Set(inputs.map(({ user }) => user))];
  const [settings, entries, schemas, open, encoding] = await askCatalog(
    connection,
    [
      roleSettings(users),
      relationsNamed([...names]),
      operatorSchemas(),
      openSchemas(users),
      nameEncoding(),
    ],
    timeout_ms,
  );
  const [largest] = areAll(entries)
    ? [entries]
    : await askCatalog(
        connection,
        [largestRelationsNamed([...names], [...within], users)],
        timeout_ms,
      );
  const relations = Map.groupBy(largest, ({ name }) => name);
  return { settings, relations, schemas, open, encoding };
}

type LookedUp = Awaited<ReturnType<typeof lookUp>>;

/** One meaning of one of the inputs. */
interface Place extends PreflightInput {
  found: Passed;
  /** Which input. */
  i: number;
}

function placesOf(
  inputs: readonly PreflightInput[],
  meanings: readonly (Meanings | Refusal)[],
  { relations, schemas }: LookedUp,
): Place[] {
  const shadowedIn = ({ ctes }: ParsedStatement, searchPath: readonly string[]) => {
    const near = (schema: string) =>
      schema === 'pg_catalog' || (schemas.get(schema)?.usable && searchPath.includes(schema));
    return ctes.flatMap((name) => (relations.get(name) ?? []).filter(({ schema }) => near(schema)));
  };
  return meanings.flatMap((each, i): Place[] => {
    if (each.kind === 'refused') return [];
    const input = inputs[i] as PreflightInput;
    return each.resolved.map((found) => {
      const shadowed = shadowedIn(input.parsed, found.searchPath);
      return { ...input, found: { ...found, kind: 'passed', shadowed }, i };
    });
  });
}

/** Objects that the texts name, in the schemas in which they are looked for. */
function namesFor(named: ReturnType<typeof allNames>, places: readonly Place[]) {
  const paths = places.flatMap(({ found }) => lookupPath(found.searchPath));
  return {
    schemas: [...new Set([...paths, ...named.schemas])],
    functions: [...named.identifiers],
    types: [...named.identifiers],
    operators: [...named.operators],
    collations: [...named.collations],
  };
}

/**
 * A schema of the path in which production may not have looked, and others may have put something.
 */
function openSchemaOf(
  { searchPath }: Passed,
  user: string,
  { settings, open }: LookedUp,
): string | undefined {
  const own = settings.get(user)?.searchPath ?? ['public'];
  const guessed = searchPath.length > own.length ? searchPath[0] : undefined;
  return guessed ?? searchPath.find((schema) => open(schema, user));
}

/**
 * The verdicts on all meanings of a statement, the likeliest first. What may not be planned over
 * the tables of one schema may be over those of the next.
 */
function together(
  { shared, fallback, more, found, pass, resolved }: Meanings,
  { sought, parsed }: PreflightInput,
  verdicts: readonly PreflightVerdict[],
  { idsTellTables }: PreflightPolicy,
): PreflightVerdict {
  const [first, ...others] = verdicts.filter((each) => each.kind === 'sound');
  const barred = verdicts.find((each) => each.kind === 'refused');
  const several = shared || more || resolved.length > 1;
  for (const [i, each] of several ? verdicts.entries() : [])
    if (each.kind === 'refused') sought?.bar(meaningOf(resolved[i] as Resolved));
  const own = fallback && verdicts[resolved.indexOf(fallback)];
  const ofOwn = own?.kind === 'refused' ? own : undefined;
  if (!first) return ofOwn ?? (more ? stillSought : (barred ?? refused('internal')));
  const ofOthers = shared || (!idsTellTables && mayBeTemporary(parsed, resolved));
  const lossiness = [...first.lossiness, ...(ofOthers ? (['shared_fingerprint'] as const) : [])];
  return {
    ...first,
    lossiness,
    others,
    more,
    several,
    found,
    pass,
    ...(barred ? { barred } : {}),
    ...(ofOwn ? { ofOwn } : {}),
    ...(fallback ? { fallback: meaningOf(fallback) } : {}),
  };
}

const mayBeTemporary = ({ relations }: ParsedStatement, resolved: readonly Resolved[]): boolean => {
  const unqualified = new Set(relations.flatMap(({ schema, name }) => (schema ? [] : [name])));
  return resolved.some((each) =>
    each.relations.some(({ name, hidden }) => hidden && unqualified.has(name)),
  );
};

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
    for (const { name, schema } of parsed.relations) {
      names.relations.add(name);
      if (schema !== undefined) names.schemas.add(schema);
    }
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
