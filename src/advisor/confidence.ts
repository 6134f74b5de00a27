import { formatDuration } from '../base/quantity.ts';
import type { Confidence } from '../model/index-def.ts';
import type { SelfCheck } from '../planner/self-check.ts';

/**
 * How sure a proposal is, and in a clause each what that stands on: how far the planner is to be
 * believed, how long the workload was watched, and how well a size can be told. Pure.
 */
export interface Grounds {
  check: Pick<SelfCheck, 'confidence' | 'because' | 'about'>;
  /** Of the history that the workload was read from. */
  span_ms: number;
  size: Confidence;
}

export interface Judged {
  confidence: Confidence;
  because: string[];
}

const order: readonly Confidence[] = ['low', 'medium', 'high'];
export const leastOf = (all: readonly Confidence[]): Confidence =>
  order.find((each) => all.includes(each)) ?? 'high';

const day_ms = 86_400_000;

export function judge({ check, span_ms, size }: Grounds): Judged {
  const short = span_ms < day_ms;
  return {
    confidence: leastOf([check.confidence, short ? 'medium' : 'high', size]),
    because: [
      ...check.because,
      ...(short
        ? [`the history is ${formatDuration(span_ms)} long: what runs at other times is not in it`]
        : []),
      ...(size === 'high' ? [] : ['the size of an index of this kind is a rough estimate']),
      check.about,
    ],
  };
}
