import { abortReason, untilAborted } from '../base/deadline.ts';
import { type Row, text } from './columns.ts';
import type { Weight, WorkloadQuestion, WorkloadStatement } from './history-questions.ts';
import { hourOf, toWorkloadStatement } from './rows.ts';

/**
 * A target's workload as a stream. First every statement's weight, as a few numbers each; then, in
 * that order, pages of what is known of them, each by its keys. Between two pages nothing is held
 * on the database, and what was weighed stays weighed: rows that come meanwhile change no order.
 */
export interface Weighed extends Weight {
  fingerprint: string;
}

/** What a backend gives: SQL of its own. */
export interface WorkloadSource {
  /** Heaviest first (`heavierFirst`), no more than `limit`. */
  weigh(target: string, fromHour: number, limit: number, signal: AbortSignal): Promise<Weighed[]>;
  /** What is known of these statements, with the latest plan; in any order. */
  describe(target: string, fingerprints: readonly string[]): Promise<readonly Row[]>;
}

/** Some 10 MB of weights. What is lighter than so many statements changes no advice. */
export const mostStatements = 50_000;
/** A plan is 1–10 KB compressed, 4 MiB of a server's answer some 300 KB: 15 MB at worst. */
export const pageSize = 50;

/** By database time; among equals by fingerprint, so that every backend has one order. */
export const heavierFirst = (a: Weighed, b: Weighed): number =>
  b.totalMs - a.totalMs || (a.fingerprint < b.fingerprint ? -1 : 1);

export async function* streamWorkload(
  { target, since, signal }: WorkloadQuestion,
  source: WorkloadSource,
): AsyncGenerator<WorkloadStatement> {
  const weighed = await untilAborted(
    source.weigh(target, hourOf(since), mostStatements, signal),
    signal,
  );
  for (let at = 0; at < weighed.length; at += pageSize) {
    const page = weighed.slice(at, at + pageSize);
    const keys = page.map(({ fingerprint }) => fingerprint);
    const rows = await untilAborted(source.describe(target, keys), signal);
    const byKey = new Map(rows.map((row) => [text(row, 'fingerprint'), row]));
    for (const { fingerprint, ...weight } of page) {
      if (signal.aborted) throw abortReason(signal);
      const row = byKey.get(fingerprint);
      if (row) yield toWorkloadStatement(row, weight);
    }
  }
}
