import type { SeriesHour } from '../history/history-questions.ts';
import type { SeriesAnswer } from './answers/series.ts';

/**
 * Hours as arrays, a place a step, also where nothing ran: what has a gap in it is drawn with one.
 * Pure.
 */
export function seriesOver(
  hours: readonly SeriesHour[],
  { since, until, stepMs }: { since: number; until: number; stepMs: number },
): SeriesAnswer {
  const first = Math.floor(since / stepMs) * stepMs;
  const count = Math.floor((until - first) / stepMs) + 1;
  const zeros = () => Array.from({ length: count }, () => 0);
  const [calls, totalMs, rows, tempBlocks] = [zeros(), zeros(), zeros(), zeros()];
  const seen = Array.from({ length: count }, () => new Map<string, Seen>());
  for (const hour of hours) {
    const at = Math.floor((hour.at - first) / stepMs);
    if (at < 0 || at >= count) continue;
    add(calls, at, hour.calls);
    add(totalMs, at, hour.totalMs);
    add(rows, at, hour.rows);
    add(tempBlocks, at, hour.tempBlocks);
    for (const plan of hour.plans) look(seen[at], plan);
  }
  const t = Array.from({ length: count }, (_, i) => first + i * stepMs);
  return {
    stepMs,
    t,
    calls,
    totalMs,
    meanMs: calls.map((each, i) => (each > 0 ? (totalMs[i] ?? 0) / each : null)),
    rows,
    tempBlocks,
    plan: seen.map(mostSeen),
    plans: seen.flatMap((plans, i) =>
      [...plans].map(([hash, { count, cost }]) => ({ hash, t: t[i] ?? 0, count, cost })),
    ),
  };
}

interface Seen {
  count: number;
  cost: number;
}

function add(values: number[], at: number, value: number): void {
  values[at] = (values[at] ?? 0) + value;
}

function look(
  plans: Map<string, Seen> | undefined,
  { hash, count, costMax }: SeriesHour['plans'][number],
): void {
  const { count: before, cost } = plans?.get(hash) ?? { count: 0, cost: 0 };
  plans?.set(hash, { count: before + count, cost: Math.max(cost, costMax) });
}

function mostSeen(plans: ReadonlyMap<string, Seen>): string | null {
  let [most, hash]: [number, string | null] = [0, null];
  for (const [each, { count }] of plans) if (count > most) [most, hash] = [count, each];
  return hash;
}
