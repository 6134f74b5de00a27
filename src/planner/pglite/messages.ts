import type { WorldExport } from '../../model/world.ts';
import type { Comparison } from './boot.ts';
import type { Wanted } from './hypothetical.ts';

/** What is said between the program and the thread that plans. */
export interface WorkerData {
  world: WorldExport;
  comparison: Comparison;
  folder: string | undefined;
}

export interface PlanTask {
  kind: 'plan';
  text: string;
  /** `$1` … */
  params: number;
  searchPath: readonly string[];
  settings: Record<string, string>;
}

export type Task =
  | PlanTask
  | { kind: 'create'; wanted: Wanted }
  | { kind: 'drop'; schema: string; name: string }
  /** An index is there to the planner, or not. */
  | { kind: 'valid'; schema: string; name: string; valid: boolean };

export type Request = { id: number } & Task;

export type Reply =
  | { kind: 'ready' }
  | { kind: 'answer'; id: number; answer: Answer }
  /** `message`: to be looked at, never to be shown: it may quote a value. */
  | { kind: 'failure'; id?: number; state: string; message: string };

/** The plan as JSON, bytes of an index, or nothing. */
export type Answer = string | number | undefined;
