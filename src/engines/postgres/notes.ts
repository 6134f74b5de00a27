/**
 * What this engine wants to know again in the next cycle of a target, wherever that runs. Small: it
 * is saved with the target's state.
 */
export interface PostgresNotes {
  /** Where the last counters came from, and of whose copies it is one. */
  server?: { started: string; address: string; lineage?: string };
  /** What reading the texts of the statistics was like. */
  texts?: TextsMemory;
  /**
   * Σ of all calls and of the transactions of the server, to see whether anything is counted, and
   * how often entries were thrown out.
   */
  counted?: { calls: number; commits: number; evictions?: number; at: number };
  /** Databases where a login waited in vain: how often in a row, and until when they rest. */
  unanswered?: readonly { database: string; failures: number; until: number }[];
}

export interface TextsMemory {
  /** Bytes of all texts, where they were ever told or read. */
  bytes?: number;
  /** Not read before this time, milliseconds since the epoch. */
  until: number;
  /** Failed reads in a row. */
  failures: number;
  /** Why not; absent where it only was too recent. */
  code?: 'text_unreadable' | 'texts_too_large';
  detail?: string;
  /** Another database whose encoding takes them all, and which has the extension. */
  database?: string;
}
