import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import type { Lru } from '../base/lru.ts';
import type { Random } from '../base/random.ts';
import type { Engine, Prerequisite, Session } from '../engines/engine.ts';
import type { BatchQuery, CycleOutcome, TopFinding } from '../model/batch.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { QueryContext } from '../model/statistics.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { Window } from './delta.ts';
import type { Selected } from './selection/select.ts';
import type { CycleSettings } from './settings.ts';
import type { TargetState } from './target-state.ts';

/**
 * A step takes what the cycle knows, asks the server, decides, and yields what the cycle knows
 * then; one that asks many times yields each time. Nothing is changed in place: whatever ends the
 * cycle, what was yielded last is what it has got, and what its target remembers.
 */
export type Step = (
  cycle: Progress,
  session: Session,
  context: CycleContext,
) => AsyncIterable<Progress>;

export interface Progress {
  /** What the next cycle starts from, should this one end here. */
  readonly state: TargetState;
  /** The cycle is over. */
  readonly outcome?: CycleOutcome;
  readonly server?: { version: string; role: 'primary' | 'standby' };
  readonly brake?: Code;
  readonly prerequisites?: readonly Prerequisite[];
  readonly window?: Window;
  /** Why a statement is no candidate, by key. */
  readonly leftOut: ReadonlyMap<string, Code>;
  /** In the order to explain them. */
  readonly ranked: readonly Selected[];
  readonly answers: readonly Answer[];
  /** Redacted texts of heavy statements that were not asked about, by key. */
  readonly texts: ReadonlyMap<string, string>;
  /** Milliseconds our statements have taken. */
  readonly databaseMs: number;
}

/** A cycle that is over. */
export type Ended = Progress & { readonly outcome: CycleOutcome };

/** What became of one statement that was selected. */
export interface Answer {
  query: BatchQuery;
  /** Wall time. */
  at: number;
  /** It took one of the places of the cycle. */
  asked: boolean;
}

export interface CycleDeps {
  engine: Engine;
  target: Target;
  epoch: number;
  holder: string;
  credentials(fresh: boolean): Promise<Credentials>;
  stops(): readonly Stop[];
  clock: Clock;
  random: Random;
  /** Another target's label if the server and database are its already. */
  claimServer(server: string): Promise<string | undefined>;
  analyse(plan: Plan, context: QueryContext & { timeShare: number }): Promise<Finding[]>;
  /** Of a statement without a plan: what its text and its tables alone tell. */
  analyseUnplanned(context: QueryContext & { timeShare: number }): Promise<Finding[]>;
  /** What is known of a statement that was explained in an earlier cycle. */
  recall: Recall;
  homes: TextHomes;
  /**
   * When something was changed for it, by fingerprint: a plan that is older is not current. Absent:
   * nobody changes anything.
   */
  changes?(): Promise<ReadonlyMap<string, number>>;
}

export interface Recalled {
  /** In which it ran last. */
  database?: string;
  text?: string;
  hash?: string;
  cost?: number;
  findings: TopFinding[];
}

/**
 * By target and a text's fingerprint, the database whose statement has it; by these and a database,
 * the fingerprint of the statement there.
 */
export type TextHomes = Lru<string, string>;

/** By fingerprint; what nothing is known of is absent. */
export type Recall = (fingerprints: readonly string[]) => Promise<ReadonlyMap<string, Recalled>>;

/** What stays as it is for the length of a cycle. */
export interface CycleContext extends CycleDeps {
  settings: CycleSettings;
  /** The target's spec includes the database. */
  covers(database: string): boolean;
}
