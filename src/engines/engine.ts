import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { ExplainVia } from '../dialects/dialect.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { Credentials } from '../model/credentials.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { HealthSample } from '../model/health-sample.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { Fingerprint, Plan } from '../model/plan.ts';
import type { Change } from '../model/proposal.ts';
import type { QueryShape } from '../model/query-shape.ts';
import type { Refusal } from '../model/refusal.ts';
import type { QueryContext, Snapshot, TableFacts } from '../model/statistics.ts';
import type { WorldExport, WorldWanted } from '../model/world.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

import type { SentStatement } from './statement-list.ts';

/**
 * What a database engine can do for the rest of the program. A difference between engines is a flag
 * here or a file in its folder.
 */
export interface Engine {
  readonly name: EngineName;
  /**
   * Connects, takes nothing yet. Throws AppError: connection_failed, authentication_failed,
   * tls_failed, pooled_connection, unsupported_version.
   */
  open(options: OpenOptions): Promise<Session>;
  /** The SQL that prepares a server for collection, with comments; for people to read and run. */
  prerequisitesSql(options: PrerequisitesSqlOptions): string;
  /** Every statement that a cycle sends, in order; `<…>` stands for what is known only then. */
  statements(target: Target): SentStatement[];
  /**
   * What a change is as SQL, from it alone: names quoted, everything else of closed sets. `mark` is
   * written beside an index that is made, so that it is known whose it is: letters, digits and
   * `.:_-`. Sends nothing. Throws AppError: change_refused.
   */
  ddl(change: Change, mark?: string): Promise<Ddl>;
}

/** One statement each, complete; each is sent by itself, outside of any transaction. */
export interface Ddl {
  apply: string[];
  /** After all of `apply`: what takes it back. Empty: there is nothing to take back. */
  rollback: string[];
  /** The first of `apply` takes the index out of use and keeps it; this alone takes that back. */
  show?: string;
}

export interface PrerequisitesSqlOptions {
  /** The collector's own. */
  role: string;
  schemas: readonly string[];
  database: string;
  via?: ExplainVia;
  /** Those whose statements are to be explained; for `function` only. */
  roles?: readonly string[];
}

export interface OpenOptions {
  target: Target;
  credentials: Credentials;
  /** Written into the connection's name, so that a newer owner can tell whose it is. */
  identity: { epoch: number; holder: string };
  clock: Clock;
  random: Random;
  /** Aborted: everything in flight is cancelled on the server, then the connections close. */
  signal: AbortSignal;
  /** `Session.notes` of the last cycle, if there was one. */
  notes?: unknown;
}

