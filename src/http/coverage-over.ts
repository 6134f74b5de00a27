import type { Coverage, CycleReport } from '../model/batch.ts';
import type { CoverageAnswer } from './answers/coverage.ts';

/**
 * Coverage of many cycles: their means, each by the database time of its interval, so that a quiet
 * night does not count as much as a busy noon. What has neither plan nor reason waits for its turn;
 * with what could not be compared it is what nothing is known of. Pure.
 */
const points = 96;

type Shares = Pick<CoverageAnswer, 'explained' | 'coded' | 'unknown'>;
interface Look {
  at: number;
  weight: number;
  coverage: Coverage;
}

/** `cycles`: newest first. */
export function coverageOver(
  cycles: readonly CycleReport[],
  { from, to }: { from: number; to: number },
): CoverageAnswer {
  const looks = cycles
    .flatMap(({ startedAt, coverage, window }): Look[] =>
      coverage ? [{ at: startedAt, weight: weightOf(window), coverage }] : [],
    )
    .reverse();
  const elsewhere = mean(looks, ({ coverage }) => coverage.elsewhere ?? 0);
  const step = Math.max(1, (to - from) / points);
  const byPoint = Map.groupBy(looks, ({ at }) => Math.floor((at - from) / step));
  return {
    from: looks[0]?.at ?? from,
    to,
    cycles: looks.length,
    ...sharesOf(looks),
    ...(elsewhere > 0 ? { elsewhere } : {}),
    points: [...byPoint].map(([i, some]) => ({ t: from + i * step, ...sharesOf(some) })),
  };
}

/** Reports of earlier versions do not say how much the server did: all weigh the same then. */
const weightOf = (window: CycleReport['window']): number =>
  (window?.sessions ?? 1) * (window?.ms ?? 1) || Number.MIN_VALUE;

function sharesOf(looks: readonly Look[]): Shares {
  const explained = mean(looks, ({ coverage }) => coverage.explained);
  const codes = new Set(looks.flatMap(({ coverage }) => Object.keys(coverage.reasons ?? {})));
  const coded = Object.fromEntries(
    [...codes].map((code) => [code, mean(looks, ({ coverage }) => reasonOf(coverage, code))]),
  );
  const known = Object.values(coded).reduce((sum, share) => sum + share, explained);
  return { explained, coded, unknown: looks.length ? Math.max(0, 1 - known) : 0 };
}

const reasonOf = ({ reasons = {} }: Coverage, code: string): number =>
  reasons[code as keyof typeof reasons] ?? 0;

function mean(looks: readonly Look[], of: (look: Look) => number): number {
  const weight = looks.reduce((sum, look) => sum + look.weight, 0);
  return weight > 0 ? looks.reduce((sum, look) => sum + of(look) * look.weight, 0) / weight : 0;
}
