/**
 * What a planner needs to know of a database: catalogs and statistics, no rows. Without a value of
 * any column unless `has` says so; literals stand in it where the definition of a partition, a
 * view, an expression or a predicate has them. Kept in memory only: in no history, status, log or
 * dump. One database, and of it only what some statements stand on.
 */
export interface WorldExport {
  /** `server_version_num`. */
  version: number;
  /** `18.4`. */
  serverVersion: string;
  database: string;
  /** Milliseconds since the epoch. */
  takenAt: number;
  has: 'no-values' | 'values';
  schemas: string[];
  extensions: WorldExtension[];
  /** In the order in which they can be made. */
  types: WorldType[];
  collations: WorldCollation[];
  /** What text is compared by where nothing else is said. */
  collation: Pick<WorldCollation, 'provider' | 'bytewise'>;
  /** Only those that have costs of their own. */
  tablespaces: { name: string; options: string[] }[];
  relations: WorldRelation[];
  indexes: WorldIndex[];
  constraints: WorldConstraint[];
  extended: ExtendedStatistics[];
  /** What the planner goes by, as a new session of ours has it; in the units of `pg_settings`. */
  settings: Record<string, string>;
  /** Of those whose statements are planned: what they have when they log in. */
  roles: Record<string, { searchPath: string[]; settings: Record<string, string> }>;
  /** What could not be had, or is not told, and why. */
  withheld: Withheld[];
}

export interface Withheld {
  /** `schema.relation`, a role, or `*`: of all. */
  object: string;
  reason:
    | 'not_found'
    /** Rows of a foreign server: how it would plan is not known here. */
    | 'foreign_table'
    /** Of some columns: the role may not read them, or has never been told of them. */
    | 'statistics_missing'
    /** Policies add conditions of their own to the statements of most roles. */
    | 'row_security'
    /** There are more relations beneath than are taken over. */
    | 'too_many_relations';
  /** How many of it: columns, say. */
  count?: number;
}

export interface WorldExtension {
  name: string;
  schema: string;
}

export interface WorldCollation {
  schema: string;
  name: string;
  provider: 'libc' | 'icu' | 'builtin' | 'default';
  /** Bytes are compared: `C`, `POSIX`. Then a plain index serves `LIKE 'a%'`. */
  bytewise: boolean;
  deterministic: boolean;
}

export type WorldType = { schema: string; name: string } & (
  | { kind: 'enum'; labels: string[] }
  | { kind: 'domain'; base: string }
  | { kind: 'composite'; columns: { name: string; type: string }[] }
  | { kind: 'range'; subtype: string }
);

export interface WorldRelation {
  schema: string;
  name: string;
  kind: 'table' | 'partitioned' | 'view' | 'materialized' | 'foreign';
  /** Empty for a view, whose `definition` says them. */
  columns: WorldColumn[];
  /** Of a view: its SELECT, names with their schema. */
  definition?: string;
  /** `RANGE (at)`. */
  partitionKey?: string;
  /** Each with the bound, where it is a partition: `FOR VALUES FROM …`. */
  parents: { schema: string; name: string; bound?: string }[];
  tablespace: string;
  /** As `pg_class` has them; `rows` below 0: never counted. */
  rows: number;
  pages: number;
  allVisible: number;
  /** Bytes of its main file at this moment: what the planner goes by. */
  bytes: number;
  /** `fillfactor=70`, `parallel_workers=4`. */
  options: string[];
}

export interface WorldColumn {
  /** Statistics speak of columns by number: those that were dropped leave a gap. */
  number: number;
  name: string;
  /** With schema where it is not the server's, with its modifier: `character varying(40)`. */
  type: string;
  required: boolean;
  /** `schema.name`, quoted where needed, where it is not the default of the type. */
  collation?: string;
  /** Of a column that is computed when it is read. */
  computed?: string;
  /** Its own rows', and those of what is below it; absent where unknown. */
  own?: ColumnStatistics;
  inherited?: ColumnStatistics;
}

/** As `pg_stats` has them: `distinct` below 0 is a share of the rows. */
export interface ColumnStatistics {
  nulls: number;
  width: number;
  distinct: number;
  /** Share of the rows that have the commonest value, 0..1. */
  commonest?: number;
  correlation?: number;
  /** Only where `has` is `values`: further columns of `pg_stats`, as the server prints them. */
  values?: Record<string, string>;
}

export interface WorldIndex {
  schema: string;
  name: string;
  table: string;
  method: string;
  /** `CREATE INDEX …`, complete. */
  definition: string;
  /** It is that of a constraint of this name, which makes it. */
  constraint?: string;
  /** Of a partition: the index that it is a part of. */
  parent?: { schema: string; name: string };
  valid: boolean;
  unique: boolean;
  tablespace: string;
  rows: number;
  pages: number;
  bytes: number;
  /** Levels above the leaves, where somebody could say. */
  height?: number;
  /** Of its expressions, by place from 1. */
  expressions: { place: number; statistics: ColumnStatistics }[];
}

/** Of a table that is there; a foreign key only where both sides are. */
export interface WorldConstraint {
  schema: string;
  table: string;
  name: string;
  kind: 'primary' | 'unique' | 'exclusion' | 'foreign' | 'check';
  /** As the server prints it: `PRIMARY KEY (id)`. */
  definition: string;
}

export interface ExtendedStatistics {
  schema: string;
  name: string;
  table: string;
  /** `CREATE STATISTICS …`, complete. */
  definition: string;
  /** Both as hexadecimal digits of what the server keeps. */
  distinct?: { own?: string; inherited?: string };
  dependencies?: { own?: string; inherited?: string };
}

/** What is to be taken over. */
export interface WorldWanted {
  database: string;
  /** Without a schema: all of that name. What they stand on comes with them. */
  relations: readonly { schema?: string; name: string }[];
  /** Whose statements are planned: their settings and paths come along. */
  roles: readonly string[];
  values: 'none' | 'statistics';
}
