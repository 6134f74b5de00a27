import type { Candidate } from '../advice/candidates.ts';
import type { Clock } from '../base/clock.ts';
import type { Engine, Session } from '../engines/engine.ts';
import type { HistoryQuestions } from '../history/history-questions.ts';
import type { IndexQuestions, IndexWriter } from '../history/index-looks.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { LookedServer } from '../model/index-look.ts';
import type { Proposal, Unseen } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';
import type { Planner } from '../planner/planner.ts';
import type { Solver } from '../solver/solver.ts';
import type { Tried } from './asked.ts';
import type { Compared } from './compare.ts';
import type { Workload, WorkloadHistory } from './workload.ts';

/** What a run of the advisor is asked for, given, and has found out: words that its files share. */
export interface AdviceWish {
  target: Proposal['target'];
  engine: EngineName;
  /** That its target names. */
  server?: string;
  budgetBytes: number;
  /** Only tables in these; all where it is empty. */
  schemas: readonly string[];
  values: 'none' | 'statistics';
  /** Targets of its namespace that are all its replicas; absent: nobody says. */
  replicas?: readonly string[];
  /** From one run to the next, here and, as far as is known, of its replicas. */
  every_ms: number;
}

export interface AdviceDeps {
  history: WorkloadHistory & IndexQuestions & IndexWriter & Pick<HistoryQuestions, 'targets'>;
  engine: Pick<Engine, 'ddl'>;
  /** One session, behind the gate of a cycle and in its turn. Throws AppError. */
  look<T>(ask: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Loaded when they are needed. */
  planner(): Promise<Planner>;
  solver(): Promise<Solver>;
  /**
   * Of a server whose planner reads rows: the copy that the spec names, if it names one. Told which
   * server advice is for, so that it is never that one; tells what it did not let be done.
   */
  sandbox?: OpenSandbox | undefined;
  /** Where a planner may go away in the middle. */
  planning?: Planning;
  clock: Clock;
  /** Aborted with an AppError: the run ends at once. */
  signal: AbortSignal;
  tell(stage: Stage): void;
}

export interface Planning {
  /** Ends what it is asked, and not the run. */
  signal: AbortSignal;
  /** Whether an error is that it is gone; what it said before stands. */
  lost(error: unknown): boolean;
}

export type OpenSandbox = (
  server: LookedServer,
  tell: (unseen: Unseen) => void,
) => Promise<Planner & AsyncDisposable>;

export type Stage =
  | { kind: 'workload' }
  | { kind: 'look'; databases: number }
  | { kind: 'compare'; done: number; of: number }
  | { kind: 'try'; done: number; of: number }
  | { kind: 'choose' }
  | { kind: 'check' };

export interface Seen {
  workload: Workload;
  worlds: readonly WorldExport[];
  server: LookedServer;
  /** Empty where the engine lists none. */
  listed: readonly Listed[];
  unseen: readonly Unseen[];
  now: number;
}

/** All indexes of one database. */
export interface Listed {
  database: string;
  indexes: readonly CatalogIndex[];
}

export interface Found {
  world: WorldExport;
  compared: Compared;
  candidates: Candidate[];
  tried: Tried;
  /** Tables that indexes were thought of for, and that get none. */
  refused: readonly Unseen[];
}
