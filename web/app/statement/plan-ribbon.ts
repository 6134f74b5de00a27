import type { PlanSummaryAnswer, SeriesAnswer } from '../../data/target-answers.ts';

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

/** What is told of the statement beside its course. */
export interface PlansKnown {
  plans: readonly Pick<PlanSummaryAnswer, 'hash' | 'firstSeen' | 'lastSeen'>[];
  latestHash?: string | undefined;
}

/**
 * Steps in which nothing was looked at belong to the plan before them: nobody saw another. A step
 * has the plan seen most, from when that was first seen, and before it those that were new in the
 * step; the last ends with the plan in use.
 */
export function planStretches(
  series: Pick<SeriesAnswer, 't' | 'plan' | 'stepMs'>,
  now: number,
  { plans, latestHash }: PlansKnown,
): PlanStretch[] {
  const { t, plan, stepMs } = series;
  const [start, end] = [t[0] ?? 0, endOf(series, now)];
  const known = new Map(plans.map((each) => [each.hash, each]));
  const found: { hash: string; at: number }[] = [];
  const begin = (hash: string, at: number) => {
    while (found.length > 0 && (found.at(-1)?.at ?? 0) >= at) found.pop();
    if (found.at(-1)?.hash !== hash) found.push({ hash, at });
  };
  const newIn = (at: number, before: number) =>
    plans
      .filter(({ firstSeen }) => firstSeen >= at && firstSeen < before)
      .toSorted((a, b) => a.firstSeen - b.firstSeen);
  for (const [place, at] of t.entries()) {
    const hash = plan[place];
    if (!hash || hash === found.at(-1)?.hash) continue;
    const first = known.get(hash)?.firstSeen ?? at;
    const came = Math.abs(first - at) < stepMs ? Math.max(start, first) : at;
    for (const each of newIn(at, came)) begin(each.hash, each.firstSeen);
    begin(hash, came);
  }
  const last = found.at(-1);
  if (last && latestHash !== undefined && latestHash !== last.hash) {
    const first = known.get(latestHash)?.firstSeen ?? last.at;
    // What was in use before, too, came again when the other was seen last.
    const came = first > last.at ? first : (known.get(last.hash)?.lastSeen ?? end);
    begin(latestHash, Math.min(end, Math.max(last.at + 1, came)));
  }
  const share = (at: number) => Math.min(1, (at - start) / Math.max(1, end - start));
  return found.map(({ hash, at }, place) => {
    const next = found[place + 1]?.at ?? end;
    return { hash, from: share(at), to: share(next), at };
  });
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
