import { createLru } from '../../base/lru.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { WantedTable } from './facts-catalog.ts';

/**
 * What is known of tables, kept between cycles, so that a statement that is explained again asks
 * nothing of them. Sizes and statistics count for `valid_ms`. An index that is made or dropped
 * shows at once: the preflight counts those of all that a statement reaches (`mark`), and what was
 * known of the database is forgotten where one of them is another than before.
 */
export interface FactsMemory {
  /** Those of which something is not known, with all columns that are to be known. */
  missing(wanted: readonly WantedTable[]): WantedTable[];
  /** `asked`: tables that are not in it are none, which is known then. */
  learn(asked: readonly WantedTable[], found: readonly TableFacts[]): void;
  get(table: { schema: string; name: string }): TableFacts | undefined;
  /** `marks`: of relations by their oid. */
  noticed(marks: ReadonlyMap<string, string>): void;
}

/** Autovacuum comes once a minute; what rules compare with differs by factors, not per cents. */
const valid_ms = 10 * 60_000;
/** Tables of all targets, some 2.5 KB each. */
const tablesLimit = 10_000;
const marksLimit = 20_000;

interface Entry {
  facts: TableFacts | undefined;
  columns: ReadonlySet<string>;
  written: boolean;
  at: number;
  /** Of its database's, when it was learnt. */
  generation: number;
}

export interface FactsMemories {
  of(place: string, now: number): FactsMemory;
}

export function createFactsMemories(): FactsMemories {
  const tables = createLru<string, Entry>(tablesLimit);
  const marks = createLru<string, string>(marksLimit);
  const generations = createLru<string, number>(tablesLimit);
  return {
    of(place, now) {
      const generation = () => generations.get(place) ?? 0;
      const keyOf = ({ schema, name }: { schema: string; name: string }) =>
        JSON.stringify([place, schema, name]);
      const current = (table: { schema: string; name: string }): Entry | undefined => {
        const entry = tables.get(keyOf(table));
        const fresh = entry && now - entry.at < valid_ms && entry.generation === generation();
        return fresh ? entry : undefined;
      };
      return {
        missing(wanted) {
          const lacking = wanted.filter((table) => {
            const entry = current(table);
            return !entry || !covers(entry, table);
          });
          return [...Map.groupBy(lacking, keyOf).values()].flatMap(([table, ...others]) =>
            table ? [together(table, [...others, current(table)])] : [],
          );
        },
        learn(asked, found) {
          const byKey = new Map(found.map((facts) => [keyOf(facts), facts]));
          for (const table of asked)
            tables.set(keyOf(table), {
              facts: byKey.get(keyOf(table)),
              columns: new Set(table.columns),
              written: table.written,
              at: now,
              generation: generation(),
            });
        },
        get: (table) => current(table)?.facts,
        noticed(seen) {
          const known = [...seen].map(([oid, mark]) => [`${place} ${oid}`, mark] as const);
          const changed = known.some(([key, mark]) => (marks.get(key) ?? mark) !== mark);
          for (const [key, mark] of known) marks.set(key, mark);
          if (changed) generations.set(place, generation() + 1);
        },
      };
    },
  };
}

const covers = (entry: Entry, { columns, written }: WantedTable): boolean =>
  (entry.written || !written) && columns.every((column) => entry.columns.has(column));

/** One question for all who ask of a table, and for what was known of it. */
function together(
  table: WantedTable,
  others: readonly (Pick<Entry, 'columns' | 'written'> | WantedTable | undefined)[],
): WantedTable {
  const columns = [table, ...others].flatMap((each) => [...(each?.columns ?? [])]);
  return {
    ...table,
    columns: [...new Set(columns)],
    written: table.written || others.some((each) => each?.written),
  };
}
