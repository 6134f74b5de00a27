import type { Refusal } from '../../model/refusal.ts';
import type { Snapshot } from '../../model/statistics.ts';
import type { Known, Opened } from '../driver.ts';
import type { Connection } from './connection.ts';
import type { FactsMemories, FactsMemory } from './facts-memory.ts';
import type { FunctionsOf } from './function-check.ts';
import type { LimitedDatabase } from './health.ts';
import type { ServerIdentity } from './identity.ts';
import type { Patience } from './in-time.ts';
import type { PostgresNotes, TextsMemory } from './notes.ts';
import type { StatementCache } from './statement-cache.ts';
import type { StatementsExtension } from './workload.ts';

/** What this engine knows in one cycle. */
export interface PostgresKnown extends Known {
  readonly identity: ServerIdentity;
  readonly extension: StatementsExtension | undefined;
  /** The same on a server and its physical copies, and on no other. */
  readonly lineage: string;
  readonly notes: PostgresNotes & { texts: TextsMemory };
  /** The counters come from another server than those of the last cycle. */
  readonly otherServer: boolean;
  /** Whether this session may use DO blocks. */
  readonly blocks: { allowed: boolean };
  /** Read by the prerequisites for the cycle that follows them. */
  ahead: Snapshot | undefined;
  /** Of those who ask for facts that are missing. */
  readonly turns: { last: Promise<unknown> };
  /** Databases whose catalogs could not be read in time: not asked again in this cycle. */
  readonly late: Map<string, Refusal>;
  readonly patience: Patience;
  /** As of the last look at the server's health. */
  limited: readonly LimitedDatabase[];
  readonly kept: Kept;
}

/** Of all targets, between cycles. */
export interface Kept {
  statements: StatementCache;
  facts: FactsMemories;
  sound: SoundFunctions;
}

/** When all functions of these roles were last found sound, by database. */
interface SoundFunctions {
  get(key: string): { found: FunctionsOf; at: number } | undefined;
  set(key: string, entry: { found: FunctionsOf; at: number }): void;
}

export type PostgresSession = Opened<Connection, PostgresKnown>;

/**
 * Limits may differ from one spec to the next: what was learnt under others does not count. Nor
 * does what was learnt of a server of other catalogs, at the same address or not: its identifiers
 * of statements and tables are made of numbers that may stand for others there.
 */
export const scopeOf = ({ target, known }: Pick<PostgresSession, 'target' | 'known'>): string =>
  `${target.uid}@${target.generation} ${known.lineage}`;

/** What is known of the tables of a database. */
export const factsIn = ({ target, known, clock }: PostgresSession, database: string): FactsMemory =>
  known.kept.facts.of(`${target.uid} ${known.lineage} ${database}`, clock.now());

export const viaFunction = ({ target }: Pick<PostgresSession, 'target'>): boolean =>
  target.spec.explain.via === 'function';
