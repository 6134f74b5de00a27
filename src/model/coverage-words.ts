import { formatPercent } from '../base/quantity.ts';
import type { Coverage } from './batch.ts';

/** A coverage in the words of status and terminal. What is nothing is left out. */
export interface CoverageWords {
  explained: string;
  accountedFor: string;
  /** The heaviest reasons why there is no plan: `insufficient_privilege 52%, no_sample 3%`. */
  reasons?: string | undefined;
  unknown?: string | undefined;
  elsewhere?: string | undefined;
}

/** Less is noise of two clocks. */
const leastShare = 0.005;
const reasonsShown = 4;

export function coverageWords({
  explained,
  accountedFor,
  reasons = {},
  unknown = 0,
  elsewhere = 0,
}: Coverage): CoverageWords {
  const heaviest = Object.entries(reasons)
    .filter(([, share]) => share >= leastShare)
    .sort(([, a], [, b]) => b - a)
    .slice(0, reasonsShown);
  return {
    explained: formatPercent(explained),
    accountedFor: formatPercent(accountedFor),
    ...(heaviest.length
      ? { reasons: heaviest.map(([code, share]) => `${code} ${formatPercent(share)}`).join(', ') }
      : {}),
    ...(unknown >= leastShare ? { unknown: formatPercent(unknown) } : {}),
    ...(elsewhere >= leastShare ? { elsewhere: formatPercent(elsewhere) } : {}),
  };
}

/** What there is to say beside the two shares, each as `; …`. */
export const coverageRest = ({
  reasons,
  unknown,
  elsewhere,
}: Omit<CoverageWords, 'explained' | 'accountedFor'>): string =>
  [
    reasons && `no plan: ${reasons}`,
    unknown && `${unknown} could not be compared with the last look`,
    elsewhere && `${elsewhere} of the server’s time is in other databases`,
  ]
    .filter(Boolean)
    .map((clause) => `; ${clause}`)
    .join('');
