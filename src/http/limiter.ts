import { createLru } from '../base/lru.ts';

/**
 * How often somebody may ask: a bucket for each, which fills with time. Bounded: who was not heard
 * of for longest is forgotten, and begins anew with a full one.
 */
export interface Limiter {
  /** Takes one; seconds to wait where there is none. */
  take(who: string): number | undefined;
  /** What was taken was not used. */
  giveBack(who: string): void;
}

export interface LimiterOptions {
  perSecond: number;
  /** At once, after a pause. */
  burst: number;
  /** Milliseconds that only grow. */
  now(): number;
}

/** Sessions, or addresses; each is some hundred bytes. */
const remembered = 1_000;

export function createLimiter({ perSecond, burst, now }: LimiterOptions): Limiter {
  const buckets = createLru<string, { left: number; at: number }>(remembered);
  const leftOf = (who: string) => {
    const { left, at } = buckets.get(who) ?? { left: burst, at: now() };
    return Math.min(burst, left + ((now() - at) / 1_000) * perSecond);
  };
  const waitFor = (left: number) => (left >= 1 ? undefined : Math.ceil((1 - left) / perSecond));
  return {
    take(who) {
      const left = leftOf(who);
      if (left >= 1) buckets.set(who, { left: left - 1, at: now() });
      return waitFor(left);
    },
    giveBack: (who) => buckets.set(who, { left: Math.min(burst, leftOf(who) + 1), at: now() }),
  };
}
