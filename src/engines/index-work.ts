import type { Clock } from '../base/clock.ts';
import type { Credentials } from '../model/credentials.ts';
import type { HealthSample } from '../model/health-sample.ts';
import type { IndexSeen, PreflightRefusal, WorkFailure } from '../model/index-seen.ts';
import type { Change } from '../model/proposal.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/**
 * What changes an index on a server: the only sessions of ours that write, with credentials of
 * their own, which the collector never has. Nothing is decided here: each command does one thing,
 * and what it did is looked up afterwards.
 */
export type IndexChange = Extract<Change, { kind: 'create-index' | 'drop-index' }>;

/** What stands in for an index that goes as redundant: it has to be there still. */
export const coverOf = (change: IndexChange): string | undefined =>
  change.kind === 'drop-index' && change.because.kind === 'redundant'
    ? change.because.covered
    : undefined;

export interface IndexWorkOptions {
  target: Target;
  credentials: Credentials;
  /** As they are when a connection that was lost is opened again. Throws AppError. */
  credentialsNow?: () => Promise<Credentials>;
  database: string;
  change: IndexChange;
  /** Written onto what we make: by it we know it again. */
  mark: string;
  /** Of the recommendation; names the session, so that what it left running is found. */
  uid: string;
  clock: Clock;
  signal: AbortSignal;
  /** For how long it waits for others who are not kept waiting by it, where an engine can. */
  patience_ms?: number;
}

export interface IndexWork extends AsyncDisposable {
  /**
   * Ours until the session ends, which outlives this program while a statement runs. False: another
   * executor works on the server; where nothing but a drop may follow, on the table.
   */
  lock(what?: { onlyDrops: boolean }): Promise<boolean>;
  /** From the catalog; `busy` where the lock is another's. */
  look(): Promise<IndexSeen>;
  /**
   * Undefined: nothing is against it. `snapshot_ms`: how old a transaction may be for which a build
   * would have to wait; a minute where nothing is said.
   */
  preflight(snapshot_ms?: number): Promise<PreflightRefusal | undefined>;
  health(): Promise<HealthSample>;
  /**
   * Bytes of the indexes that have a mark of ours, without this one: of PostgreSQL in the database,
   * of the others in all that the account sees.
   */
  built(): Promise<number>;
  /**
   * Make the index be there, or be gone; mark what is there. Resolve when the server has answered,
   * with what it refused for; what came of it is looked up.
   */
  build(): Promise<WorkFailure | undefined>;
  drop(): Promise<WorkFailure | undefined>;
  mark(): Promise<WorkFailure | undefined>;
  /** Where the engine can: keeps plans from using what is there, and lets them again. */
  hide(): Promise<WorkFailure | undefined>;
  show(): Promise<WorkFailure | undefined>;
  /**
   * Ends what a session of this recommendation runs, whoever began it; where the engine lets it,
   * its own also while no login is possible. Throws AppError.
   */
  cancel(): Promise<void>;
  /**
   * Somebody waits for what the running statement holds for long, and keeps others waiting: a
   * migration, a backup. What waits for seconds at most is not meant.
   */
  isAwaited(): Promise<boolean>;
  /** How far a build of this recommendation is; undefined where none runs, or none says. */
  progress(): Promise<BuildProgress | undefined>;
}

export interface BuildProgress {
  /** The server's word for what it does. */
  phase: string;
  done: number;
  /** In the same unit, blocks or rows; 0: not known. */
  total: number;
}
