import { tableName, toProblem } from '../advice/atoms.ts';
import type { Candidate } from '../advice/candidates.ts';
import type { Problem } from '../advice/problem.ts';
import {
  isWrittenUnseen,
  msOfCost,
  nothingWritten,
  writeMs,
  writesByTable,
  writesOf,
  writtenName,
} from '../advice/write-cost.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { Tried } from './asked.ts';
import { mostNewOfTable, pinnedOn } from './buildable.ts';
import type { Known } from './compare.ts';

/** What was tried in each database → one problem for all of them, since the budget is one. Pure. */
export interface OfDatabase {
  database: string;
  known: ReadonlyMap<string, Known>;
  tried: Tried;
  /** All that is known of it, also what cannot be planned: it may write. */
  statements: readonly WorkloadStatement[];
  /** All that it has. */
  indexes: readonly CatalogIndex[];
}

/** Names of indexes are a database's own. */
export const keyOf = (database: string, id: string): string => `${database}/${id}`;

export function problemOf(databases: readonly OfDatabase[], budgetBytes: number): Problem {
  const rate = rateOf(databases.flatMap(({ known }) => [...known.values()]));
  const all = databases.map((each) => ({
    database: each.database,
    problem: toProblem(each.tried.inquiry, {
      budgetBytes,
      perTable: mostNewOfTable,
      bytes: new Map([...each.tried.sizes].map(([id, { bytes }]) => [id, bytes])),
      writeCost: (candidate) => writeMsOf(candidate, each.statements) / rate,
      existing: existingOf(each),
    }),
  }));
  return {
    base: new Map(all.flatMap(({ problem }) => [...problem.base])),
    weight: new Map(all.flatMap(({ problem }) => [...problem.weight])),
    atoms: all.flatMap(({ database, problem }) =>
      problem.atoms.map((atom) => ({
        ...atom,
        indexes: atom.indexes.map((id) => keyOf(database, id)),
      })),
    ),
    indexes: all.flatMap(({ database, problem }) =>
      problem.indexes.map((each) => ({
        ...each,
        id: keyOf(database, each.id),
        table: keyOf(database, each.table),
      })),
    ),
    budgetBytes,
    perTable: mostNewOfTable,
  };
}

/** Where there are so many that fewer than usual may come. */
function existingOf({ tried, indexes }: OfDatabase): { id: string; table: string }[] {
  const tables = Map.groupBy(tried.inquiry.candidates, ({ index }) => tableName(index));
  return [...tables].flatMap(([table, [first]]) =>
    first
      ? pinnedOn(first.index, indexes).map(({ name }) => ({ id: `${table} ${name}`, table }))
      : [],
  );
}

/** Milliseconds of a unit of the planner's cost. */
export const rateOf = (known: readonly Known[]): number =>
  msOfCost(
    known.map(({ statement, cost }) => ({
      calls: statement.weight.calls,
      totalMs: statement.weight.totalMs,
      cost,
    })),
  );

/** What writes pay for it over the time of the workload; `unseen`: there are more of them. */
export function writesFor(
  { index }: Pick<Candidate, 'index'>,
  statements: readonly WorkloadStatement[],
): { ms: number; unseen: boolean } {
  const table = statements
    .flatMap(({ facts = [] }) => facts)
    .find(({ schema, name }) => schema === index.schema && name === index.table);
  if (!table) return { ms: 0, unseen: false };
  const written = writesByTable(statements).get(writtenName(table)) ?? nothingWritten;
  const ms = writeMs(index, writesOf(index, table, written));
  return { ms, unseen: isWrittenUnseen(table, written) };
}
export const writeMsOf = (...of: Parameters<typeof writesFor>): number => writesFor(...of).ms;
