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
  /**
   * Milliseconds since the epoch at which counting of this statement began, where the server says
   * (PostgreSQL 17).
   */
  since?: number;
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
  totalMs: number;
  meanMs: number;
  /**
   * Undefined where two snapshots cannot say (one call, or cancellation of digits). Never a false
   * 0.
   */
  stddevMs?: number;
  rows: number;
  tempBlocksWritten: number;
  /** Not there at the last snapshot. */
  isNew: boolean;
}

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
  /** Absent where they are not known. */
  columns?: ColumnFacts[];
  /** Of the table, in MySQL and MariaDB: `InnoDB`. */
  engine?: string;
}

export interface ColumnFacts {
  name: string;
  /** In the server's words, without length: `varchar`. */
  type: string;
  /** Of the longest value, where it has a bound. */
  bytes?: number;
  collation?: string;
}

export interface IndexFacts {
  name: string;
  unique: boolean;
  /** Column names; an expression as the server prints it, redacted. */
  keys: string[];
  partial: boolean;
}

/** A statement with all that is known about it besides its plan. */
export interface QueryContext {
  stats: QueryStats;
  fingerprint: Fingerprint;
  shape?: QueryShape;
  facts: TableFacts[];
}

/** What is known of a statement besides plan and figures: it is kept with the plan. No literal. */
export type PlanContext = Pick<QueryContext, 'shape' | 'facts'>;
