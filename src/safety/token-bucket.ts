/**
 * A budget that refills steadily: EXPLAINs per second, or milliseconds of database time per second
 * of wall time. Time is passed in.
 */
export interface Bucket {
  tokens: number;
  /** When `tokens` was true, milliseconds. */
  at: number;
}

export interface BucketPolicy {
  perSecond: number;
  burst: number;
}

export const fullBucket = (policy: BucketPolicy, now: number): Bucket => ({
  tokens: policy.burst,
  at: now,
});

export function refill(bucket: Bucket, { perSecond, burst }: BucketPolicy, now: number): Bucket {
  const elapsed_s = Math.max(0, now - bucket.at) / 1_000;
  return {
    tokens: Math.min(burst, bucket.tokens + elapsed_s * perSecond),
    at: Math.max(now, bucket.at),
  };
}

/**
 * Charges what was used, known only afterwards; may go below zero, and then it takes longer to be
 * granted again.
 */
export function charge(bucket: Bucket, policy: BucketPolicy, now: number, cost: number): Bucket {
  const filled = refill(bucket, policy, now);
  return { ...filled, tokens: filled.tokens - cost };
}

/**
 * What is there while the bucket fills and is used at the same time: its limit is for what is saved
 * up before.
 */
export const filling = ({ tokens, at }: Bucket, { perSecond }: BucketPolicy, now: number): number =>
  tokens + (Math.max(0, now - at) / 1_000) * perSecond;

/**
 * Charges what was used while it filled, from `at` to `now`; may go below zero, and then it takes
 * longer to be granted again.
 */
export const settle = (
  bucket: Bucket,
  policy: BucketPolicy,
  now: number,
  cost: number,
): Bucket => ({
  tokens: Math.min(policy.burst, filling(bucket, policy, now) - cost),
  at: Math.max(now, bucket.at),
});

/**
 * The database time budget as a bucket of milliseconds: the share of wall time, and how much of it
 * may be saved up.
 */
export const timeBudgetPolicy = (share: number, burst_ms: number): BucketPolicy => ({
  perSecond: share * 1_000,
  burst: burst_ms,
});
