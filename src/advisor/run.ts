import type { Candidate } from '../advice/candidates.ts';
import type { Clock } from '../base/clock.ts';
import type { Engine, Session } from '../engines/engine.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { Proposal } from '../model/proposal.ts';
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
  budgetBytes: number;
  /** Only tables in these; all where it is empty. */
  schemas: readonly string[];
  values: 'none' | 'statistics';
}

export interface AdviceDeps {
  history: WorkloadHistory;
  engine: Pick<Engine, 'ddl'>;
  /** One session, behind the gate of a cycle and in its turn. Throws AppError. */
  look<T>(ask: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Loaded when they are needed. */
  planner(): Promise<Planner>;
  solver(): Promise<Solver>;
  clock: Clock;
  /** Aborted with an AppError: the run ends at once. */
  signal: AbortSignal;
  tell(stage: Stage): void;
}

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
  role: Session['server']['role'];
  /** Empty where the engine lists none. */
  listed: readonly Listed[];
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
}
