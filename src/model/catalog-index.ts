import type { IndexDef } from './index-def.ts';

/**
 * An index as a server's catalogs have it, with all that decides whether it may be dropped. No
 * value of a column but those that its own definition has.
 */
export interface CatalogIndex {
  name: string;
  /** What would make it again, if `restorable`; its table, keys and predicate in any case. */
  index: IndexDef;
  /** A change made of `index` gives exactly this one: no storage options, no tablespace. */
  restorable: boolean;
  bytes: number;
  /** Read and written; one whose building failed is written only, or not even that. */
  valid: boolean;
  /** Somebody is at it in this moment. */
  building?: true;
  /** Kept from the planner (MySQL, MariaDB). */
  hidden?: true;
  /** Why it has to stay, whoever reads it. */
  needed?: 'constraint' | 'replica-identity' | 'cluster' | 'foreign-key' | 'partition';
  /** Columns in whose order it has rows of the same keys: of InnoDB those of the primary key. */
  behind?: string[];
  /** What it keeps unique it does at the end of a transaction: nothing else counts on it before. */
  deferred?: true;
  /** Rows that refer to another table's are found by it, when those go. */
  servesForeignKey?: true;
  /** Scans since `countedSince`; absent where the server does not say. */
  scans?: number;
  /** Milliseconds since the epoch. */
  countedSince?: number;
  /** When it was read last, where the server says (PostgreSQL 16). */
  lastUsed?: number;
}
