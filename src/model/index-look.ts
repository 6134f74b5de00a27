import type { CatalogIndex } from './catalog-index.ts';

/**
 * An index as a server had it at the last look at its catalogs, and since when its counter of scans
 * has stood still there. Times: milliseconds since the epoch.
 */
export interface IndexLook extends CatalogIndex {
  database: string;
  /** What was looked at: its id in the engine's own words, and what it was then. */
  server: LookedServer;
  /**
   * Nobody has read it since, on this server, as far as that is known: never earlier than the first
   * look.
   */
  unchangedSince: number;
  /** The last look. */
  seenAt: number;
}

export interface LookedServer {
  id: string;
  role: 'primary' | 'standby';
  /** How many servers replicated it then; absent where that is not told. */
  replicas?: number;
}
