import type { Code } from '../../base/codes.ts';
import { dictionary } from '../../base/dictionary.ts';
import { AppError } from '../../base/errors.ts';
import { redactSql } from '../../dialects/postgres/redact.ts';
import type {
  ColumnFacts,
  IndexFacts,
  PartitionedTable,
  TableFacts,
} from '../../model/statistics.ts';
import type { Connection } from './connection.ts';
import {
  type ColumnEntry,
  type ColumnStatistics,
  columnEntriesOf,
  expressionsOf,
  type IndexEntry,
  indexesOf,
  type StatisticsOf,
  statisticsOf,
  type TableEntry,
  tablesOf,
  type WantedTable,
} from './facts-catalog.ts';
import type { FactsMemory } from './facts-memory.ts';
import { askCatalog } from './transaction.ts';

/** Rows of catalogs → what is known of tables, no expression with its literals. */
export interface FactsEntries {
  tables: readonly TableEntry[];
  indexes: readonly IndexEntry[];
  columns: readonly ColumnEntry[];
  statistics: StatisticsOf;
}

/**
 * In a transaction of its own: where it takes too long, or someone waits for a lock, the statement
 * is judged by less, and nobody asks again until it would be asked anyhow.
 */
export async function learnFacts(
  connection: Connection,
  memory: FactsMemory,
  wanted: readonly WantedTable[],
  timeout_ms: number,
): Promise<void> {
  const missing = memory.missing(wanted);
  if (missing.length === 0) return;
  try {
    memory.learn(missing, await readTableFacts(connection, missing, timeout_ms));
  } catch (error) {
    if (!(error instanceof AppError) || !mayPass.has(error.code)) throw error;
    memory.learn(missing, []);
  }
}

const mayPass = new Set<Code>(['lock_timeout', 'statement_timeout']);

async function readTableFacts(
  connection: Connection,
  wanted: readonly WantedTable[],
  timeout_ms: number,
): Promise<TableFacts[]> {
  const [tables, indexes, columns, statistics] = await askCatalog(
    connection,
    [tablesOf(wanted), indexesOf(wanted), columnEntriesOf(wanted), statisticsOf(wanted)],
    timeout_ms,
  );
  const entries = { tables, indexes, columns, statistics };
  return tableFacts(entries, await readExpressions(connection, entries, timeout_ms));
}

function tableFacts(
  { tables, indexes, columns, statistics }: FactsEntries,
  expressions: Expressions,
): TableFacts[] {
  const indexesIn = Map.groupBy(indexes, ({ relation }) => relation);
  const columnsIn = Map.groupBy(columns, ({ relation }) => relation);
  return tables.map(({ oid, parent, ...table }) => {
    const [sound = [], broken = []] = [true, false].map((wanted) =>
      (indexesIn.get(oid) ?? [])
        .filter(({ valid }) => valid === wanted)
        .map((each) => indexFacts(each, expressions)),
    );
    return {
      ...table,
      indexes: sound,
      ...(broken.length > 0 ? { invalidIndexes: broken } : {}),
      columns: (columnsIn.get(oid) ?? []).map((each) =>
        columnFacts(each, statistics(table, each.name), table.rows),
      ),
      ...(parent ? { partitionOf: partitionedTable(parent, expressions) } : {}),
    };
  });
}

type Expressions = ReadonlyMap<string, string>;

function indexFacts(entry: IndexEntry, expressions: Expressions): IndexFacts {
  const { oid, name, unique, partial, keys, include, method, constraint } = entry;
  const { otherOrder, kept, partitioned, scans, pages } = entry;
  const predicate = expressions.get(`${oid}.predicate`);
  return {
    name,
    unique,
    partial,
    ...(method ? { method } : {}),
    ...(constraint ? { constraint } : {}),
    ...(otherOrder ? { otherOrder } : {}),
    ...(kept ? { kept } : {}),
    ...(partitioned ? { partitioned } : {}),
    ...(scans === undefined ? {} : { scans }),
    ...(pages === undefined ? {} : { pages }),
    keys: keys.map((key, i) => key ?? printed(expressions.get(`${oid}.${i + 1}`))),
    ...(include.length > 0 ? { include } : {}),
    ...(predicate === undefined ? {} : { predicate: redactSql(predicate) }),
  };
}

const printed = (expression = '(expression)') => redactSql(expression);

const strategies = dictionary<string>({ r: 'range', l: 'list', h: 'hash' });

function partitionedTable(
  { oid, schema, name, strategy, keys, partitions }: NonNullable<TableEntry['parent']>,
  expressions: Expressions,
): PartitionedTable {
  return {
    schema,
    name,
    strategy: strategies[strategy] ?? strategy,
    keys: keys.map((key) => key ?? printed(expressions.get(`${oid}.partitions`))),
    partitions,
  };
}

/** Without a list of the commonest, all values are about as common as each other. */
export function columnFacts(
  { name, type, required, collation }: Omit<ColumnEntry, 'relation'>,
  statistics: ColumnStatistics | undefined,
  rows: number,
): ColumnFacts {
  const basics = { name, type, nullable: !required, ...(collation ? { collation } : {}) };
  if (!statistics) return basics;
  const { nulls, width, correlation, distinct: counted } = statistics;
  const distinct = counted < 0 ? Math.round(-counted * rows) : counted;
  const commonest = statistics.commonest ?? (distinct > 0 ? (1 - nulls) / distinct : undefined);
  return {
    ...basics,
    nulls,
    width,
    ...(distinct > 0 ? { distinct } : {}),
    ...(commonest === undefined ? {} : { commonest }),
    ...(correlation === undefined ? {} : { correlation }),
  };
}

/** Asked for where there are some; where someone has come to wait for a table, left out. */
async function readExpressions(
  connection: Connection,
  { tables, indexes }: FactsEntries,
  timeout_ms: number,
): Promise<Expressions> {
  const printed = indexes
    .filter(({ keys, partial }) => partial || keys.includes(null))
    .map(({ oid }) => oid);
  const partitioned = tables.flatMap(({ parent }) =>
    parent?.keys.includes(null) ? [parent.oid] : [],
  );
  if (printed.length + partitioned.length === 0) return new Map();
  try {
    const question = expressionsOf(printed, [...new Set(partitioned)]);
    const [expressions] = await askCatalog(connection, [question], timeout_ms);
    return expressions;
  } catch (error) {
    if (error instanceof AppError && error.code === 'lock_timeout') return new Map();
    throw error;
  }
}
