import type { CycleAnswer } from '../../data/target-answers.ts';

/**
 * Cycles of a day as bars: as high as the longest in its stretch of time took, filled by what
 * happened to the worst of them. Pure.
 */
export const outcomes = ['collected', 'skipped', 'deferred', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

export interface CycleBar {
  /** When the stretch begins. */
  at: number;
  cycles: number;
  outcome: Outcome;
  /** Of the worst: why. */
  code?: string;
  durationMs: number;
  selected: number;
  explained: number;
  databaseMs: number;
}

export interface CycleBars {
  from: number;
  stretch_ms: number;
  /** A place a stretch; undefined where none ran. */
  bars: readonly (CycleBar | undefined)[];
  longestMs: number;
}

const most = 96;
const spans_ms = [1, 3, 6, 12, 24].map((hours) => hours * 3_600_000);

/**
 * As long a time as there are cycles of, in steps that people know; where earlier ones have been
 * left out, no longer: a stretch without any would look as if none had run.
 */
export function cycleBars(cycles: readonly CycleAnswer[], now: number, areAll = true): CycleBars {
  const first = cycles.reduce((least, { startedAt }) => Math.min(least, startedAt), now);
  const known = Math.min(now - first, spans_ms.at(-1) as number);
  const span = areAll ? (spans_ms.find((each) => each >= known) as number) : known;
  const [from, stretch_ms] = [now - span, span / most];
  const bars: (CycleBar | undefined)[] = Array.from({ length: most }, () => undefined);
  for (const cycle of cycles) {
    const place = Math.min(most - 1, Math.floor((cycle.startedAt - from) / stretch_ms));
    if (place >= 0) bars[place] = added(bars[place], cycle, from + place * stretch_ms);
  }
  const longestMs = bars.reduce((longest, bar) => Math.max(longest, bar?.durationMs ?? 0), 1);
  return { from, stretch_ms, bars, longestMs };
}

function added(bar: CycleBar | undefined, cycle: CycleAnswer, at: number): CycleBar {
  const { outcome, durationMs, databaseMs, selected, explained } = cycle;
  const worse = !bar || outcomes.indexOf(outcome.kind) > outcomes.indexOf(bar.outcome);
  const code = worse ? codeOfCycle(cycle) : bar.code;
  return {
    at,
    cycles: (bar?.cycles ?? 0) + 1,
    outcome: worse ? outcome.kind : bar.outcome,
    ...(code === undefined ? {} : { code }),
    durationMs: Math.max(bar?.durationMs ?? 0, durationMs),
    selected: (bar?.selected ?? 0) + selected,
    explained: (bar?.explained ?? 0) + explained,
    databaseMs: (bar?.databaseMs ?? 0) + databaseMs,
  };
}

export function codeOfCycle({ outcome }: Pick<CycleAnswer, 'outcome'>): string | undefined {
  if (outcome.kind === 'collected') return undefined;
  return outcome.kind === 'failed' ? outcome.error : outcome.reason;
}

/** `118 cycles in 1 h: 116 collected, 2 failed (statement_timeout)`. */
export function cyclesSentence(cycles: readonly CycleAnswer[]): string {
  const parts = outcomes.flatMap((kind) => {
    const of = cycles.filter(({ outcome }) => outcome.kind === kind);
    if (of.length === 0) return [];
    const codes = [...new Set(of.map(codeOfCycle))].filter((code) => code !== undefined);
    return [`${of.length} ${kind}${codes.length ? ` (${codes.slice(0, 3).join(', ')})` : ''}`];
  });
  return parts.length ? parts.join(', ') : 'no cycle yet';
}
