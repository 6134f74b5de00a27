/** Randomness comes in as a parameter: a run with a seed can be repeated. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };

/** mulberry32: small, seeded, good enough for jitter and simulations; not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** `ms` changed by up to ±`share`, so that many replicas do not act in step. */
export function jitter(ms: number, share: number, random: Random): number {
  return ms * (1 + share * (2 * random.next() - 1));
}
