import type { QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { TableName } from './facts/catalog-sql.ts';
import { type Refusals, readKinds, readTableFacts } from './facts/read-facts.ts';
import { readViews } from './facts/view-tables.ts';
import type { Remembered } from './facts-cache.ts';
import { type FamilySession, viaOf } from './opened.ts';
import { type ShapedAt, tablesNamed, tablesPossible } from './tables-named.ts';

/** What is known of tables for a while: sizes and indexes change slowly. */
const factsValid_ms = 600_000;
/** What the account was not allowed to read is asked for again after this long. */
const refusalValid_ms = 3_600_000;
/** Of views on views; people build two or three. What may be deeper is not planned. */
const viewLevels = 16;

const keyOf = ({ target }: FamilySession, { schema, name }: TableName) =>
  `${target.uid} ${schema}.${name}`;

export interface KnownTables {
  /** Of those that the statement names, and of those behind the views among them. */
  facts: TableFacts[];
  /** Those behind views, with the aliases by which a plan names them. */
  behind: QueryShape['relations'];
  /** Views that it may read, at any depth. */
  views: TableName[];
  /** One of them of which it is not known what stands behind it. */
  unread?: TableName;
  /** Of all that it may read, those that another server has, with their engine. */
  remote: (TableName & { engine: string })[];
  /** One of information_schema, itself or behind a view. */
  catalog?: TableName;
  /** What the views among them call. */
  viewCalls: readonly string[];
}

export const nothingKnown: KnownTables = {
  facts: [],
  behind: [],
  views: [],
  remote: [],
  viewCalls: [],
};

/** What is read for its facts, and all that must not be overlooked, the first among it. */
interface Wanted {
  named: readonly TableName[];
  possible: readonly TableName[];
}

/** Tables that statements name, from memory or from the catalog. */
export async function tablesOf(
  session: FamilySession,
  shaped: readonly ShapedAt[],
): Promise<KnownTables[]> {
  // information_schema shows nothing to an account without rights on tables
  if (viaOf(session) === 'procedure') return shaped.map(() => nothingKnown);
  let wanted: Wanted = {
    named: shaped.flatMap(tablesNamed),
    possible: shaped.flatMap(tablesPossible),
  };
  for (let level = 0; level < viewLevels && wanted.possible.length > 0; level += 1)
    wanted = await learn(session, wanted);
  return shaped.map((each) => known(session, each));
}

/**
 * Reads what is not known of these; what stands behind the views among them. What another server
 * has is not looked at: the catalog would ask that server.
 */
async function learn(session: FamilySession, { named, possible }: Wanted): Promise<Wanted> {
  const { known, control, clock, timeout_ms } = session;
  const now = clock.now();
  const words = known.variant.catalogWords;
  const until = now + factsValid_ms;
  const byKey = (tables: readonly TableName[]) =>
    new Map(tables.map((table) => [keyOf(session, table), table]));
  const unknown = (tables: ReadonlyMap<string, TableName>) =>
    [...tables].filter(([key]) => (known.tables.get(key)?.until ?? 0) < now);
  const all = byKey(possible);
  const asked = unknown(all);
  const kinds = await readKinds(
    { control, words, timeout_ms },
    asked.map(([, table]) => table),
  );
  const kindOf = ({ schema, name }: TableName) => kinds.get(`${schema}.${name}`);
  const views = asked.filter(([, table]) => kindOf(table) === '');
  const texts = await readViews(
    control,
    words,
    views.map(([, table]) => table),
    timeout_ms,
  );
  const here = unknown(byKey(named)).filter(([, table]) => kindOf(table) === undefined);
  for (const [key, table] of asked) {
    const [kind, name] = [kindOf(table), `${table.schema}.${table.name}`];
    if (kind) known.tables.set(key, { facts: undefined, remote: kind, until });
    else if (kind === '')
      known.tables.set(key, { facts: undefined, view: texts.get(name) ?? 'unread', until });
  }
  const found = await readAgain(
    session,
    here.map(([, table]) => table),
  );
  const isFound = ({ schema, name }: TableName) =>
    found.some((each) => each.schema === schema && each.name === name);
  for (const [key, table] of here)
    if (!isFound(table)) known.tables.set(key, { facts: undefined, until });
  const read = [...all.keys()].flatMap((key) => viewTextOf(known.tables.get(key)) ?? []);
  return {
    named: read.flatMap(({ relations }) => namesOf(relations)),
    possible: read.flatMap(({ relations, possible: more }) => namesOf([...relations, ...more])),
  };
}

const viewTextOf = (entry: Remembered | undefined) =>
  entry?.view === 'unread' ? undefined : entry?.view;

const namesOf = (relations: QueryShape['relations'] = []): TableName[] =>
  relations.flatMap(({ schema, name }) => (schema === undefined ? [] : [{ schema, name }]));

function known(session: FamilySession, shaped: ShapedAt): KnownTables {
  const named = new Set(tablesNamed(shaped).map((table) => keyOf(session, table)));
  const seen = new Map<string, TableName>();
  const behind: QueryShape['relations'] = [];
  let level = tablesPossible(shaped);
  for (let depth = 0; depth < viewLevels && level.length > 0; depth += 1) {
    const fresh = new Map(
      level
        .map((table) => [keyOf(session, table), table] as const)
        .filter(([key]) => !seen.has(key)),
    );
    level = [];
    for (const [key, table] of fresh) {
      seen.set(key, table);
      const view = viewTextOf(session.known.tables.get(key));
      if (!view) continue;
      level.push(...namesOf([...view.relations, ...view.possible]));
      if (!named.has(key)) continue;
      behind.push(...view.relations);
      for (const relation of namesOf(view.relations)) named.add(keyOf(session, relation));
    }
  }
  const all = [...seen].map(([key, table]) => ({
    table,
    entry: session.known.tables.get(key),
    isNamed: named.has(key),
  }));
  const unread = all.find(({ entry }) => entry?.view === 'unread')?.table ?? level[0];
  const catalog = all.find(({ table }) => isCatalog(table))?.table;
  return {
    facts: all.flatMap(({ entry, isNamed }) => (isNamed && entry?.facts ? [entry.facts] : [])),
    behind,
    views: all.flatMap(({ table, entry }) => (entry?.view ? [table] : [])),
    ...(unread ? { unread } : {}),
    ...(catalog ? { catalog } : {}),
    remote: all.flatMap(({ table, entry }) =>
      entry?.remote ? [{ ...table, engine: entry.remote }] : [],
    ),
    viewCalls: all.flatMap(({ entry }) => viewTextOf(entry)?.calls ?? []),
  };
}

const isCatalog = ({ schema }: TableName) => schema.toLowerCase() === 'information_schema';

/** What this account may not read on this target, for a while. */
export const refusalsOf = ({ known, clock, target }: FamilySession): Refusals => ({
  has: (source) => (known.refusals.get(`${target.uid} ${source}`) ?? 0) > clock.now(),
  add: (source) => known.refusals.set(`${target.uid} ${source}`, clock.now() + refusalValid_ms),
});

/** Whatever is remembered of them. */
export async function readAgain(
  session: FamilySession,
  tables: readonly TableName[],
): Promise<TableFacts[]> {
  const { known, control, clock, timeout_ms } = session;
  const until = clock.now() + factsValid_ms;
  const found = await readTableFacts(
    {
      control,
      words: known.variant.catalogWords,
      version: known.identity.version,
      timeout_ms,
      countedSince: known.countedSince,
      refusals: refusalsOf(session),
    },
    tables,
  );
  for (const facts of found) known.tables.set(keyOf(session, facts), { facts, until });
  return found;
}
