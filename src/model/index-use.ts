import type { CatalogIndex } from './catalog-index.ts';
import type { LookedServer } from './index-look.ts';
import type { DropReason, ProposalPhase } from './proposal.ts';

/**
 * The indexes of a target as a person judges them: what each costs, who reads it, on which server,
 * why it could go, and why it has to stay. Times: milliseconds since the epoch.
 */
export interface IndexUse extends CatalogIndex {
  database: string;
  /** Of each server that was looked at, in the order of `IndexesUsed.servers`. */
  use: UseOnServer[];
  /** Why it could go; empty where nothing says so. */
  flags: DropReason[];
  /** What is advised of it, or was made of advice, and is not over. */
  proposal?: { id: string; kind: 'create-index' | 'drop-index'; phase: ProposalPhase };
}

export interface UseOnServer {
  /** Name of the target. */
  server: string;
  /** Since `countedSince`; absent where the server does not say. */
  scans?: number;
  countedSince?: number;
  lastUsed?: number;
  unchangedSince: number;
}

export interface UsedServer {
  /** Of its target. */
  name: string;
  role?: LookedServer['role'];
  /** Its last look; absent: none yet. */
  seenAt?: number;
}

export interface IndexesUsed {
  /** The largest first. */
  items: IndexUse[];
  /** How many there are, and how much they take together: more may be there than `items` has. */
  total: number;
  bytes: number;
  /** The target's own first, then its replicas. */
  servers: UsedServer[];
  /** There may be replicas that nobody looks at. */
  unknownServers: boolean;
}
