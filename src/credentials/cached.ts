import type { Clock } from '../base/clock.ts';
import type { Provider, Resolved } from './provider.ts';

/**
 * What a provider gave, in memory for an hour, and no longer than it is good: a fleet does not ask
 * for ten thousand secrets a minute.
 */
const kept_ms = 3_600_000;
/** Entries: two for each target of the largest fleet that one replica may hold. */
const limit = 20_000;
/** What is given out is still good for a cycle. */
const margin_ms = 120_000;

export function cached<Ref>(provider: Provider<Ref>, clock: Clock): Provider<Ref> {
  const known = new Map<string, { until: number; resolved: Resolved }>();
  return {
    async resolve(asked) {
      const key = JSON.stringify([asked.namespace, asked.ref, asked.keys]);
      const before = known.get(key);
      if (before && !asked.fresh && clock.monotonic() < before.until) return before.resolved;
      const resolved = await provider.resolve(asked);
      const { expiresAt = Number.POSITIVE_INFINITY } = resolved;
      const good_ms = Math.min(kept_ms, expiresAt - clock.now() - margin_ms);
      known.delete(key);
      for (const oldest of known.keys()) {
        if (known.size < limit) break;
        known.delete(oldest);
      }
      known.set(key, { until: clock.monotonic() + good_ms, resolved });
      return resolved;
    },
  };
}
