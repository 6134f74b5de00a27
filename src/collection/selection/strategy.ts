import type { Sketch } from '../../base/sketch.ts';
import type { QueryStats } from '../../model/statistics.ts';
import type { DatabaseTargetSpec } from '../../resources/kinds/database-target/spec.ts';
import type { ExplainedMark } from '../target-state.ts';

/**
 * A reason to look at a statement. A score of 0 means: not for this reason. Only the order within
 * one strategy counts.
 */
export interface SelectionStrategy {
  readonly name: StrategyName;
  score(candidate: Candidate, context: SelectionContext): number;
}

/** Each has its weight in the spec. */
export type StrategyName = keyof DatabaseTargetSpec['collection']['strategies'];

export interface Candidate {
  stats: QueryStats;
  /** Its interval means so far, this interval not among them. */
  sketch: Sketch | undefined;
  explained: ExplainedMark | undefined;
}

export interface SelectionContext {
  now: number;
  reexplainAfter_ms: number;
}

/** Has no plan that is still current. */
export const isDue = (
  { explained }: Candidate,
  { now, reexplainAfter_ms }: SelectionContext,
): boolean => !explained || now - explained.at >= reexplainAfter_ms;
