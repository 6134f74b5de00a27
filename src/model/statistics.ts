import type { Fingerprint } from './plan.ts';
import type { QueryShape } from './query-shape.ts';

/**
 * One statement as the server's statistics count it, since they began. Keys are the engine's:
 * opaque to everyone else.
 */
export interface StatementCounters {
  key: string;
  nativeId: string;
  database: string;
  user: string;
  toplevel: boolean;
  calls: number;
  totalMs: number;
  meanMs: number;
  /** Population standard deviation; absent where the server does not say. */
  stddevMs?: number;
  rows: number;
  tempBlocksWritten: number;
  /** Absent where the server does not count it. */
  work?: StatementWork;
  /**
   * Milliseconds since the epoch at which counting of this statement began, where the server says
   * (PostgreSQL 17).
   */
  since?: number;
}

/** What the server did for a statement, in all its calls. */
export interface StatementWork {
  /** Pages of tables and indexes that were looked at, in memory or not (PostgreSQL). */
  pages?: number;
  /** Rows that were read to find those that were returned (MySQL, MariaDB). */
  rowsExamined?: number;
  /** Milliseconds of compiling (PostgreSQL 15). */
  jitMs?: number;
  /** Temporary tables that went to disk, and runs of a sort that were merged (MySQL, MariaDB). */
  diskTables?: number;
  sortMerges?: number;
}

/** The counters of one moment. */
export interface Snapshot {
  /** Wall time, milliseconds since the epoch. */
  at: number;
  /** Changes when the statistics were reset. */
  epoch: string;
  /**
   * Milliseconds all sessions were active, as the server counts it elsewhere; to check ours
   * against.
   */
  activeMs?: number;
  /** Another server answered than in the last cycle: its counters are others. */
  otherServer?: true;
  /** There are more statements than are read. */
  cut?: true;
  /** How often the server threw out those that ran least, for others to have room (PostgreSQL). */
  evictions?: number;
  statements: StatementCounters[];
}

/** One statement over one interval: what selection ranks and rules judge. */
export interface QueryStats {
  key: string;
  nativeId: string;
  database: string;
  user: string;
  /** False: ran inside a function; its time is counted in the caller's too. */
  toplevel: boolean;
  calls: number;
  /** As the server has counted it so far, where that is more than in the interval. */
  callsEver?: number;
  totalMs: number;
  meanMs: number;
  /**
   * Undefined where two snapshots cannot say (one call, or cancellation of digits). Never a false
   * 0.
   */
  stddevMs?: number;
  rows: number;
  tempBlocksWritten: number;
  work?: StatementWork;
  /** Not there at the last snapshot. */
  isNew: boolean;
}

/**
 * A table that a plan reads or writes, named as the plan names it: a partition, or what a view
 * stands on, has facts of its own. What the catalogs do not say, or the role may not read, is
 * absent.
 */
export interface TableFacts {
  schema: string;
  name: string;
  rows: number;
  pages: number;
  /** Never analysed, by hand or by itself. */
  neverAnalyzed: boolean;
  modifiedSinceAnalyze: number;
  indexes: IndexFacts[];
  /** Those that a build left behind unfinished: kept up to date, never read. */
  invalidIndexes?: IndexFacts[];
  /** Those that the planner is told not to look at: kept up to date (MySQL, MariaDB). */
  invisibleIndexes?: IndexFacts[];
  columns?: ColumnFacts[];
  /** Bytes of the primary key, where each entry of another index has it (MySQL, MariaDB). */
  entryKey?: number;
  /** Of the table, in MySQL and MariaDB: `InnoDB`. */
  engine?: string;
  /** The table that it is a partition of; MySQL's and MariaDB's plans name that table itself. */
  partitionOf?: PartitionedTable;
  /** It is partitioned itself (PostgreSQL): rows are in others. */
  partitioned?: true;
  /** Milliseconds since the epoch, the later of by hand and by itself. */
  analyzedAt?: number;
  vacuumedAt?: number;
  /** Pages of its file that hold nothing (MySQL, MariaDB: of files of one table). */
  freePages?: number;
  /** Rows alive and dead as the server counts them besides its estimate. */
  liveRows?: number;
  deadRows?: number;
  /** Share of the pages of which an index alone tells that all see them, 0..1 (PostgreSQL). */
  allVisible?: number;
  /** Rows written since `countedSince` (milliseconds since the epoch; absent: ever). */
  writes?: { inserted: number; updated: number; deleted: number; hotUpdated?: number };
  countedSince?: number;
  /** Columns whose dependence on each other the server knows (PostgreSQL). */
  extendedStatistics?: string[][];
  /** Columns of this table that refer to another's. */
  foreignKeys?: { columns: string[]; references: { schema: string; name: string } }[];
  /**
   * Columns of other tables that refer to this one, where the statement deletes from it or sets
   * what they refer to: each row looks for its own among them. Absent: not known, or none.
   */
  referencedBy?: {
    schema: string;
    name: string;
    columns: string[];
    /** Columns of this table. */
    references?: string[];
    /** They lead an index that has all rows. */
    indexed: boolean;
    rows: number;
    partitioned?: true;
  }[];
}

