import type { Clock } from '../base/clock.ts';
import type { MaybeTexts, Returned } from '../engines/engine.ts';
import type { Confidence, IndexDef } from '../model/index-def.ts';
import type { Plan } from '../model/plan.ts';
import type { PartitionIndex } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';

/**
 * A planner that is not production's: it is told what production's catalogs say, or is a copy's,
 * and asked what plans would be if an index were there. Nothing of it runs on the target.
 */
export interface Planner {
  readonly kind: 'pglite' | 'sandbox';
  /** How far its plans are to be believed, where they are those that the server had. */
  trust(world: WorldExport): Trust;
  /** Throws AppError: planner_failed, planner_timeout, sandbox_refused, connection_failed. */
  open(world: WorldExport, options: { signal: AbortSignal; clock: Clock }): Promise<World>;
}

export interface Trust {
  most: Confidence;
  /** In a clause each, why not more. */
  because: string[];
  /** Of which values the plans are, in a clause. */
  about: string;
  /** Costs are those that the server itself would say. */
  sameCosts: boolean;
}

export interface World extends AsyncDisposable {
  /**
   * Where parameters have to have values: what a text of the history may have been, by what comes
   * back where it runs; for `plan` alone. Throws AppError: unplannable.
   */
  texts?(statement: PlannableStatement, returned: Returned): Promise<MaybeTexts>;
  /**
   * The plan of a text as the history keeps it, parameters as `$1`. Throws AppError: unplannable
   * (a type or extension that is not there), planner_timeout (the world is gone then).
   */
  plan(statement: PlannableStatement, limit_ms: number): Promise<Plan>;
  /**
   * Where an index that is not asked about may still change what a plan is thought to cost: made,
   * and not asked about. All are, before anything is asked; then they change all plans alike.
   */
  prepare?(index: IndexDef, name: string): Promise<void>;
  /**
   * There until dropped, under the name that it would have, and on each partition under that
   * one’s, so that plans and their hashes are those of later. With its size where it says more
   * than our own estimate. Throws AppError: unplannable.
   */
  hypothesise(
    index: IndexDef,
    name?: string,
    partitions?: readonly PartitionIndex[],
  ): Promise<{ id: string; size?: IndexSize }>;
  drop(id: string): Promise<void>;
}

/** One that is told of catalogs alone. */
export interface ToldWorld extends World {
  hypothesise(
    index: IndexDef,
    name?: string,
    partitions?: readonly PartitionIndex[],
  ): Promise<{ id: string; size: IndexSize }>;
  /** As if an index of production were not there; by name. Undone by `show`. */
  hide(schema: string, index: string): Promise<void>;
  show(schema: string, index: string): Promise<void>;
}

export interface PlannableStatement {
  text: string;
  database: string;
  /** For names without a schema. */
  searchPath?: readonly string[];
  /** Settings of its role and database; those of the world hold for all the others. */
  settings?: Readonly<Record<string, string>>;
}

export interface IndexSize {
  bytes: number;
  confidence: Confidence;
}
