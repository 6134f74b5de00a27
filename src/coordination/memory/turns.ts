/**
 * Whose turn it is, by name, and who asks next. It is the model of redis/turn.lua: who has just had
 * its turn does not get the next one while somebody who asked meanwhile still comes back for it.
 */
export interface TurnTable {
  take(name: string, holder: string, ttl_ms: number, now: number): string | undefined;
  end(name: string, holder: string): void;
  clear(): void;
}

/** Who asks comes back far more often than this, or has gone. */
export const nextFor_ms = 1_500;
const sweepAt = 20_000;

interface Entry {
  holder?: string | undefined;
  until: number;
  next?: string | undefined;
  nextUntil: number;
}

export function createTurnTable(): TurnTable {
  const entries = new Map<string, Entry>();
  return {
    take(name, holder, ttl_ms, now) {
      const entry = entries.get(name) ?? { until: 0, nextUntil: 0 };
      entries.set(name, entry);
      const [held, next] = [
        entry.until > now ? entry.holder : undefined,
        entry.nextUntil > now ? entry.next : undefined,
      ];
      const other = held === holder ? undefined : (held ?? (next === holder ? undefined : next));
      if (other !== undefined) {
        if (next === undefined || next === holder)
          Object.assign(entry, { next: holder, nextUntil: now + nextFor_ms });
        return other;
      }
      if (next === holder) entry.next = undefined;
      Object.assign(entry, { holder, until: now + ttl_ms });
      if (entries.size > sweepAt)
        for (const [each, { until, nextUntil }] of entries)
          if (Math.max(until, nextUntil) <= now) entries.delete(each);
      return undefined;
    },
    end(name, holder) {
      const entry = entries.get(name);
      if (entry?.holder === holder) entry.until = 0;
    },
    clear: () => entries.clear(),
  };
}
