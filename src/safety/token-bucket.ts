/** A budget that refills steadily: EXPLAINs per second, or milliseconds of database time per second of wall time. Time is passed in. */
export interface Bucket {
  tokens: number;
  /** When `tokens` was true, milliseconds. */
  at: number;
}

export interface BucketPolicy {
  perSecond: number;
  burst: number;
}

export const fullBucket = (policy: BucketPolicy, now: number): Bucket => ({ tokens: policy.burst, at: now });

export function refill(bucket: Bucket, { perSecond, burst }: BucketPolicy, now: number): Bucket {
  const elapsed_s = Math.max(0, now - bucket.at) / 1_000;
  return { tokens: Math.min(burst, bucket.tokens + elapsed_s * perSecond), at: Math.max(now, bucket.at) };
}

/** Takes `cost` if it is there. */
export function take(bucket: Bucket, policy: BucketPolicy, now: number, cost = 1): { granted: boolean; bucket: Bucket } {
  const filled = refill(bucket, policy, now);
  if (filled.tokens < cost) return { granted: false, bucket: filled };
  return { granted: true, bucket: { ...filled, tokens: filled.tokens - cost } };
}

/** Charges what was used, known only afterwards; may go below zero, and then it takes longer to be granted again. */
export function charge(bucket: Bucket, policy: BucketPolicy, now: number, cost: number): Bucket {
  const filled = refill(bucket, policy, now);
  return { ...filled, tokens: filled.tokens - cost };
}

/** The database time budget as a bucket of milliseconds: the share of wall time, saved up for at most ten minutes. */
export const timeBudgetPolicy = (share: number): BucketPolicy => ({ perSecond: share * 1_000, burst: share * 600_000 });
