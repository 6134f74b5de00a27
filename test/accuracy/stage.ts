import type { EngineName } from '../../src/model/engine-name.ts';
import type { Work } from './cost.ts';

/**
 * A real server that holds one world: copies of the world are made, defects brought into them, and
 * statements run as an application does. What engines do differently is behind this.
 */
export interface Stage {
  engine: EngineName;
  port: number;
  /** The database that holds the world as it was loaded. */
  origin: string;
  /** `tables`: those that the copy has to have, by their names in the world. */
  copy(name: string, tables: readonly string[]): Promise<void>;
  drop(name: string): Promise<void>;
  /** Takes away what writes that were undone have left behind. */
  tidy(database: string, tables: readonly string[]): Promise<void>;
  /** Statements of the superuser. */
  run(statements: readonly string[], database: string): Promise<void>;
  /** Logged in as an application whose role has these settings. */
  open(database: string, settings: Settings): Promise<Application>;
  counters(database: string): Promise<Counters[]>;
  indexes(database: string): Promise<IndexName[]>;
  dropIndexes(database: string, indexes: readonly IndexName[]): Promise<void>;
  /** What follows is collected under these, where roles have no settings of their own. */
  setForAll(settings: Settings): Promise<void>;
  stop(): Promise<void>;
}

export interface IndexName {
  table: string;
  name: string;
}

export type Settings = Readonly<Record<string, string>>;

export interface Application {
  query(sql: string): Promise<void>;
  /** What it ran is counted then. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Of one statement in one database, since the server began. */
export interface Counters extends Work {
  /** The server's own. */
  id: string;
}

export const applicationPassword = 'pw-of-the-application';
/** A call that takes longer says that the world is too large, not that the defect is dear. */
export const callTimeout_s = 20;
/** What an application says besides its statements is not the case's. */
export const isSurroundings = (text: string): boolean =>
  /^\s*(begin|start|commit|rollback|set|show|use|do)\b/i.test(text);
