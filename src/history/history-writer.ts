import type { PlanBatch } from '../model/batch.ts';
import type { StopRecord } from '../model/stop.ts';
import type { VerdictChanges } from '../model/verdict.ts';
import type { AdviceWriter } from './advice.ts';
import type { IndexWriter } from './index-looks.ts';

/**
 * The half of history that cycles write: a plan once per (target, fingerprint, hash), with the
 * statement's shape and the facts of its tables; what was seen and used rolled up by hour; findings
 * with their beginning and end; the report of every cycle. The other half: `history-questions.ts`.
 */
export interface HistoryWriter extends AdviceWriter, IndexWriter {
  /** All or nothing. False: refused, a newer owner of the target has written already. */
  record(batch: PlanBatch): Promise<boolean>;
  /** What people say of a target's findings; one verdict a finding, the last one stands. */
  judge(target: string, changes: VerdictChanges): Promise<void>;
  /**
   * Of a stop, what one replica knows; what others have said of it stays, and the first word on its
   * end stands.
   */
  keepStop(stop: StopRecord): Promise<void>;
  /**
   * Removes what is older than the policy says, and a file's oldest where it is larger. A verdict
   * stays for as long as its statement is known; of stops the last `mostPastStops`, as long as
   * plans. By pieces, a target's at a time: a large fleet's is more than one statement may take.
   */
  retain(policy: RetentionPolicy): Promise<Retained>;
  close(): Promise<void>;
}

export interface RetentionPolicy {
  now: number;
  plans_ms: number;
  hours_ms: number;
  cycles_ms: number;
  /** Of a file; none where absent. A server's database is its administrator's to limit. */
  bytes?: number | undefined;
  /** Another one that shares it removes: what it takes is told all the same. */
  isOthers?: boolean;
  /** Aborted: what is left is the next one's. */
  signal?: AbortSignal;
}

export interface Retained {
  /** Rows that were too old, and those for which there was no room. */
  removed: number;
  bySize: number;
  /** What it takes now, and at most. */
  bytes?: number;
  limit?: number;
  /** What is left of it is more than that, and all new. */
  over?: boolean;
}
