import type { PlanBatch } from '../model/batch.ts';

/**
 * Where batches go besides history. May be slow or fail: neither reaches the cycle or another
 * exporter.
 */
export interface Exporter {
  readonly name: string;
  export(batch: PlanBatch): Promise<void>;
  /** Sends what is buffered inside. */
  flush(): Promise<void>;
  close(): Promise<void>;
  /** The target is gone; so is what is kept about it. Absent: nothing is kept by target. */
  forget?(target: ExportedTarget): void;
}

export interface ExportedTarget {
  readonly namespace: string;
  readonly name: string;
}