/** The connections of one cycle. All waits have deadlines; all errors are AppErrors. */
export interface Session extends AsyncDisposable {
  readonly server: { version: string; role: 'primary' | 'standby'; id: string };
  /** Milliseconds our statements have taken so far, as we waited for them. */
  readonly databaseMs: number;
  /**
   * What the engine wants to know in the next cycle; JSON, some hundred bytes, opaque to everyone
   * else.
   */
  readonly notes?: unknown;
  /** Takes the server's own lock until close. False: another collector has it (locked_by_peer). */
  lock(): Promise<boolean>;
  /** What must be so; a cycle does not go on where one has failed. */
  prerequisites(): Promise<Prerequisite[]>;
  /** The same for people, one by one: also tries each read of a cycle, and names what fails. */
  rehearse(): AsyncIterable<Prerequisite>;
  health(): Promise<HealthSample>;
  snapshot(): Promise<Snapshot>;
  /**
   * Fetches texts, parses, resolves names, and checks what planning would touch. Sends no EXPLAIN.
   * Keeps the order.
   */
  prepare(statements: readonly StatementRef[]): Promise<Prepared[]>;
  /**
   * Its text, as it was last read, is none that can be planned: preparing it costs the server
   * nothing. False where nobody knows.
   */
  refusedByText(statement: StatementRef): boolean;
  /**
   * Redacted, by key, as far as they cost little to have: of statements that are shown though
   * nothing was asked about them.
   */
  texts(statements: readonly StatementRef[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Where `together`, it may be called for several statements of one database at once: they leave
   * in one write, and the server goes through them in that order. Each has its own limits, its own
   * answer, and its time begins when the server comes to it.
   */
  explain(statement: ReadyStatement, limits: ExplainLimits): Promise<ExplainResult>;
  readonly together: boolean;
  /**
   * What a planner elsewhere must know to plan these relations' statements; absent where the engine
   * has no such planner. No part of a cycle. Catalogs alone, read only, under the limits of a
   * cycle's reads, and counted in `databaseMs`; no more than these relations need. Throws AppError:
   * insufficient_privilege (no way into that database), statement_timeout, lock_timeout,
   * connection_failed.
   */
  exportWorld?(wanted: WorldWanted): Promise<WorldExport>;
  /**
   * All indexes of a database but the server's and its extensions' own, 20,000 at most, with this
   * server's counters of their use; absent where they are not read. No part of a cycle; limits and
   * errors as above.
   */
  indexCatalog?(database: string): Promise<CatalogIndex[]>;
  /** What else is there, as far as the role is told. No part of a cycle; limits as above. */
  surroundings?(): Promise<Surroundings>;
  /**
   * What this session is connected to as a place to try things: indexes are made there. Only of a
   * copy that somebody gave for it, never of a target. Absent where plans are made elsewhere.
   * Throws AppError: sandbox_refused, locked_by_peer, insufficient_privilege.
   */
  sandbox?(): Promise<Sandbox>;
  close(): Promise<void>;
}

/** Of one call in the mean. */
export interface Returned {
  rows: number;
  /** Rows of the one table that it reads; absent: there are several, or nobody knows. */
  of?: number;
}

export interface MaybeTexts {
  texts: string[];
  /** Tables that it names, as they are there. */
  facts: readonly TableFacts[];
}

/** A copy of a server, and of its rows, on which indexes are really made. */
export interface Sandbox extends AsyncDisposable {
  readonly server: Session['server'];
  /**
   * What a text with `?` may have been, with values of the copy's own rows, by what comes back on
   * the server. They are for `plan` alone, and go nowhere else. Throws AppError: unplannable.
   */
  texts(statement: { text: string; database: string }, returned: Returned): Promise<MaybeTexts>;
  /** Without a literal, as any plan. Throws AppError: unplannable. */
  plan(statement: { text: string; database: string }, limit_ms: number): Promise<Plan>;
  /** There, and hidden: that may still count in plans. Where it is refused, it is not. */
  prepare(index: IndexDef, name: string): Promise<void>;
  /** There, and looked at by plans, until hidden; closing removes it. Throws unplannable. */
  make(index: IndexDef, name: string): Promise<void>;
  /** Where the copy refuses that, its table is unplannable until it does not. */
  hide(index: IndexDef, name: string): Promise<void>;
  /** Tables on which something was refused since somebody else had them open. */
  held(): { schema: string; table: string }[];
  /** Throws AppError where some of what was made may still be there; the next one removes it. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Surroundings {
  /** That the role may enter, and the spec includes, by name; 1,000 at most. */
  databases: string[];
  /** Servers that have this one's data and its indexes, and may read them; absent: not told. */
  replicas?: number;
}

export interface StatementRef {
  key: string;
  nativeId: string;
  database: string;
  user: string;
}

export type Prepared = ReadyStatement | RefusedStatement;

interface StatementBasics extends StatementRef {
  fingerprint: Fingerprint;
  /** Of the text alone, where `fingerprint` is made of its tables' schema as well. */
  ofText?: string;
  /** Redacted. */
  text?: string;
  shape?: QueryShape;
}

export interface ReadyStatement extends StatementBasics {
  kind: 'ready';
  shape: QueryShape;
  facts: TableFacts[];
  /** Those of all relations that its names mean, where facts may be missing. */
  schemas?: readonly string[];
  /** Whose tables it means is still to be found out, by an EXPLAIN or two for each that may be. */
  seeks?: boolean;
  settings?: QueryContext['settings'];
  /** What the engine needs to explain it; opaque to everyone else. */
  token: unknown;
}

export interface RefusedStatement extends StatementBasics {
  kind: 'refused';
  refusal: Refusal;
  /** Of its tables, where its text told them before it was refused. */
  facts?: TableFacts[];
  schemas?: readonly string[];
}

export interface ExplainLimits {
  timeout_ms: number;
  lockTimeout_ms: number;
  planBytes: number;
  /** Whether another EXPLAIN may be sent for it: asked before each but the first. Absent: any. */
  another?: () => boolean;
  /** Whether one behind which the connection went may be sent anew. Absent: it may. */
  anew?: () => boolean;
}

/** With how many EXPLAINs were sent for it: the budget counts these. */
export type ExplainResult = (Explained | Refusal) & { sent: number };

export interface Explained {
  kind: 'explained';
  plan: Plan;
  /** Where the plan tells more than was known before: of the tables that it reads. */
  facts?: TableFacts[];
  settings?: QueryContext['settings'];
  /** Where its names turned out to mean the tables of one of several schemas: it is called so. */
  named?: Pick<StatementBasics, 'fingerprint' | 'text'>;
  /** What its EXPLAINs took, probes included, each from when the server came to it. */
  took_ms: number;
}

export interface Prerequisite {
  name: string;
  verdict: 'ok' | 'warning' | 'failed';
  /** What was found, in a clause. */
  observed: string;
  /** The exact statement or step that mends it. */
  remediation?: string;
}
