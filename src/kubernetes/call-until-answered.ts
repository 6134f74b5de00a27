import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { AppError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { KubeError } from './kube-error.ts';

/** What one attempt gave. */
export type Attempt = { kind: 'answer'; answer: unknown } | { kind: 'failure'; error: AppError };

const callTimeout_ms = 30_000;
const retries: Backoff = { first_ms: 200, most_ms: 5_000 };

export interface Patience {
  /** Of all attempts together. */
  timeout_ms?: number;
  /** Must not be sent twice: a lost answer is an error. */
  once?: boolean;
  signal?: AbortSignal;
}

/**
 * Sends until it is answered: 429 and 503 wait as long as the server says, lost connections are
 * tried again. Throws the last attempt's error.
 */
export async function callUntilAnswered(
  attempt: (left_ms: number) => Promise<Attempt>,
  { timeout_ms = callTimeout_ms, once = false, signal }: Patience,
  { clock, random }: { clock: Clock; random: Random },
): Promise<unknown> {
  const deadline = clock.monotonic() + timeout_ms;
  for (let tries = 0; ; tries += 1) {
    const result = await attempt(Math.max(1, deadline - clock.monotonic()));
    if (result.kind === 'answer') return result.answer;
    const { error } = result;
    if (!(error instanceof KubeError) || !mayRetry(error, once) || signal?.aborted) throw error;
    const wait_ms = waitBefore(tries, error, random);
    if (clock.monotonic() + wait_ms > deadline) throw error;
    await clock.sleep(wait_ms, signal);
  }
}

/** Never before the server says; all who were told the same do not come back in step. */
const waitBefore = (tries: number, { retryAfter_ms }: KubeError, random: Random): number =>
  retryAfter_ms === undefined
    ? backoffDelay(tries, retries, random)
    : retryAfter_ms * (1 + random.next());

/**
 * Busy and lost: again. What was refused stays refused. A conflict of POST (it is there already) is
 * the caller's to read.
 */
function mayRetry({ status }: KubeError, once: boolean): boolean {
  if (status === 429 || status === 503) return true;
  return !once && (status === 0 || status === 500 || status === 502 || status === 504);
}
