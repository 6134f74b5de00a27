import { createLru } from '../base/lru.ts';
import { TooMany } from './sign-in.ts';

/** How often manifests are tried: each holds two connections, for 30 s at most. */
const mostAtOnce = 4;
/** A server is not to be logged into as often as somebody can press a button. */
export const between_ms = 10_000;
const remembered = 1_000;

/** Both throw TooMany. `monotonic`: milliseconds that only grow. */
export function createCheckTurns(monotonic: () => number) {
  const last = createLru<string, number>(remembered);
  const running = new Set<string>();
  return {
    /** One at once each; what it returns is called when they are done. */
    enter(caller: string): () => void {
      if (running.has(caller)) throw new TooMany('another check of yours runs', 1);
      if (running.size >= mostAtOnce) throw new TooMany('other checks run', 1);
      running.add(caller);
      return () => void running.delete(caller);
    },
    /** `keys`: whatever tells the target apart, of which none may have been tried just now. */
    take(keys: readonly string[]): void {
      const now = monotonic();
      const before = Math.max(...keys.map((key) => last.get(key) ?? Number.NEGATIVE_INFINITY));
      const wait_ms = between_ms - (now - before);
      if (wait_ms > 0)
        throw new TooMany(
          `${keys.join(' or ')} was checked a moment ago`,
          Math.ceil(wait_ms / 1_000),
        );
      for (const key of keys) last.set(key, now);
    },
  };
}
