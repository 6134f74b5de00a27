import type { TableFacts } from '../../model/statistics.ts';
import { readTableFacts, type TableName } from './catalog.ts';
import { type FamilySession, viaOf } from './opened.ts';
import { type GuardedAt, tablesNamed } from './refusal.ts';

/** What is known of tables for a while: sizes and indexes change slowly. */
const factsValid_ms = 600_000;

const keyOf = ({ target }: FamilySession, { schema, name }: TableName) =>
  `${target.uid} ${schema}.${name}`;

/** Tables of statements that have passed the guard, from memory or from the catalog. */
export async function factsOf(
  session: FamilySession,
  guarded: readonly GuardedAt[],
): Promise<TableFacts[][]> {
  // information_schema shows nothing to an account without rights on tables
  if (viaOf(session) === 'procedure') return guarded.map(() => []);
  const { known, control, clock, timeout_ms } = session;
  const now = clock.now();
  const wanted = new Map<string, TableName>();
  for (const table of guarded.flatMap(tablesNamed)) {
    const key = keyOf(session, table);
    if ((known.tables.get(key)?.until ?? 0) < now) wanted.set(key, table);
  }
  const found = await readTableFacts(control, [...wanted.values()], timeout_ms);
  for (const [key, { schema, name }] of wanted)
    known.tables.set(key, {
      facts: found.find((each) => each.schema === schema && each.name === name),
      until: now + factsValid_ms,
    });
  return guarded.map((each) => {
    const keys = new Set(tablesNamed(each).map((table) => keyOf(session, table)));
    return [...keys]
      .map((key) => known.tables.get(key)?.facts)
      .filter((facts) => facts !== undefined);
  });
}

/** Whatever is remembered of them. */
export async function readAgain(
  session: FamilySession,
  tables: readonly TableName[],
): Promise<TableFacts[]> {
  const { known, control, clock, timeout_ms } = session;
  const found = await readTableFacts(control, tables, timeout_ms);
  const until = clock.now() + factsValid_ms;
  for (const facts of found) known.tables.set(keyOf(session, facts), { facts, until });
  return found;
}
