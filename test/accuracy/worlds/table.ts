import type { Dialect } from './dialect.ts';

/** Tables with their rows and indexes as data, and the statements that make them. */
export interface TableSpec {
  name: string;
  rows: number;
  /** Type and value of each column; the value is an expression on the row's number `n`. */
  columns: Record<string, readonly [type: string, value: string]>;
  /** Written behind the columns: `PRIMARY KEY (id)`. */
  constraints: string[];
  indexes?: IndexSpec[];
  /** References to other tables; PostgreSQL only, since InnoDB lets no one drop their index. */
  foreign?: { columns: string; references: string }[];
  /** Bounds of the partitions by range of this column, ascending; the last partition is open. */
  partition?: { column: string; bounds: string[] };
  /** Columns that the server computes, in MySQL and MariaDB. */
  generated?: Record<string, string>;
  /** Extended statistics on columns that depend on each other; PostgreSQL only. */
  statistics?: { name: string; on: string };
}

export interface IndexSpec {
  name: string;
  /** What stands in the parentheses. */
  on: string;
  unique?: true;
  /** PostgreSQL: `gin`; MySQL: `FULLTEXT`. */
  method?: string;
  where?: string;
}

export function createTable(d: Dialect, spec: TableSpec): string[] {
  const table = d.q(spec.name);
  const columns = Object.entries(spec.columns);
  const names = columns.map(([name]) => d.q(name)).join(', ');
  const values = columns.map(([, [, value]]) => value).join(', ');
  return [
    `CREATE TABLE ${table} (${definitions(d, spec).join(', ')})${tail(d, spec)}`,
    ...(d.postgres ? partitions(d, spec) : []),
    `INSERT INTO ${table} (${names}) SELECT ${values} FROM ${d.series(spec.rows)}`,
    ...(d.postgres && !spec.partition
      ? spec.constraints.map((each) => `ALTER TABLE ${table} ADD ${each}`)
      : []),
    ...createIndexes(d, spec),
    ...(d.postgres && spec.statistics
      ? [`CREATE STATISTICS ${d.q(spec.statistics.name)} ON ${spec.statistics.on} FROM ${table}`]
      : []),
  ];
}

/** InnoDB reads the table once for all indexes of one statement. */
function createIndexes(d: Dialect, { name, indexes = [] }: TableSpec): string[] {
  const alone = indexes.filter(({ method }) => d.postgres || method !== undefined);
  const together = indexes.filter((index) => !alone.includes(index));
  const parts = together.map(
    (index) => `ADD ${index.unique ? 'UNIQUE ' : ''}INDEX ${d.q(index.name)} (${index.on})`,
  );
  return [
    ...(parts.length ? [`ALTER TABLE ${d.q(name)} ${parts.join(', ')}`] : []),
    ...alone.map((index) => createIndex(d, name, index)),
  ];
}

const definitions = (d: Dialect, spec: TableSpec) => [
  ...Object.entries(spec.columns).map(([name, [type]]) => `${d.q(name)} ${type}`),
  ...(d.postgres
    ? []
    : Object.entries(spec.generated ?? {}).map(([name, rest]) => `${d.q(name)} ${rest}`)),
  ...(d.postgres && !spec.partition ? [] : spec.constraints),
];

function tail(d: Dialect, { partition }: TableSpec): string {
  // The default sample of 20 pages can be wrong by half.
  const options = d.postgres ? '' : ' STATS_SAMPLE_PAGES = 200';
  if (!partition) return options;
  if (d.postgres) return ` PARTITION BY RANGE (${d.q(partition.column)})`;
  const parts = [...partition.bounds, 'MAXVALUE'].map(
    (bound, i) => `PARTITION p${i} VALUES LESS THAN ${bound === 'MAXVALUE' ? bound : `(${bound})`}`,
  );
  return `${options} PARTITION BY RANGE COLUMNS (${d.q(partition.column)}) (${parts
    .map((part) => part.replace('THAN MAXVALUE', 'THAN (MAXVALUE)'))
    .join(', ')})`;
}

function partitions(d: Dialect, { name, partition }: TableSpec): string[] {
  if (!partition) return [];
  const bounds = ['MINVALUE', ...partition.bounds, 'MAXVALUE'];
  return bounds
    .slice(1)
    .map(
      (to, i) =>
        `CREATE TABLE ${d.q(`${name}_p${i}`)} PARTITION OF ${d.q(name)} ` +
        `FOR VALUES FROM (${bounds[i]}) TO (${to})`,
    );
}

export function createIndex(d: Dialect, table: string, index: IndexSpec): string {
  const kind = index.method === 'FULLTEXT' ? 'FULLTEXT ' : index.unique ? 'UNIQUE ' : '';
  const using = index.method && d.postgres ? `USING ${index.method} ` : '';
  const where = index.where ? ` WHERE ${index.where}` : '';
  return `CREATE ${kind}INDEX ${d.q(index.name)} ON ${d.q(table)} ${using}(${index.on})${where}`;
}

export const dropIndex = (d: Dialect, table: string, index: string): string =>
  d.postgres ? `DROP INDEX ${d.q(index)}` : `DROP INDEX ${d.q(index)} ON ${d.q(table)}`;

/** Everything that makes a world's database, in an order that the server can run. */
export function loadTables(d: Dialect, specs: readonly TableSpec[]): string[] {
  const names = specs.map(({ name }) => d.q(name));
  return [
    ...(d.postgres
      ? ['CREATE EXTENSION IF NOT EXISTS pg_trgm']
      : d.engine === 'mysql'
        ? ['SET SESSION cte_max_recursion_depth = 1000000']
        : []),
    ...specs.flatMap((spec) => createTable(d, spec)),
    ...(d.postgres
      ? specs.flatMap(({ name, foreign = [] }) =>
          foreign.map(
            ({ columns, references }) =>
              `ALTER TABLE ${d.q(name)} ADD FOREIGN KEY (${columns}) REFERENCES ${references}`,
          ),
        )
      : []),
    d.postgres ? `VACUUM ANALYZE ${names.join(', ')}` : `ANALYZE TABLE ${names.join(', ')}`,
  ];
}
