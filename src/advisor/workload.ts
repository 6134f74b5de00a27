import type { HistoryQuestions, WorkloadStatement } from '../history/history-questions.ts';

/**
 * What a target's statements did of late, as far as advice looks at it: those that matter, what all
 * of them took together, and over how long. Read from history; nobody's server is asked.
 */
export interface Workload {
  /** Heaviest first. */
  statements: WorkloadStatement[];
  /** Database time of all statements, the light ones too; milliseconds. */
  totalMs: number;
  /** Over which they were counted, milliseconds. */
  span_ms: number;
  /** Those that took too little, or came after as many as are looked at. */
  light: number;
}

export type WorkloadHistory = Pick<
  HistoryQuestions,
  'queries' | 'series' | 'cycles' | 'workload' | 'findings'
>;

/** Of the database's time: what takes less pays for no index. */
export const leastShare = 0.001;
/** Some 20 s of planning; on what was tried the thousandth share comes long before. */
export const mostStatements = 400;
/** A week has what comes on its days, and is not yet another season. */
export const window_ms = 7 * 24 * 3_600_000;
const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;

export async function readWorkload(
  history: WorkloadHistory,
  target: string,
  now: number,
  signal: AbortSignal,
): Promise<Workload> {
  const since = now - window_ms;
  const [heaviest] = await history.queries({ target, since, limit: 1 });
  if (!heaviest || heaviest.timeShare === 0)
    return { statements: [], totalMs: 0, span_ms: 0, light: 0 };
  const totalMs = heaviest.totalMs / heaviest.timeShare;
  const statements: WorkloadStatement[] = [];
  let light = 0;
  for await (const statement of history.workload({ target, since, signal })) {
    const counts = statement.weight.totalMs >= leastShare * totalMs;
    if (counts && statements.length < mostStatements) statements.push(statement);
    else light += 1;
    // They come in order: what follows is lighter still, and reading it is not free.
    if (!counts) break;
  }
  const began = await beganAt(history, target, heaviest.fingerprint, { since, now });
  return { statements, totalMs, span_ms: Math.max(1, now - began), light };
}

/** When the first cycle ran of the hour in which its heaviest statement was first counted. */
async function beganAt(
  history: WorkloadHistory,
  target: string,
  fingerprint: string,
  { since, now }: { since: number; now: number },
): Promise<number> {
  const [first] = await history.series({ target, fingerprint, since, until: now });
  if (!first) return since;
  const until = first.at + hour_ms;
  const cycles = await history.cycles({ target, since: first.at, until, limit: mostCycles });
  return Math.max(since, cycles.at(-1)?.startedAt ?? first.at);
}
/** Of one hour: every 10 s. */
const mostCycles = 360;

/** Of a day, from what was counted over `span_ms`; 0 where nothing was. */
export const perDay = (amount: number, span_ms: number): number =>
  span_ms > 0 ? (amount * day_ms) / span_ms : 0;
