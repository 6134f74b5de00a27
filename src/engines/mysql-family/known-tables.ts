import type { QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { TableName } from './facts/catalog-sql.ts';
import { type Refusals, readRemote, readTableFacts } from './facts/read-facts.ts';
import { readViews } from './facts/view-tables.ts';
import { type FamilySession, viaOf } from './opened.ts';
import { type ShapedAt, tablesNamed } from './tables-named.ts';

/** What is known of tables for a while: sizes and indexes change slowly. */
const factsValid_ms = 600_000;
/** What the account was not allowed to read is asked for again after this long. */
const refusalValid_ms = 3_600_000;
/** Of views on views. What is deeper is not known; people build two or three. */
const viewLevels = 4;

const keyOf = ({ target }: FamilySession, { schema, name }: TableName) =>
  `${target.uid} ${schema}.${name}`;

export interface KnownTables {
  /** Of those that the statement names, and of those behind the views among them. */
  facts: TableFacts[];
  /** Those behind views, with the aliases by which a plan names them. */
  behind: QueryShape['relations'];
  /** Of both, those that another server has, with their engine. */
  remote: (TableName & { engine: string })[];
  /** What the views among them call. */
  viewCalls: readonly string[];
}

/** Tables that statements name, from memory or from the catalog. */
export async function tablesOf(
  session: FamilySession,
  shaped: readonly ShapedAt[],
): Promise<KnownTables[]> {
  // information_schema shows nothing to an account without rights on tables
  if (viaOf(session) === 'procedure')
    return shaped.map(() => ({ facts: [], behind: [], remote: [], viewCalls: [] }));
  let wanted = shaped.flatMap(tablesNamed);
  for (let level = 0; level < viewLevels && wanted.length > 0; level += 1)
    wanted = await learn(session, wanted);
  return shaped.map((each) => known(session, tablesNamed(each)));
}

/**
 * Reads what is not known of these; what stands behind the views among them. What another server
 * has is not looked at: the catalog would ask that server.
 */
async function learn(session: FamilySession, tables: readonly TableName[]): Promise<TableName[]> {
  const { known, control, clock, timeout_ms } = session;
  const now = clock.now();
  const unknown = new Map(
    tables
      .map((table) => [keyOf(session, table), table] as const)
      .filter(([key]) => (known.tables.get(key)?.until ?? 0) < now),
  );
  const words = known.variant.catalogWords;
  const until = now + factsValid_ms;
  const remote = await readRemote({ control, words, timeout_ms }, [...unknown.values()]);
  for (const [key, { schema, name }] of unknown) {
    const engine = remote.get(`${schema}.${name}`);
    if (engine === undefined) continue;
    known.tables.set(key, { facts: undefined, remote: engine, until });
    unknown.delete(key);
  }
  const found = await readAgain(session, [...unknown.values()]);
  const others = [...unknown].filter(
    ([, { schema, name }]) => !found.some((each) => each.schema === schema && each.name === name),
  );
  const views = await readViews(
    control,
    words,
    others.map(([, table]) => table),
    timeout_ms,
  );
  for (const [key, { schema, name }] of others)
    known.tables.set(key, {
      facts: undefined,
      behind: views.get(`${schema}.${name}`)?.relations ?? [],
      calls: views.get(`${schema}.${name}`)?.calls ?? [],
      until,
    });
  return tables.flatMap((table) => namesOf(known.tables.get(keyOf(session, table))?.behind));
}

const namesOf = (relations: QueryShape['relations'] = []): TableName[] =>
  relations.flatMap(({ schema, name }) => (schema === undefined ? [] : [{ schema, name }]));

function known(session: FamilySession, tables: readonly TableName[]): KnownTables {
  const facts = new Map<string, TableFacts>();
  const behind: QueryShape['relations'] = [];
  const remote: KnownTables['remote'] = [];
  const viewCalls: string[] = [];
  let level = tables;
  for (let depth = 0; depth < viewLevels && level.length > 0; depth += 1) {
    const entries = level.map((table) => {
      const key = keyOf(session, table);
      const entry = session.known.tables.get(key);
      if (entry?.facts) facts.set(key, entry.facts);
      if (entry?.remote) remote.push({ ...table, engine: entry.remote });
      viewCalls.push(...(entry?.calls ?? []));
      return entry?.behind ?? [];
    });
    behind.push(...entries.flat());
    level = namesOf(entries.flat());
  }
  return { facts: [...facts.values()], behind, remote, viewCalls };
}

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
