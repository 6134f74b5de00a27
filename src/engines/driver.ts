import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { Credentials } from '../model/credentials.ts';
import type { HealthSample } from '../model/health-sample.ts';
import type { Snapshot } from '../model/statistics.ts';
import type { WorldExport, WorldWanted } from '../model/world.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { Connection, ConnectOptions } from './connection.ts';
import type { LockIdentity } from './connection-name.ts';
import type {
  ExplainLimits,
  ExplainResult,
  Prepared,
  Prerequisite,
  ReadyStatement,
  Sandbox,
  Session,
  StatementRef,
  Surroundings,
} from './engine.ts';
import type { Holder, ServerLock } from './server-lock.ts';

/**
 * What an engine gives the session skeleton (session.ts): what is said on its connections and what
 * the answers mean. The skeleton has the rest: which connections there are and how long, on one
 * server, what they took, the lock's attempts, closing. All functions throw AppError, and wait for
 * nothing longer than `timeout_ms` of the session, or the limits that they are given.
 *
 * `C`: a connection of the engine. `K`: what it knows in one cycle.
 */
export interface Driver<C extends Connection, K extends Known> {
  /** Its servers take the next statement before they have answered the last. */
  readonly together: boolean;

  /**
   * The database that a connection is made to in order to reach this one, or the first one where
   * that is undefined; the same for all where one connection reaches them all.
   */
  connectsTo(database: string | undefined): string;

  /**
   * Logs in, and says nothing else. Throws connection_failed, authentication_failed, tls_failed,
   * insufficient_privilege, or why `signal` was aborted.
   */
  connect(options: ConnectOptions): Promise<C>;

  /**
   * The first connection of a cycle: who answers, and only then the settings that it has for its
   * length. Throws pooled_connection, unsupported_version. `notes` are those of the last cycle.
   */
  identify(beginning: Beginning<C>, notes: unknown): Promise<K>;

  /**
   * A connection on which EXPLAIN will run: its limits. One that knows where it is tells
   * `expectServer` before anything is set.
   */
  join(session: Opened<C, K>, worker: C): Promise<void>;

  lock(session: Opened<C, K>, identity: LockIdentity): ServerLock<Holder>;

  /**
   * What must be so, each as soon as it is known, in the order in which people read it. `all`: also
   * tries each read that a cycle does, and tells of what fails instead of throwing it.
   */
  prerequisites(session: Opened<C, K>, all: boolean): AsyncIterable<Prerequisite>;

  health(session: Opened<C, K>): Promise<HealthSample>;

  /** Counters of all statements, without texts. Throws prerequisite_missing. */
  snapshot(session: Opened<C, K>): Promise<Snapshot>;

  /** Redacted, by key; only where they cost little. Not asked where the spec keeps no texts. */
  texts(
    session: Opened<C, K>,
    statements: readonly StatementRef[],
  ): Promise<ReadonlyMap<string, string>>;

  /** Each statement, in order, and whether it may be explained. Sends no EXPLAIN. */
  prepare(session: Opened<C, K>, statements: readonly StatementRef[]): Promise<Prepared[]>;

  /** From memory. Absent where texts are read anew in each cycle. */
  refusedByText?(session: Opened<C, K>, statement: StatementRef): boolean;

  /**
   * Every EXPLAIN of it runs under `underWatch` (watchdog.ts), from when the server comes to it.
   * Called again before it has answered where the engine says `together`.
   */
  explain(
    session: Opened<C, K>,
    statement: ReadyStatement,
    limits: ExplainLimits,
  ): Promise<ExplainResult>;

  /** Absent where the engine has no planner elsewhere. */
  exportWorld?(session: Opened<C, K>, wanted: WorldWanted): Promise<WorldExport>;
  /** Absent where it is not read. */
  indexCatalog?(session: Opened<C, K>, database: string): Promise<CatalogIndex[]>;
  /** Absent where it is not asked. */
  surroundings?(session: Opened<C, K>): Promise<Surroundings>;
  /** Absent where plans are made elsewhere. */
  sandbox?(session: Opened<C, K>): Promise<Sandbox>;
}

/** What an engine knows of the server and remembers until the session closes: data. */
export interface Known {
  /** `id` is another on every other server. */
  readonly server: Session['server'];
  /** For the next cycle; JSON, some hundred bytes. */
  readonly notes?: unknown;
}

/** A session of which only the first connection is there. */
export interface Beginning<C extends Connection> {
  readonly target: Target;
  readonly credentials: Credentials;
  readonly control: C;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of each statement that is no EXPLAIN. */
  readonly timeout_ms: number;
}

/** What the skeleton hands to every function of a driver. */
export interface Opened<C extends Connection, K extends Known> extends Beginning<C> {
  readonly known: K;
  /** The worker that reaches this database, as `join` left it. One at a time. */
  workerFor(database: string): Promise<C>;
}

/**
 * Lock, brake and watchdog are on the control connection's server: a statement must not run on
 * another.
 */
export function expectServer({ server }: Known, id: string): void {
  if (server.id !== id)
    throw new AppError(
      'several_servers',
      'the second connection of the cycle reached another server than the first',
    );
}
