import type { SeriesAnswer } from '../../data/target-answers.ts';

/** Which plan was in use when, as stretches of one plan each. Pure. */
export interface PlanStretch {
  hash: string;
  /** Shares of the whole range, 0..1. */
  from: number;
  to: number;
  at: number;
}

/** The last step ends now: what is drawn over time, and what below it, end at one place. */
export const endOf = ({ t, stepMs }: Pick<SeriesAnswer, 't' | 'stepMs'>, now: number): number => {
  const last = t.at(-1) ?? 0;
  return Math.max(last, Math.min(last + stepMs, now));
};

/** Hours in which nothing was looked at belong to the plan before them: nobody saw another. */
export function planStretches(series: Pick<SeriesAnswer, 't' | 'plan' | 'stepMs'>, now: number) {
  const { t, plan, stepMs } = series;
  const [first, end] = [t[0] ?? 0, endOf(series, now)];
  const share = (at: number) => Math.min(1, (at - first) / Math.max(1, end - first));
  const stretches: PlanStretch[] = [];
  for (const [place, at] of t.entries()) {
    const hash = plan[place] ?? stretches.at(-1)?.hash;
    if (hash === undefined) continue;
    const before = stretches.at(-1);
    const to = share(at + stepMs);
    if (before?.hash === hash) before.to = to;
    else stretches.push({ hash, from: share(at), to, at });
  }
  return stretches;
}

/** A statement that is new has no course before it: at least so many steps are shown. */
const leastSteps = 6;

/** Without the steps before it was first seen. */
export function sinceSeen(series: SeriesAnswer): SeriesAnswer {
  const first = series.calls.findIndex((calls) => calls > 0);
  const from = Math.max(0, Math.min(first < 0 ? 0 : first, series.t.length - leastSteps));
  const cut = <T>(values: readonly T[]): T[] => values.slice(from);
  const { t, calls, totalMs, meanMs, rows, tempBlocks, plan } = series;
  return {
    ...series,
    t: cut(t),
    calls: cut(calls),
    totalMs: cut(totalMs),
    meanMs: cut(meanMs),
    rows: cut(rows),
    tempBlocks: cut(tempBlocks),
    plan: cut(plan),
  };
}

/** A, B, C…: plans by when they were first seen, as people speak of them. */
export function planLetters(
  plans: readonly { hash: string; firstSeen: number }[],
): ReadonlyMap<string, string> {
  const sorted = plans.toSorted((a, b) => a.firstSeen - b.firstSeen);
  return new Map(sorted.map(({ hash }, place) => [hash, letterOf(place)]));
}

/** A … Z, AA, AB … */
export function letterOf(place: number): string {
  const letter = String.fromCodePoint(65 + (place % 26));
  return place < 26 ? letter : letterOf(Math.floor(place / 26) - 1) + letter;
}