export interface PartitionedTable {
  schema: string;
  name: string;
  /** `range`, `list`, `hash`. */
  strategy: string;
  /** Columns; an expression as the server prints it, redacted. */
  keys: string[];
  partitions: number;
}

/** No value of the column is in it. */
export interface ColumnFacts {
  name: string;
  /** In the server's words, without length: `varchar`. */
  type: string;
  /** Of the longest value, where it has a bound. */
  bytes?: number;
  collation?: string;
  nullable?: boolean;
  /** How many different values there are thought to be. */
  distinct?: number;
  /** Share of the rows that have the commonest value, and no value, 0..1. */
  commonest?: number;
  nulls?: number;
  /** Bytes of a value in the mean. */
  width?: number;
  /** Of the order on disk with that of the values, -1..1 (PostgreSQL). */
  correlation?: number;
  /** A text that the statement at hand compares with a number (analysis/numbers-for-texts.ts). */
  asNumber?: true;
}

export interface IndexFacts {
  name: string;
  unique: boolean;
  /** Column names; an expression as the server prints it, redacted. */
  keys: string[];
  partial: boolean;
  /** Of a partial one, as the server prints it, redacted. */
  predicate?: string;
  /** Absent: a B-tree. */
  method?: string;
  /** Keys of which it has the first letters only (MySQL, MariaDB). */
  prefixed?: string[];
  /** Columns that are kept beside the keys. */
  include?: string[];
  /** A key has another operator class, collation or direction than its column by default. */
  otherOrder?: true;
  /**
   * A primary key, a unique or an exclusion constraint stands on it; in MySQL and MariaDB also a
   * foreign key that no other index serves.
   */
  constraint?: boolean;
  /**
   * It has to stay, whoever reads it: a constraint of this table or of one that refers to it, a
   * replica identity, `CLUSTER` or the index of a partitioned table, whose partition’s it is,
   * stands on it, or it takes two NULLs for one value (PostgreSQL).
   */
  kept?: true;
  /**
   * The index of a partitioned table: nothing is counted of it, and with it those of its partitions
   * go (PostgreSQL).
   */
  partitioned?: true;
  /** How often it was used since the table's `countedSince`: scans; MySQL and MariaDB: rows. */
  scans?: number;
  pages?: number;
}

/** A statement with all that is known about it besides its plan. */
export interface QueryContext {
  stats: QueryStats;
  fingerprint: Fingerprint;
  shape?: QueryShape;
  facts: TableFacts[];
  /** What the server gives a statement, by its own names: `work_mem`, `sort_buffer_size`. */
  settings?: Readonly<Record<string, string>>;
  /** Milliseconds over which `stats` were counted. */
  interval_ms?: number;
  /** When it was looked at, milliseconds since the epoch; absent of plans in files. */
  at?: number;
}

/** What is known of a statement besides plan and figures: it is kept with the plan. No literal. */
export type PlanContext = Pick<QueryContext, 'shape' | 'facts' | 'settings'>;
