import type { Severity } from '../model/finding.ts';
import type { FindingKey, Verdict } from '../model/verdict.ts';

/**
 * Where `dbintel finding` reads and writes what people say of findings: the history of a standalone
 * program, whether it runs or not; or the annotation of a target in a cluster. A target is
 * `namespace/name`, or a name alone. What cannot be done throws AppError.
 */
export interface VerdictPlace {
  /** `muted`: those, too. */
  list(target: string, muted: boolean): Promise<ListedFinding[]>;
  /** Returns the target's `namespace/name`. */
  give(target: string, verdict: Verdict): Promise<string>;
  retract(target: string, key: FindingKey): Promise<string>;
  close(): Promise<void>;
}

export interface ListedFinding extends FindingKey {
  /** What is found; absent of a verdict on what is not found now. */
  message?: string;
  severity?: Severity;
  verdict?: Verdict;
}
