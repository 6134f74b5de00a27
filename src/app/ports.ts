import type { Clock } from '../base/clock.ts';
import type { Failure } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Engine } from '../engines/engine.ts';
import type { Exporter } from '../exporters/exporter.ts';
import type { AdviceWriter } from '../history/advice.ts';
import type { BufferedHistory } from '../history/buffered-history.ts';
import type { CycleMemory, HistoryQuestions } from '../history/history-questions.ts';
import type { HistoryWriter } from '../history/history-writer.ts';
import type { IndexWriter } from '../history/index-looks.ts';
import type { Reviews } from '../http/reviews.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { AdviceRun } from '../model/proposal.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/**
 * Everything through which a program touches the world. A command gives the real ones, the
 * simulation simulated ones; what is built of them is the same. What is given is closed by the
 * program when it stops.
 */
export interface Ports {
  clock: Clock;
  random: Random;
  /** Of this process, for people: its pod's or its host's. */
  name: string;
  /** So many random bytes, as hex: for names that nobody else has. */
  newId(bytes: number): string;
  logger: Logger;
  metrics: Metrics;
  engines: Record<EngineName, Engine>;
  /** For cycles: never late, at worst unknown. */
  history: HistoryWriter & CycleMemory & Partial<Pick<BufferedHistory, 'away_ms'>>;
  /** Where batches go besides history. */
  exporters: readonly Exporter[];
  /** Undefined: nothing listens. */
  listen?: ListenPort;
  /** Puts what is advised where people approve it; undefined: they read it in the history. */
  recommend?(target: Target, run: AdviceRun): Promise<void>;
}

export interface ListenPort {
  /** For people: what cannot be had is an error. */
  history: HistoryQuestions & Pick<HistoryWriter, 'judge' | keyof (AdviceWriter & IndexWriter)>;
  /** Bearer token of the API. */
  token: string;
  /** Whose other tokens are, and what they may; undefined: there are no others. */
  reviews?: Reviews;
}

/** What has been built: it runs from `start` to `stop`. */
export interface Program {
  /** Resolves with the API's address when everything runs. */
  start(): Promise<{ api: string | undefined }>;
  /**
   * Lets cycles in flight finish, within the drain time. Resolves with the parts that did not stop
   * cleanly.
   */
  stop(): Promise<Failure[]>;
  /** Cancels cycles in flight on their servers: there is no time to let them finish. */
  cancel(): void;
}
