import { createLru } from '../base/lru.ts';

/**
 * Answers of somebody else's, kept for a while and for so many questions; who asks at the same time
 * waits for the same one. What is still asked in the second half of its time is asked anew behind
 * the scenes, so that who goes on does not wait. What failed is not kept.
 */
export interface RecentOptions {
  kept_ms: number;
  most: number;
  /** Milliseconds that only grow. */
  now(): number;
}

interface Entry<T> {
  at: number;
  answer: Promise<T>;
  renewed?: boolean;
}

export function createRecent<T>({ kept_ms, most, now }: RecentOptions) {
  const known = createLru<string, Entry<T>>(most);
  const isGood = ({ at }: Entry<T>, part = 1) => now() - at < kept_ms * part;
  const renew = (key: string, before: Entry<T>, ask: () => Promise<T>) => {
    before.renewed = true;
    const entry = { at: now(), answer: ask() };
    entry.answer.then(
      () => known.set(key, entry),
      // Until the one before has run out; then whoever asks is told.
      () => undefined,
    );
  };
  const answer = (key: string, ask: () => Promise<T>): Promise<T> => {
    const before = known.get(key);
    if (before && isGood(before)) {
      if (!before.renewed && !isGood(before, 0.5)) renew(key, before, ask);
      return before.answer;
    }
    const entry: Entry<T> = { at: now(), answer: ask() };
    known.set(key, entry);
    entry.answer.catch(() => {
      entry.at = Number.NEGATIVE_INFINITY;
    });
    return entry.answer;
  };
  /** What is kept, or asked right now; undefined: it would have to be asked. */
  const kept = (key: string): Promise<T> | undefined => {
    const entry = known.get(key);
    return entry && isGood(entry) ? entry.answer : undefined;
  };
  return Object.assign(answer, { kept });
}
