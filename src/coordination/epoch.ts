/**
 * The fencing token. It lies in the resource's status, where the API server compares and swaps it;
 * Redis never holds it.
 */
export interface OwnerEpoch {
  /**
   * The process: pod uid and boot nonce. Not the Redis session, so a restart of Redis costs no
   * writes.
   */
  holder: string;
  epoch: number;
}

export type EpochStep = { kind: 'mine'; epoch: number } | { kind: 'raise'; epoch: number };

/**
 * What it takes to own a target that says `seen`. Raising by exactly one makes the write a
 * compare-and-swap that may be sent again.
 */
export function epochStep(seen: OwnerEpoch | undefined, me: string): EpochStep {
  if (!seen) return { kind: 'raise', epoch: 1 };
  return seen.holder === me
    ? { kind: 'mine', epoch: seen.epoch }
    : { kind: 'raise', epoch: seen.epoch + 1 };
}
