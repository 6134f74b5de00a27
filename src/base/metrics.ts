/**
 * The port through which every room counts. Label values must come from closed sets or from target
 * names: a metric's cardinality is bounded by construction, and query texts, fingerprints and
 * hashes never become labels.
 */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly string[],
  ): Histogram;
  /** The text a scrape reads, in pieces between which others have their turn; and as a whole. */
  pieces(): AsyncIterable<string>;
  expose(): Promise<string>;
}

export type Labels = Record<string, string>;
export interface Counter {
  inc(labels?: Labels, by?: number): void;
  remove(labels: Labels): void;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
  remove(labels: Labels): void;
}
export interface Histogram {
  observe(value: number, labels?: Labels): void;
  remove(labels: Labels): void;
}

const nothing = {
  inc: () => undefined,
  set: () => undefined,
  observe: () => undefined,
  remove: () => undefined,
};
/** For a task that nobody scrapes. */
export const silentMetrics: Metrics = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
  async *pieces() {
    yield '';
  },
  expose: async () => '',
};
