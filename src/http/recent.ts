import { createLru } from '../base/lru.ts';

/**
 * Answers of somebody else's, kept for a while and for so many questions; who asks at the same time
 * waits for the same one. What failed is asked again.
 */
export interface RecentOptions {
  kept_ms: number;
  most: number;
  /** Milliseconds that only grow. */
  now(): number;
}

export function createRecent<T>({ kept_ms, most, now }: RecentOptions) {
  const known = createLru<string, { until: number; answer: Promise<T> }>(most);
  return (key: string, ask: () => Promise<T>): Promise<T> => {
    const before = known.get(key);
    if (before && now() < before.until) return before.answer;
    const entry = { until: now() + kept_ms, answer: ask() };
    known.set(key, entry);
    entry.answer.catch(() => {
      entry.until = 0;
    });
    return entry.answer;
  };
}
